import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { SubnetReference } from "./network-reference";

export interface InterfaceEndpointsArgs extends ComponentArgs {
    region: string;
    vpcId: pulumi.Input<string>;
    /** Short names of AWS services, such as `ecr.api`; one with `amazonaws` in it is taken as it is. A plain list. */
    services: readonly string[];
    /** One subnet for each zone, with its addresses: only from there the endpoints can be reached. */
    subnets: readonly (SubnetReference & { readonly cidrBlock: string })[];
}

/**
 * Interface endpoints in all zones of a network: the services' usual names lead to addresses inside the VPC, so that calls
 * pay no NAT traffic and go on when the internet does not. Open to the given subnets on 443, and to nothing else.
 *
 * ```ts
 * import { InterfaceEndpoints } from "./interface-endpoints";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 * const ranges = ["10.0.0.0/20", "10.0.32.0/20", "10.0.64.0/20"];
 *
 * new InterfaceEndpoints("endpoints", {
 *     region: network.region,
 *     vpcId: network.vpcId,
 *     services: ["ecr.api", "ecr.dkr", "logs"],
 *     subnets: network.privateSubnets.map((subnet, place) => ({ ...subnet, cidrBlock: ranges[place] ?? "10.0.96.0/20" })),
 * });
 * ```
 */
export class InterfaceEndpoints extends Component {
    readonly securityGroupId: pulumi.Output<string>;

    constructor(name: string, args: InterfaceEndpointsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("InterfaceEndpoints", name, args, opts);
        const group = this.createSecurityGroup(args);
        this.createEndpoints(args, group);
        this.securityGroupId = group.id;
        this.registerOutputs({ securityGroupId: this.securityGroupId });
    }

    private createSecurityGroup(args: InterfaceEndpointsArgs): aws.ec2.SecurityGroup {
        const name = this.componentName;
        const group = new aws.ec2.SecurityGroup(
            name,
            {
                vpcId: args.vpcId,
                description: "Interface endpoints: HTTPS from the private subnets",
                tags: this.tags(name),
            },
            this.child(),
        );
        for (const { zone, cidrBlock } of args.subnets) {
            const ruleName = `${name}-from-${zone.key}`;
            new aws.vpc.SecurityGroupIngressRule(
                ruleName,
                {
                    securityGroupId: group.id,
                    description: `HTTPS from the private subnet in ${zone.id}`,
                    cidrIpv4: cidrBlock,
                    ipProtocol: "tcp",
                    fromPort: 443,
                    toPort: 443,
                    tags: this.tags(ruleName),
                },
                this.child(),
            );
        }
        return group;
    }

    private createEndpoints(args: InterfaceEndpointsArgs, group: aws.ec2.SecurityGroup): void {
        for (const service of args.services) {
            const name = `${this.componentName}-${service.replace(/[^a-z0-9]+/g, "-")}`;
            new aws.ec2.VpcEndpoint(
                name,
                {
                    vpcId: args.vpcId,
                    vpcEndpointType: "Interface",
                    serviceName: service.includes("amazonaws") ? service : `com.amazonaws.${args.region}.${service}`,
                    privateDnsEnabled: true,
                    subnetIds: args.subnets.map((subnet) => subnet.id),
                    securityGroupIds: [group.id],
                    tags: this.tags(name),
                },
                this.child(),
            );
        }
    }
}
