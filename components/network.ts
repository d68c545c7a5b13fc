import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "./component";
import { FailureDomain, FailureTier } from "./failure-domain";
import { FlowLogs } from "./flow-logs";
import { InterfaceEndpoints } from "./interface-endpoints";
import { NatGateways, NatMode } from "./nat-gateways";
import { NetworkReference, SubnetReference, Zone } from "./network-reference";
import { Problems } from "./problems";
import { Signal, SignalSource } from "./signal";
import { allowedVpcCidr, isVpcCidr, subnetCidr, SubnetTier, subnetTiers, zoneSlots } from "./subnet-layout";
import { isZoneId, zoneIsInRegion, zoneKey, zoneNumber } from "./zones";

export interface FlowLogSettings {
    /** Days that records are kept, a number that CloudWatch Logs offers: 1, 3, 5, 7, 14, 30, 60, 90, 180, 365, … */
    readonly retentionDays: number;
    /** ARN of the customer key that encrypts them. Its policy must admit CloudWatch Logs. */
    readonly keyArn: pulumi.Input<string>;
}

export interface NetworkArgs extends ComponentArgs {
    /** The provider's region, a plain string. */
    region: string;
    /**
     * The VPC's addresses, from /16 to /20, a plain string, since the subnets' ranges are computed from it. Cannot be
     * changed later: another range makes another VPC. /16 costs nothing more.
     */
    cidrBlock: string;
    /**
     * Zones by id (`euc1-az1`), a plain list, since each makes subnets. Zones can be added later, in any place of the list,
     * without moving a subnet that exists.
     */
    zoneIds: readonly string[];
    /**
     * How private subnets reach the internet.
     * - `per-zone` (default): a NAT gateway in each zone; a lost zone costs the others nothing;
     * - `single`: one for all, in the first zone: cheap, and lost with its zone;
     * - `regional`: one that AWS spreads over the zones by itself, billed per zone; follows into a new zone within 60 minutes;
     * - `none`: not at all.
     * Another mode changes the addresses that others see.
     */
    natGateways?: NatMode;
    /**
     * AWS services that private subnets reach without NAT, by their short names: `ecr.api`, `ecr.dkr`, `logs`, `sqs`,
     * `secretsmanager`, `kms`, `ssmmessages`; a name with `amazonaws` in it is taken as it is. A plain list.
     * Default: none. S3 has a gateway endpoint in any case, which is free.
     */
    interfaceEndpoints?: readonly string[];
    /** Where the record of connections goes, or `none`. */
    flowLogs: FlowLogSettings | "none";
}

/**
 * A VPC over several zones with three kinds of subnets in each:
 * - public: a route to the internet gateway; holds NAT gateways and nothing else (none with `regional` and `none`);
 * - private: a route out through NAT; holds load balancers, containers and endpoints;
 * - isolated: no route out; holds databases and caches.
 *
 * The VPC's default security group admits nothing, in either direction. Flow logs record all connections. An internet
 * gateway is attached in every mode, since CloudFront makes VPC origins in no other VPC; without a route to it, nothing
 * comes in or goes out.
 *
 * Costs: each NAT gateway 33 USD a month and 0.045 USD a GB, each interface endpoint 7 USD a month and zone (us-east-1).
 * `cidrBlock` and `region` replace the network; zones, NAT mode, endpoints and flow logs change in place. Where a subnet
 * lies is computed by {@link subnetCidr} and never moves.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { Network } from "./network";
 *
 * const key = new EncryptionKey("logs", { purpose: "log groups", users: ["logs"] });
 * const network = new Network("network", {
 *     region: "eu-central-1",
 *     cidrBlock: "10.0.0.0/16",
 *     zoneIds: ["euc1-az1", "euc1-az2", "euc1-az3"],
 *     interfaceEndpoints: ["ecr.api", "ecr.dkr", "logs"],
 *     flowLogs: { retentionDays: 90, keyArn: key.arn },
 * });
 * export const vpcId = network.vpcId;
 * ```
 */
export class Network extends Component implements NetworkReference, SignalSource, FailureTier {
    readonly vpcId: pulumi.Output<string>;
    readonly cidrBlock: string;
    readonly region: string;
    readonly zones: readonly Zone[];
    readonly publicSubnets: readonly SubnetReference[];
    readonly privateSubnets: readonly SubnetReference[];
    readonly isolatedSubnets: readonly SubnetReference[];
    readonly egressReady: readonly pulumi.Resource[];

    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;

    constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Network", name, args, opts);
        checkArgs(name, args);
        const mode = args.natGateways ?? "per-zone";
        this.tier = name;
        this.region = args.region;
        this.cidrBlock = args.cidrBlock;
        this.zones = args.zoneIds.map((id) => this.describeZone(id));

        const vpc = this.createVpc();
        this.vpcId = vpc.id;
        const gateway = this.createInternetGateway();
        const hasPublicSubnets = mode === "per-zone" || mode === "single";
        this.publicSubnets = hasPublicSubnets ? this.createSubnets("public") : [];
        this.privateSubnets = this.createSubnets("private");
        this.isolatedSubnets = this.createSubnets("isolated");
        const publicRoutes = hasPublicSubnets ? [this.createPublicRouting(gateway)] : [];
        const nat = this.createNatGateways(mode, [gateway, ...publicRoutes]);
        const privateTables = this.createPrivateRouteTables();
        const privateRoutes = this.createPrivateRoutes(privateTables, nat);
        this.createIsolatedRouting();
        const storage = this.createStorageEndpoint(privateTables);
        const endpoints = this.createInterfaceEndpoints(args.interfaceEndpoints ?? []);
        this.createFlowLogs(args.flowLogs);

        // Without NAT, the endpoints are the only way to images, logs and secrets.
        const onlyWay = mode === "none" ? [storage, ...endpoints] : [];
        this.egressReady = [gateway, ...publicRoutes, ...privateRoutes, ...onlyWay];
        this.signals = nat.signals;
        this.failureDomain = nat.failureDomain;
        this.registerOutputs({ vpcId: this.vpcId });
    }

    /** The addresses of a zone's private subnet. */
    private privateCidrOf(zone: Zone): string {
        return subnetCidr(this.cidrBlock, zone.id, subnetTiers.private);
    }

    private describeZone(id: string): Zone {
        const found = aws.getAvailabilityZoneOutput({ zoneId: id, region: this.region }, { parent: this });
        return { id, key: zoneKey(id), name: found.name };
    }

    /** The VPC, and its default security group without any rule: whoever forgets to name a group gets no connection. */
    private createVpc(): aws.ec2.Vpc {
        const name = this.componentName;
        const vpc = new aws.ec2.Vpc(
            name,
            // Both are needed by the private names of interface endpoints.
            { cidrBlock: this.cidrBlock, enableDnsHostnames: true, enableDnsSupport: true, tags: this.tags(name) },
            this.child(),
        );
        new aws.ec2.DefaultSecurityGroup(
            `${name}-default`,
            { vpcId: vpc.id, ingress: [], egress: [], tags: this.tags(`${name}-default-unused`) },
            this.child(),
        );
        return vpc;
    }

    private createInternetGateway(): aws.ec2.InternetGateway {
        const name = this.componentName;
        return new aws.ec2.InternetGateway(name, { vpcId: this.vpcId, tags: this.tags(name) }, this.child());
    }

    private createSubnets(tier: SubnetTier): SubnetReference[] {
        return this.zones.map((zone) => {
            const name = `${this.componentName}-${tier}-${zone.key}`;
            const subnet = new aws.ec2.Subnet(
                name,
                {
                    vpcId: this.vpcId,
                    availabilityZoneId: zone.id,
                    cidrBlock: subnetCidr(this.cidrBlock, zone.id, subnetTiers[tier]),
                    mapPublicIpOnLaunch: false,
                    tags: this.tags(name, { Tier: tier }),
                },
                this.child(),
            );
            return { zone, id: subnet.id };
        });
    }

    /** A route table, and by what subnets use it. */
    private createRouteTable(name: string, subnets: readonly SubnetReference[], tier: SubnetTier): RouteTable {
        const table = new aws.ec2.RouteTable(name, { vpcId: this.vpcId, tags: this.tags(name) }, this.child());
        const associations = subnets.map(
            (subnet) =>
                new aws.ec2.RouteTableAssociation(
                    `${this.componentName}-${tier}-${subnet.zone.key}`,
                    { routeTableId: table.id, subnetId: subnet.id },
                    this.child(),
                ),
        );
        return { table, associations };
    }

    private createPublicRouting(gateway: aws.ec2.InternetGateway): aws.ec2.Route {
        const name = `${this.componentName}-public`;
        const { table, associations } = this.createRouteTable(name, this.publicSubnets, "public");
        return new aws.ec2.Route(
            `${name}-default`,
            { routeTableId: table.id, destinationCidrBlock: anywhere, gatewayId: gateway.id },
            this.child({ dependsOn: [...associations] }),
        );
    }

    private createNatGateways(mode: NatMode, internetReady: readonly pulumi.Resource[]): NatGateways {
        return new NatGateways(
            this.componentName,
            {
                mode,
                vpcId: this.vpcId,
                publicSubnets: this.publicSubnets,
                zoneCount: this.zones.length,
                internetReady,
                tags: this.inheritedTags,
            },
            { parent: this },
        );
    }

    /** A table for each zone, so that each zone goes out through its own gateway. */
    private createPrivateRouteTables(): Map<string, RouteTable> {
        return new Map(
            this.privateSubnets.map((subnet) => {
                const name = `${this.componentName}-private-${subnet.zone.key}`;
                return [subnet.zone.key, this.createRouteTable(name, [subnet], "private")];
            }),
        );
    }

    /** A route is of use when its table is: what waits for a way out waits for both, and loses neither before it is gone itself. */
    private createPrivateRoutes(tables: Map<string, RouteTable>, nat: NatGateways): aws.ec2.Route[] {
        return [...tables].flatMap(([zone, { table, associations }]) => {
            const natGatewayId = nat.gatewayFor(zone);
            return natGatewayId === undefined
                ? []
                : [
                      new aws.ec2.Route(
                          `${this.componentName}-private-${zone}-default`,
                          { routeTableId: table.id, destinationCidrBlock: anywhere, natGatewayId },
                          this.child({ dependsOn: [...associations] }),
                      ),
                  ];
        });
    }

    /** One table without any route of its own: isolated subnets see the VPC and nothing else. */
    private createIsolatedRouting(): void {
        this.createRouteTable(`${this.componentName}-isolated`, this.isolatedSubnets, "isolated");
    }

    /** S3 by a route: free, and it takes image layers, the largest traffic of all, off the NAT gateways. */
    private createStorageEndpoint(tables: Map<string, RouteTable>): aws.ec2.VpcEndpoint {
        const name = `${this.componentName}-s3`;
        return new aws.ec2.VpcEndpoint(
            name,
            {
                vpcId: this.vpcId,
                vpcEndpointType: "Gateway",
                serviceName: `com.amazonaws.${this.region}.s3`,
                routeTableIds: [...tables.values()].map(({ table }) => table.id),
                tags: this.tags(name),
            },
            this.child({ dependsOn: [...tables.values()].flatMap(({ associations }) => [...associations]) }),
        );
    }

    private createInterfaceEndpoints(services: readonly string[]): InterfaceEndpoints[] {
        if (services.length === 0) {
            return [];
        }
        const endpoints = new InterfaceEndpoints(
            `${this.componentName}-endpoints`,
            {
                region: this.region,
                vpcId: this.vpcId,
                services,
                subnets: this.privateSubnets.map((subnet) => ({
                    ...subnet,
                    cidrBlock: this.privateCidrOf(subnet.zone),
                })),
                tags: this.inheritedTags,
            },
            { parent: this },
        );
        return [endpoints];
    }

    private createFlowLogs(settings: FlowLogSettings | "none"): void {
        if (settings === "none") {
            return;
        }
        new FlowLogs(
            `${this.componentName}-flow-logs`,
            { ...settings, region: this.region, vpcId: this.vpcId, tags: this.inheritedTags },
            { parent: this },
        );
    }
}

interface RouteTable {
    readonly table: aws.ec2.RouteTable;
    readonly associations: readonly aws.ec2.RouteTableAssociation[];
}

const anywhere = "0.0.0.0/0";

const natModes: readonly NatMode[] = ["per-zone", "single", "regional", "none"];

function checkArgs(name: string, args: NetworkArgs): void {
    const problems = new Problems();
    problems.require(isVpcCidr(args.cidrBlock), "cidrBlock", args.cidrBlock, allowedVpcCidr, "10.0.0.0/16");
    problems.require(
        args.zoneIds.length >= 1 && new Set(args.zoneIds).size === args.zoneIds.length,
        "zoneIds",
        args.zoneIds,
        "one zone id or more, each once",
        '["euc1-az1", "euc1-az2", "euc1-az3"]',
    );
    for (const id of args.zoneIds) {
        problems.require(
            isZoneId(id) && zoneIsInRegion(id, args.region) && zoneNumber(id) <= zoneSlots,
            "zoneIds",
            id,
            `ids (not names) of availability zones of ${args.region}, up to az${String(zoneSlots)}`,
            "euc1-az1",
        );
    }
    problems.require(
        args.natGateways === undefined || natModes.includes(args.natGateways),
        "natGateways",
        args.natGateways,
        natModes.join(", "),
        "per-zone",
    );
    const services = args.interfaceEndpoints ?? [];
    problems.require(
        new Set(services).size === services.length,
        "interfaceEndpoints",
        services,
        "short names of AWS services, each once",
        '["ecr.api", "ecr.dkr", "logs"]',
    );
    problems.throwIfAny(`Network "${name}"`);
}
