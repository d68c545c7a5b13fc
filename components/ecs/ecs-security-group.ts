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

type Destination = Pick<aws.vpc.SecurityGroupEgressRuleArgs, "cidrIpv4" | "prefixListId" | "referencedSecurityGroupId">;

const https = 443;

/**
 * The security group of a workload's tasks: closed, but for the load balancer's way in, the way to the peers of the
 * bindings, and HTTPS out. The way to a peer is opened on both sides, each rule is a resource of its own and named after
 * the peer.
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
            // The balancer's own way out is among the things that make the target ready.
            this.admit("balancer", this.securityGroupId, args.target.sourceSecurityGroupId, args.target.port, "from");
        }
        for (const { peer, securityGroupId, port } of args.connections) {
            this.leave(peer, { referencedSecurityGroupId: securityGroupId }, port);
            this.admit(peer, securityGroupId, this.securityGroupId, port, "to");
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

    /** Lets `source` come into `destination`. */
    private admit(
        peer: string,
        destination: pulumi.Input<string>,
        source: pulumi.Input<string>,
        port: number,
        direction: "from" | "to",
    ): void {
        const childName = `${this.componentName}-${direction}-${peer}-${String(port)}`;
        this.rules.push(
            new aws.vpc.SecurityGroupIngressRule(
                childName,
                {
                    description:
                        direction === "to" ? `${this.componentName} to ${peer}` : `${peer} to ${this.componentName}`,
                    securityGroupId: destination,
                    referencedSecurityGroupId: source,
                    ...this.tcp(childName, port),
                },
                this.child(),
            ),
        );
    }

    /** Lets the tasks go out to a destination. */
    private leave(peer: string, destination: Destination, port: number): void {
        const childName = `${this.componentName}-to-${peer}-${String(port)}`;
        this.rules.push(
            new aws.vpc.SecurityGroupEgressRule(
                childName,
                {
                    description: `${this.componentName} to ${peer}`,
                    securityGroupId: this.securityGroupId,
                    ...destination,
                    ...this.tcp(childName, port),
                },
                this.child(),
            ),
        );
    }

    private tcp(childName: string, port: number) {
        return { ipProtocol: "tcp", fromPort: port, toPort: port, tags: this.tags(childName) };
    }

    /** Payment providers, and AWS APIs through NAT or endpoints. */
    private openInternet(): void {
        this.leave("internet", { cidrIpv4: "0.0.0.0/0" }, https);
    }

    private openEndpoints(network: NetworkReference): void {
        this.leave("endpoints", { cidrIpv4: network.cidrBlock }, https);
        // Image layers lie in S3, which is reached through a gateway endpoint by its public addresses.
        const s3 = aws.ec2.getManagedPrefixListOutput({ name: `com.amazonaws.${network.region}.s3` }, { parent: this });
        this.leave("s3", { prefixListId: s3.id }, https);
    }
}
