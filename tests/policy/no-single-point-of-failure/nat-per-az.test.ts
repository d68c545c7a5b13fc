import { natPerAz } from "../../../policies/no-single-point-of-failure/rules/nat-per-az";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const ZONES = ["a", "b", "c"] as const;

function subnet(name: string, zone: unknown): TestResource {
    return resource("subnet", name, { availabilityZone: zone, vpcId: ref("vpc") });
}

/** A private subnet in each zone whose default route goes to the gateway that `via` names. */
function privateSubnets(
    via: (zone: string) => string,
    zoneOf: (zone: string) => unknown = (zone) => zone,
): TestResource[] {
    return ZONES.flatMap((zone) => [
        subnet(`private-${zone}`, zoneOf(zone)),
        resource("routeTable", `table-${zone}`, { vpcId: ref("vpc") }),
        resource("routeTableAssociation", `association-${zone}`, {
            subnetId: ref(`private-${zone}`),
            routeTableId: ref(`table-${zone}`),
        }),
        resource("route", `route-${zone}`, {
            routeTableId: ref(`table-${zone}`),
            destinationCidrBlock: "0.0.0.0/0",
            natGatewayId: ref(via(zone)),
        }),
    ]);
}

const publicSubnets = ZONES.map((zone) => subnet(`public-${zone}`, zone));
const gateway = (zone: string): TestResource =>
    resource("natGateway", `nat-${zone}`, { subnetId: ref(`public-${zone}`) });
const regional = (inputs: object): TestResource =>
    resource("natGateway", "nat", { availabilityMode: "regional", vpcId: ref("vpc"), ...inputs });

const vpc = resource("vpc", "vpc", {}, { computed: { mainRouteTableId: "vpc-main", defaultRouteTableId: "vpc-main" } });
const route = (routeTableId: unknown): TestResource =>
    resource("route", "route", { routeTableId, destinationCidrBlock: "0.0.0.0/0", natGatewayId: ref("nat-a") });
const behindTable = (table: string): TestResource[] => [
    subnet("private-b", "b"),
    resource("routeTableAssociation", "b", { subnetId: ref("private-b"), routeTableId: ref(table) }),
];
/** Public subnets with tables of their own, and one in another zone without. */
const onMainTable: TestResource[] = [
    vpc,
    ...publicSubnets,
    resource("routeTable", "public", {}),
    ...ZONES.map((zone) =>
        resource("routeTableAssociation", `association-${zone}`, {
            subnetId: ref(`public-${zone}`),
            routeTableId: ref("public"),
        }),
    ),
    subnet("private-b", "b"),
    gateway("a"),
];

describeRule(natPerAz, {
    compliant: {
        "a gateway for each zone": [
            ...publicSubnets,
            ...ZONES.map(gateway),
            ...privateSubnets((zone) => `nat-${zone}`),
        ],
        "a regional gateway that grows by itself": [regional({}), ...privateSubnets(() => "nat")],
        "a regional gateway with addresses in every zone": [
            regional({
                availabilityZoneAddresses: ZONES.map((zone) => ({ availabilityZone: zone, allocationIds: [] })),
            }),
            ...privateSubnets(() => "nat"),
        ],
        "a main table that leads nowhere, beside one for private subnets": [
            ...onMainTable.filter(({ name }) => name !== "private-b"),
            subnet("isolated-b", "b"),
            resource("routeTable", "isolated", {}),
            resource("mainRouteTableAssociation", "main", { vpcId: ref("vpc"), routeTableId: ref("isolated") }),
            subnet("private-a", "a"),
            resource("routeTable", "table", {}),
            resource("routeTableAssociation", "a", { subnetId: ref("private-a"), routeTableId: ref("table") }),
            route(ref("table")),
        ],
    },
    violating: {
        "one gateway for three zones": {
            resources: [...publicSubnets, gateway("a"), ...privateSubnets(() => "nat-a")],
            at: ["nat-a"],
            says: /subnetId is in a, but subnets in other zones route through it: private-b \(b\), private-c \(c\): .* Fix: create one NAT gateway for each zone/,
        },
        "gateways that were swapped": {
            resources: [
                ...publicSubnets,
                ...ZONES.map(gateway),
                ...privateSubnets((zone) => ({ a: "nat-b", b: "nat-a", c: "nat-c" })[zone] ?? ""),
            ],
            at: ["nat-a", "nat-b"],
            says: /subnets in other zones route through it: private-[ab]/,
        },
        "a regional gateway with addresses in one zone only": {
            resources: [
                regional({ availabilityZoneAddresses: [{ availabilityZone: "a", allocationIds: [] }] }),
                ...privateSubnets(() => "nat"),
            ],
            at: ["nat"],
            says: /availabilityZoneAddresses is in a, .* private-b \(b\), private-c \(c\)/,
        },
        "a route of the main table of the VPC": {
            resources: [...onMainTable, route(ref("vpc", "main"))],
            at: ["nat-a"],
            says: /private-b \(b\)/,
        },
        "a route that is written into the default table": {
            resources: [
                ...onMainTable,
                {
                    type: "aws:ec2/defaultRouteTable:DefaultRouteTable",
                    name: "default",
                    inputs: {
                        defaultRouteTableId: ref("vpc", "main"),
                        routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: ref("nat-a") }],
                    },
                },
            ],
            at: ["nat-a"],
            says: /subnets in other zones route through it: private-b \(b\):/,
        },
        "a table that is made the main one": {
            resources: [
                ...onMainTable,
                resource("routeTable", "table", {}),
                resource("mainRouteTableAssociation", "main", { vpcId: ref("vpc"), routeTableId: ref("table") }),
                route(ref("table")),
            ],
            at: ["nat-a"],
            says: /private-b \(b\)/,
        },
        "a route in its table whose destination is not known": {
            resources: [
                ...publicSubnets,
                gateway("a"),
                ...behindTable("table"),
                resource("routeTable", "table", { routes: [{ cidrBlock: UNKNOWN_VALUE, natGatewayId: ref("nat-a") }] }),
            ],
            at: ["nat-a"],
            says: /private-b \(b\)/,
        },
        "a route that is written into its table": {
            resources: [
                ...publicSubnets,
                gateway("a"),
                subnet("private-b", "b"),
                resource("routeTable", "table-b", { routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: ref("nat-a") }] }),
                resource("routeTableAssociation", "association-b", {
                    subnetId: ref("private-b"),
                    routeTableId: ref("table-b"),
                }),
            ],
            at: ["nat-a"],
            says: /private-b \(b\)/,
        },
    },
    unknown: {
        "whether a zone by name is the one by id": {
            resources: [
                ...publicSubnets.filter(({ name }) => name !== "public-a"),
                resource("subnet", "public-a", { availabilityZoneId: "use1-az1" }),
                gateway("a"),
                ...behindTable("table"),
                resource("routeTable", "table", {}),
                route(ref("table")),
            ],
            at: ["nat-a"],
            says: /private-b/,
        },
        "all routes of a table": {
            resources: [...publicSubnets, gateway("a"), resource("routeTable", "table", { routes: UNKNOWN_VALUE })],
            at: ["table"],
            says: /routes leads to a NAT gateway that cannot be told/,
        },
        "the table of a route": {
            resources: [...publicSubnets, gateway("a"), route(UNKNOWN_VALUE)],
            at: ["route"],
            says: /routeTableId leads to a NAT gateway that cannot be told/,
        },
        "the zone of the gateway": {
            resources: [subnet("public-a", UNKNOWN_VALUE), gateway("a"), ...privateSubnets(() => "nat-a")],
            at: ["nat-a"],
            says: /subnetId is in an availability zone that is not known/,
        },
        "the zone of a subnet behind it": {
            resources: [
                ...publicSubnets,
                ...ZONES.map(gateway),
                ...privateSubnets(
                    (zone) => `nat-${zone}`,
                    (zone) => (zone === "c" ? UNKNOWN_VALUE : zone),
                ),
            ],
            at: ["nat-c"],
            says: /serves subnets whose zone is not known: private-c/,
        },
        "which of several gateways a route goes to": {
            resources: [
                ...publicSubnets,
                gateway("a"),
                gateway("b"),
                resource("routeTable", "table", {}),
                resource("route", "route", {
                    routeTableId: ref("table"),
                    destinationCidrBlock: "0.0.0.0/0",
                    natGatewayId: json([ref("nat-a"), ref("nat-b"), 1]),
                }),
            ],
            at: ["route"],
            says: /natGatewayId leads to a NAT gateway that cannot be told/,
        },
    },
    notApplicable: {
        "public subnets, whose default route goes to the internet gateway": [
            ...publicSubnets,
            gateway("a"),
            resource("routeTable", "public", {}),
            resource("route", "out", {
                routeTableId: ref("public"),
                destinationCidrBlock: "0.0.0.0/0",
                gatewayId: "igw-1",
            }),
            resource("routeTableAssociation", "b", { subnetId: ref("public-b"), routeTableId: ref("public") }),
        ],
        "routes to elsewhere through a gateway": [
            ...publicSubnets,
            gateway("a"),
            subnet("private-b", "b"),
            resource("routeTable", "table", {}),
            resource("route", "partner", {
                routeTableId: ref("table"),
                destinationCidrBlock: "198.51.100.0/24",
                natGatewayId: ref("nat-a"),
            }),
            resource("routeTableAssociation", "b", { subnetId: ref("private-b"), routeTableId: ref("table") }),
        ],
    },
});
