import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Connection } from "../binding";
import { Component, ComponentArgs } from "../component";
import { ServiceTarget } from "../compute";
import { NetworkReference } from "../network-reference";

export interface EcsSecurityGroupArgs extends ComponentArgs {
    readonly network: NetworkReference;
    /** Who may come in; a worker lets nobody in. */
    readonly target?: Pick<ServiceTarget, "port" | "sourceSecurityGroupId">;
    /** Where the tasks may go. */
    readonly connections: readonly Connection[];
    readonly internet: "https" | "none";
}

const https = 443;

/**
 * The security group of a workload's tasks: closed, but for the load balancer's way in, the way to the peers of the
 * bindings, and HTTPS out. Each way is opened on both sides, as a rule of its own that is named after the peer.
 *
 * DNS and the task's own metadata and credentials need no rule: the VPC's resolver and the link-local endpoints are not
 * subject to security groups.
 */
export class EcsSecurityGroup extends Component {
    readonly securityGroupId: pulumi.Output<string>;
    /** The rules, without which a task cannot work. */
    readonly ready: readonly pulumi.Resource[];
    private readonly rules: pulumi.Resource[] = [];

    constructor(name: string, args: EcsSecurityGroupArgs, opts?: pulumi.ComponentResourceOptions) {
        super("EcsSecurityGroup", name, args, opts);

        this.securityGroupId = this.createGroup(args.network).id;
        if (args.target !== undefined) {
            this.connect("balancer", args.target.sourceSecurityGroupId, this.securityGroupId, args.target.port, "from");
        }
        for (const { peer, securityGroupId, port } of args.connections) {
            this.connect(peer, this.securityGroupId, securityGroupId, port, "to");
        }
        if (args.internet === "https") {
            this.openInternet();
        } else {
            this.openEndpoints(args.network);
        }

        this.ready = this.rules;
        this.registerOutputs({ securityGroupId: this.securityGroupId });
    }

    private createGroup(network: NetworkReference): aws.ec2.SecurityGroup {
        return new aws.ec2.SecurityGroup(
            this.componentName,
            {
                description: `Tasks of ${this.componentName}`,
                vpcId: network.vpcId,
                // Peers refer to this group in rules of theirs; without this its deletion would wait for them for ever.
                revokeRulesOnDelete: true,
                tags: this.tags(this.componentName),
            },
            this.child(),
        );
    }

    /** Lets `source` open connections to `destination`: out of the one, into the other. */
    private connect(
        peer: string,
        source: pulumi.Input<string>,
        destination: pulumi.Input<string>,
        port: number,
        direction: "from" | "to",
    ): void {
        const childName = `${this.componentName}-${direction}-${peer}-${String(port)}`;
        const description =
            direction === "to" ? `${this.componentName} to ${peer}` : `${peer} to ${this.componentName}`;
        const common = {
            description,
            ipProtocol: "tcp",
            fromPort: port,
            toPort: port,
            tags: this.tags(childName),
        };
        this.rules.push(
            new aws.vpc.SecurityGroupEgressRule(
                childName,
                { ...common, securityGroupId: source, referencedSecurityGroupId: destination },
                this.child(),
            ),
            new aws.vpc.SecurityGroupIngressRule(
                childName,
                { ...common, securityGroupId: destination, referencedSecurityGroupId: source },
                this.child(),
            ),
        );
    }

    private openInternet(): void {
        this.openHttps("internet", "HTTPS anywhere", { cidrIpv4: "0.0.0.0/0" });
    }

    private openEndpoints(network: NetworkReference): void {
        this.openHttps("endpoints", "HTTPS to the VPC's interface endpoints", { cidrIpv4: network.cidrBlock });
        // Image layers lie in S3, which is reached through a gateway endpoint by its public addresses.
        const s3 = aws.ec2.getManagedPrefixListOutput({ name: `com.amazonaws.${network.region}.s3` }, { parent: this });
        this.openHttps("s3", "HTTPS to S3 through its gateway endpoint", { prefixListId: s3.id });
    }

    private openHttps(
        peer: string,
        description: string,
        destination: Pick<aws.vpc.SecurityGroupEgressRuleArgs, "cidrIpv4" | "prefixListId">,
    ): void {
        const childName = `${this.componentName}-to-${peer}-${String(https)}`;
        this.rules.push(
            new aws.vpc.SecurityGroupEgressRule(
                childName,
                {
                    description,
                    securityGroupId: this.securityGroupId,
                    ipProtocol: "tcp",
                    fromPort: https,
                    toPort: https,
                    tags: this.tags(childName),
                    ...destination,
                },
                this.child(),
            ),
        );
    }
}
