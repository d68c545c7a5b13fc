import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Connection } from "../binding";
import { Component, ComponentArgs } from "../component";
import { PeerRules } from "./kubernetes-target";

export interface ClusterPeerRulesArgs extends ComponentArgs {
    /** Security group of the cluster's nodes, and so of its pods. */
    readonly securityGroupId: pulumi.Input<string>;
}

/**
 * The rules that open peers' ports to the pods of a cluster, and the pods' ports to balancers: one for each peer and port, made by
 * the first workload that asks for it, in the order in which the program asks.
 *
 * ```ts
 * import { Connection } from "./binding";
 * import { ClusterPeerRules } from "./kubernetes/peer-rules";
 *
 * export function open(securityGroupId: string, connection: Connection) {
 *     const rules = new ClusterPeerRules("cluster", { securityGroupId });
 *     return rules.admit(connection);
 * }
 * ```
 */
export class ClusterPeerRules extends Component implements PeerRules {
    private readonly made = new Map<string, aws.vpc.SecurityGroupIngressRule>();

    constructor(
        name: string,
        private readonly args: ClusterPeerRulesArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("ClusterPeerRules", name, args, opts);
        this.registerOutputs({});
    }

    admit({ peer, securityGroupId, port }: Connection): readonly pulumi.Resource[] {
        return [this.once(`to-${peer}`, port, `pods to ${peer}`, securityGroupId, this.args.securityGroupId)];
    }

    admitBalancer(securityGroupId: pulumi.Input<string>, port: number): readonly pulumi.Resource[] {
        return [this.once("from-balancer", port, "balancer to pods", this.args.securityGroupId, securityGroupId)];
    }

    private once(
        what: string,
        port: number,
        description: string,
        securityGroupId: pulumi.Input<string>,
        referencedSecurityGroupId: pulumi.Input<string>,
    ): pulumi.Resource {
        const childName = `${this.componentName}-${what}-${String(port)}`;
        const known = this.made.get(childName);
        if (known !== undefined) {
            return known;
        }
        const rule = new aws.vpc.SecurityGroupIngressRule(
            childName,
            {
                description,
                securityGroupId,
                referencedSecurityGroupId,
                ipProtocol: "tcp",
                fromPort: port,
                toPort: port,
                tags: this.tags(childName),
            },
            this.child(),
        );
        this.made.set(childName, rule);
        return rule;
    }
}
