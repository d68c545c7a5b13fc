import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { SubnetReference } from "./network-reference";
import { Metric, Signal, SignalSource } from "./signal";

/** How private subnets reach the internet. */
export type NatMode = "per-zone" | "single" | "regional" | "none";

export interface NatGatewaysArgs extends ComponentArgs {
    /** A plain string, since it decides what is made. */
    mode: NatMode;
    vpcId: pulumi.Input<string>;
    /** Where zonal gateways stand; not needed by the other modes. */
    publicSubnets: readonly SubnetReference[];
    /** How many zones the network has. */
    zoneCount: number;
    /** What must exist before a gateway can be made: the internet gateway and the route to it. Default: nothing. */
    internetReady?: readonly pulumi.Resource[];
}

/**
 * The NAT gateways of a network: one in each zone, one for all, a regional one, or none.
 *
 * ```ts
 * import { NatGateways } from "./nat-gateways";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 *
 * const nat = new NatGateways("egress", {
 *     mode: "per-zone",
 *     vpcId: network.vpcId,
 *     publicSubnets: network.publicSubnets,
 *     zoneCount: network.zones.length,
 * });
 * export const gatewayOfFirstZone = nat.gatewayFor("az1");
 * ```
 */
export class NatGateways extends Component implements SignalSource, FailureTier {
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;
    /** By zone key; the one of all zones under `all`. */
    private readonly gateways: ReadonlyMap<string, aws.ec2.NatGateway>;

    constructor(name: string, args: NatGatewaysArgs, opts?: pulumi.ComponentResourceOptions) {
        super("NatGateways", name, args, opts);
        this.tier = name;
        this.gateways = this.createGateways(args);
        this.signals = [...this.gateways].flatMap(([key, gateway]) => this.signalsOf(key, gateway));
        this.failureDomain = this.describeFailure(args);
        this.registerOutputs({});
    }

    /** The gateway that a zone goes out through; undefined where there is none. */
    gatewayFor(zoneKey: string): pulumi.Output<string> | undefined {
        return (this.gateways.get(zoneKey) ?? this.gateways.get("all"))?.id;
    }

    private createGateways(args: NatGatewaysArgs): Map<string, aws.ec2.NatGateway> {
        switch (args.mode) {
            case "per-zone":
                return new Map(args.publicSubnets.map((subnet) => [subnet.zone.key, this.createZonal(subnet, args)]));
            case "single":
                return new Map(args.publicSubnets.slice(0, 1).map((subnet) => ["all", this.createZonal(subnet, args)]));
            case "regional":
                return new Map([["all", this.createRegional(args)]]);
            case "none":
                return new Map();
        }
    }

    /** Named after its zone in both modes, so that going from one to one per zone keeps the first. */
    private createZonal(subnet: SubnetReference, args: NatGatewaysArgs): aws.ec2.NatGateway {
        const name = `${this.componentName}-nat-${subnet.zone.key}`;
        const address = new aws.ec2.Eip(name, { domain: "vpc", tags: this.tags(name) }, this.child());
        return new aws.ec2.NatGateway(
            name,
            {
                connectivityType: "public",
                subnetId: subnet.id,
                allocationId: address.allocationId,
                tags: this.tags(name),
            },
            this.child({ dependsOn: [...(args.internetReady ?? [])] }),
        );
    }

    /** Automatic mode: AWS follows the workload into its zones, and brings the addresses. */
    private createRegional(args: NatGatewaysArgs): aws.ec2.NatGateway {
        const name = `${this.componentName}-nat`;
        return new aws.ec2.NatGateway(
            name,
            { connectivityType: "public", availabilityMode: "regional", vpcId: args.vpcId, tags: this.tags(name) },
            this.child({ dependsOn: [...(args.internetReady ?? [])] }),
        );
    }

    private signalsOf(key: string, gateway: aws.ec2.NatGateway): Signal[] {
        const suffix = key === "all" ? "" : `-${key}`;
        const of = key === "all" ? this.componentName : `${this.componentName} in ${key}`;
        const sum = (metricName: string): Metric => ({
            namespace: "AWS/NATGateway",
            metricName,
            dimensions: { NatGatewayId: gateway.id },
            statistic: "Sum",
        });
        return [
            {
                name: `${this.componentName}-nat-ports${suffix}`,
                title: `Connections refused by the NAT gateway of ${of}`,
                metric: sum("ErrorPortAllocation"),
                comparison: "above",
                // AWS: "a value greater than zero indicates that too many concurrent connections are open": one
                // address carries 55,000 connections to one destination.
                threshold: 0,
                evaluationPeriods: 5,
                datapointsToAlarm: 3,
                severity: "page",
                runbook: "network-nat-ports",
                growthStep: "larger-network",
            },
            {
                name: `${this.componentName}-nat-drops${suffix}`,
                title: `Packets dropped by the NAT gateway of ${of} (%)`,
                metric: {
                    expression: "IF(sent > 0, 100 * FILL(dropped, 0) / sent, 0)",
                    metrics: { dropped: sum("PacketsDropCount"), sent: sum("PacketsOutToDestination") },
                    label: "dropped packets (%)",
                },
                comparison: "above",
                // AWS's recommended alarm: more than 0.01 % means a transient fault of the gateway.
                threshold: 0.01,
                evaluationPeriods: 15,
                datapointsToAlarm: 10,
                severity: "ticket",
                runbook: "network-nat-drops",
                growthStep: "larger-network",
            },
        ];
    }

    private describeFailure({ mode, zoneCount }: NatGatewaysArgs): FailureDomain {
        const tier = this.tier;
        switch (mode) {
            case "per-zone":
                return { tier, unit: "NAT gateway", units: zoneCount, zones: zoneCount };
            case "single":
                return { tier, unit: "NAT gateway", units: 1, zones: 1 };
            case "regional":
                return { tier, unit: "NAT gateway", units: zoneCount, zones: zoneCount, managed: true };
            case "none":
                // Nothing goes out, so nothing of the way out can be lost: the subnets themselves are what remains.
                return { tier, unit: "private subnet", units: zoneCount, zones: zoneCount };
        }
    }
}
