/** The figures of each kind of tier, and that the rule and the report say the same. */
import fc from "fast-check";
import { azLossCapacity } from "../../../policies/no-single-point-of-failure/rules/az-loss-capacity";
import type { TierSurvival } from "../../../policies/shared/survival";
import { survivalOfResources, type PlainResource } from "../../../policies/shared/survival-report";
import { settings } from "../support/describe-rule";
import { judge, resource, urnOf, type TestResource } from "../support/harness";

/** The resources as a state file has them. */
function plain(resources: readonly TestResource[]): readonly PlainResource[] {
    return resources.map((each) => ({
        urn: urnOf(each),
        type: each.type,
        id: `${each.name}-id`,
        inputs: each.inputs,
        outputs: { ...each.inputs, arn: `${each.name}-arn`, ...each.computed },
    }));
}

function tierOf(resources: readonly TestResource[], name: string): TierSurvival {
    const found = survivalOfResources(plain(resources)).find((tier) => tier.name === name);
    if (found === undefined) {
        throw new Error(`no tier ${name}`);
    }
    return found;
}

const subnets = ["a", "b", "c"].map((zone) =>
    resource("subnet", `subnet-${zone}`, { availabilityZone: zone, vpcId: "vpc-id" }),
);
const inZones = (zones: string): readonly string[] => zones.split("").map((zone) => `subnet-${zone}-id`);
const subnetGroup = resource("rdsSubnetGroup", "group", { name: "group", subnetIds: inZones("abc") });

describe("a database", () => {
    const primary = (inputs: object): TestResource[] => [
        ...subnets,
        subnetGroup,
        resource("rdsInstance", "db", { engine: "postgres", identifier: "db", dbSubnetGroupName: "group", ...inputs }),
    ];
    const replica = (name: string, inputs: object = {}): TestResource =>
        resource("rdsInstance", name, { replicateSourceDb: "db", ...inputs });

    test("without a standby has no writer left when its zone is lost", () => {
        const tier = tierOf(primary({ multiAz: false, availabilityZone: "a" }), "db");
        expect(tier).toMatchObject({
            kind: "rds-instance",
            floor: 1,
            need: 1,
            losses: { unit: { lost: 1, left: 0 }, zone: { worst: { lost: 1, left: 0 }, best: { lost: 1, left: 0 } } },
            writers: { before: 1, afterUnit: 0, afterNode: 0, afterZone: 0 },
            failover: { automatic: false, typical: null },
            verdict: "short",
        });
        expect(tier.sentence).toContain("0 of 1 writer serves then, and nothing takes over by itself");
    });

    test("with a standby keeps no writer where all subnets are in one zone", () => {
        const oneZone = resource("rdsSubnetGroup", "narrow", { name: "narrow", subnetIds: inZones("a") });
        const tier = tierOf([...primary({ multiAz: true, dbSubnetGroupName: "narrow" }), oneZone], "db");
        expect(tier).toMatchObject({
            zones: { names: ["a"], atLeast: 1, atMost: 1 },
            losses: { zone: { best: { lost: 2, left: 0 }, worst: { lost: 2, left: 0 } } },
            writers: { before: 1, afterUnit: 1, afterZone: 0 },
            verdict: "short",
        });
        expect(tier.sentence).toContain(
            "db runs 2 instances over 1 zone (a), the loss of one zone takes 2 and leaves 0",
        );
    });

    test("without a zone of its own is in one of those of its subnets", () => {
        const { sentence } = tierOf(primary({ multiAz: false }), "db");
        expect(sentence).toContain("db runs 1 instance over 1 of the zones a, b, c,");
    });

    test("with a standby keeps its writer, and says how long that takes and who says so", () => {
        const tier = tierOf(primary({ multiAz: true }), "db");
        expect(tier).toMatchObject({
            floor: 2,
            losses: { zone: { worst: { lost: 1, left: 1 }, best: { lost: 1, left: 1 } } },
            writers: { before: 1, afterUnit: 1, afterZone: 1 },
            failover: { automatic: true, typical: "60–120 seconds" },
            verdict: "ok",
        });
        expect(tier.failover?.source).toMatch(/^https:\/\/docs\.aws\.amazon\.com\//);
    });

    test("keeps one of two replicas in two zones, and none of two in one", () => {
        const replicas = (zones: string): TestResource[] =>
            zones.split("").map((zone, index) => replica(`r${index}`, { availabilityZone: zone }));
        const apart = tierOf([...primary({ multiAz: true }), ...replicas("ab")], "db");
        expect(apart).toMatchObject({ floor: 4, readers: { before: 2, afterUnit: 1, afterZone: 1 } });
        const together = tierOf([...primary({ multiAz: true }), ...replicas("aa")], "db");
        expect(together.readers).toEqual({ before: 2, afterUnit: 1, afterNode: 1, afterZone: 0 });
    });

    test("is one tier with its replicas", () => {
        const names = survivalOfResources(plain([...primary({ multiAz: true }), replica("r")])).map(({ name }) => name);
        expect(names).toEqual(["db"]);
    });

    test("says that nothing is known where its standby is not", () => {
        const unknown = { multiAz: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" };
        const tier = tierOf(primary(unknown), "db");
        expect(tier).toMatchObject({ floor: null, losses: { unit: null, zone: null }, writers: null });
        expect(tier.verdict).toBe("undetermined");
        expect(tier.sentence).toBe("How many instances of db always run is not known.");
    });
});

describe("a database cluster", () => {
    const aurora = (...zones: readonly string[]): TestResource[] => [
        resource("rdsCluster", "orders", { engine: "aurora-postgresql", clusterIdentifier: "orders" }),
        ...zones.map((zone, index) =>
            resource("rdsClusterInstance", `orders-${index}`, {
                clusterIdentifier: "orders",
                engine: "aurora-postgresql",
                ...(zone === "" ? {} : { availabilityZone: zone }),
            }),
        ),
    ];

    test("of Aurora keeps a writer and a reader of three instances in three zones", () => {
        expect(tierOf(aurora("a", "b", "c"), "orders")).toMatchObject({
            kind: "rds-cluster",
            floor: 3,
            writers: { before: 1, afterUnit: 1, afterZone: 1 },
            readers: { before: 2, afterUnit: 1, afterZone: 1 },
            verdict: "ok",
        });
    });

    test("of Aurora with one instance is short, and with all in one zone too", () => {
        expect(tierOf(aurora("a"), "orders")).toMatchObject({ floor: 1, verdict: "short" });
        expect(tierOf(aurora("a", "a"), "orders")).toMatchObject({
            writers: { afterUnit: 1, afterZone: 0 },
            verdict: "short",
        });
    });

    test("of Aurora whose zones nobody chose is open", () => {
        expect(tierOf(aurora("", ""), "orders")).toMatchObject({ floor: 2, verdict: "undetermined" });
    });

    test("of three instances that AWS places in three zones keeps a writer and a reader", () => {
        const cluster = resource("rdsCluster", "orders", {
            engine: "postgres",
            dbClusterInstanceClass: "db.m6gd.large",
        });
        expect(tierOf([cluster], "orders")).toMatchObject({
            floor: 3,
            writers: { before: 1, afterZone: 1 },
            readers: { before: 2, afterZone: 1 },
            failover: { automatic: true, typical: "under 35 seconds" },
            verdict: "ok",
        });
    });
});

describe("a cache", () => {
    const group = (inputs: object): TestResource[] => [resource("elasticacheReplicationGroup", "cache", inputs)];

    test("with a replica of each shard in another zone keeps a writer for each shard", () => {
        const inputs = {
            multiAzEnabled: true,
            automaticFailoverEnabled: true,
            numNodeGroups: 3,
            replicasPerNodeGroup: 1,
        };
        expect(tierOf(group(inputs), "cache")).toMatchObject({
            floor: 6,
            need: 3,
            writers: { before: 3, afterUnit: 3, afterZone: 3 },
            readers: { before: 3, afterUnit: 2, afterZone: 0 },
            verdict: "ok",
        });
    });

    test("without automatic failover loses the part of a shard with its primary", () => {
        const inputs = {
            multiAzEnabled: false,
            automaticFailoverEnabled: false,
            numNodeGroups: 2,
            replicasPerNodeGroup: 1,
        };
        expect(tierOf(group(inputs), "cache")).toMatchObject({
            need: 2,
            writers: { before: 2, afterUnit: 1 },
            verdict: "short",
        });
    });

    test("of one node has nothing left", () => {
        expect(
            tierOf([resource("elasticacheCluster", "cache", { engine: "redis", numCacheNodes: 1 })], "cache"),
        ).toMatchObject({
            floor: 1,
            writers: { before: 1, afterUnit: 0, afterZone: 0 },
            verdict: "short",
        });
    });

    test("of nodes without replicas in several zones keeps those of the other zones", () => {
        const inputs = {
            engine: "memcached",
            numCacheNodes: 4,
            azMode: "cross-az",
            preferredAvailabilityZones: ["a", "b"],
        };
        expect(tierOf([resource("elasticacheCluster", "cache", inputs)], "cache")).toMatchObject({
            floor: 4,
            writers: { before: 4, afterUnit: 3, afterZone: 2 },
            failover: { automatic: false },
            verdict: "ok",
        });
    });
});

describe("a Kafka cluster", () => {
    const kafka = (zones: string, numberOfBrokerNodes: number, serverProperties?: string): TestResource[] => [
        ...subnets,
        resource("mskCluster", "events", {
            numberOfBrokerNodes,
            brokerNodeGroupInfo: { clientSubnets: inZones(zones) },
            ...(serverProperties === undefined ? {} : { configurationInfo: { arn: "config-arn", revision: 1 } }),
        }),
        ...(serverProperties === undefined
            ? []
            : [resource("mskConfiguration", "config", { serverProperties }, { computed: { latestRevision: 1 } })]),
    ];

    test("takes writes without a zone as long as enough copies are in sync", () => {
        expect(tierOf(kafka("abc", 6), "events")).toMatchObject({
            floor: 6,
            writers: { before: 6, afterUnit: 5, afterZone: 4 },
            verdict: "ok",
        });
    });

    test("takes none where all copies have to be in sync, but is read", () => {
        const strict = "default.replication.factor=3\nmin.insync.replicas=3\n";
        expect(tierOf(kafka("abc", 3, strict), "events")).toMatchObject({
            writers: { before: 3, afterUnit: 0, afterZone: 0 },
            readers: { before: 3, afterUnit: 2, afterZone: 2 },
            verdict: "short",
        });
    });
});

describe("what carries traffic", () => {
    const vpc = resource("vpc", "vpc");
    const route = (subnet: string, gateway: string): TestResource[] => [
        resource("routeTable", `table-${subnet}`, {
            vpcId: "vpc-id",
            routes: [{ cidrBlock: "0.0.0.0/0", natGatewayId: `${gateway}-id` }],
        }),
        resource("routeTableAssociation", `association-${subnet}`, {
            subnetId: `${subnet}-id`,
            routeTableId: `table-${subnet}-id`,
        }),
    ];
    const nat = (zone: string): TestResource =>
        resource("natGateway", `nat-${zone}`, { subnetId: `subnet-${zone}-id` });

    test("one NAT gateway for each zone: two of three are left", () => {
        const gateways = [
            ...subnets,
            vpc,
            nat("a"),
            nat("b"),
            nat("c"),
            ...["a", "b", "c"].flatMap((zone) => route(`subnet-${zone}`, `nat-${zone}`)),
        ];
        expect(tierOf(gateways, "nat-a, nat-b, nat-c")).toMatchObject({
            kind: "nat-gateways",
            floor: 3,
            losses: { zone: { worst: { lost: 1, left: 2 } } },
            verdict: "ok",
        });
    });

    test("two NAT gateways, one of which serves another zone too: that zone is lost as well", () => {
        const gateways = [
            ...subnets,
            vpc,
            nat("a"),
            nat("b"),
            ...route("subnet-a", "nat-a"),
            ...route("subnet-b", "nat-b"),
            ...route("subnet-c", "nat-b"),
        ];
        const tier = tierOf(gateways, "nat-a, nat-b");
        expect(tier.verdict).toBe("short");
        expect(tier.sentence).toContain("1 of the subnets behind them leave through a gateway in another zone");
    });

    test("a load balancer and a file system in two zones keep one", () => {
        const balancer = resource("loadBalancer", "front", { subnets: inZones("ab") });
        expect(tierOf([...subnets, balancer], "front")).toMatchObject({
            floor: 2,
            losses: { zone: { worst: { left: 1 } } },
            verdict: "ok",
        });
        const files = [
            resource("efsFileSystem", "files"),
            ...["a", "b"].map((zone) =>
                resource("efsMountTarget", `mount-${zone}`, {
                    fileSystemId: "files-id",
                    subnetId: `subnet-${zone}-id`,
                }),
            ),
        ];
        expect(tierOf([...subnets, ...files], "files")).toMatchObject({
            floor: 2,
            writers: { before: 2, afterZone: 1 },
            verdict: "ok",
        });
    });

    test("a file system in one zone is gone with it", () => {
        const files = [
            resource("efsFileSystem", "files", { availabilityZoneName: "a" }),
            resource("efsMountTarget", "mount", { fileSystemId: "files-id", subnetId: "subnet-a-id" }),
        ];
        expect(tierOf([...subnets, ...files], "files").verdict).toBe("short");
    });
});

describe("the node of a machine", () => {
    const service = (inputs: object): TestResource[] => [resource("ecsService", "web", { desiredCount: 4, ...inputs })];

    test("is a task's own on Fargate and by constraint, and not known elsewhere", () => {
        const alone = { unit: { lost: 1, left: 3 }, node: { lost: 1, left: 3 } };
        expect(tierOf(service({ launchType: "FARGATE" }), "web").losses).toMatchObject(alone);
        expect(tierOf(service({ placementConstraints: [{ type: "distinctInstance" }] }), "web").losses).toMatchObject(
            alone,
        );
        expect(tierOf(service({ launchType: "EC2" }), "web").losses.node).toBeNull();
        expect(tierOf(service({}), "web").losses.node).toBeNull();
    });
});

describe("workloads that are kept in one zone each", () => {
    const pinned = (name: string, zone: string, labels: object): TestResource =>
        resource("deployment", name, {
            metadata: { name },
            spec: {
                replicas: 2,
                template: {
                    metadata: { labels },
                    spec: { nodeSelector: { "topology.kubernetes.io/zone": zone } },
                },
            },
        });
    const serving = (name: string, selector: object): TestResource =>
        resource("kubernetesService", name, { metadata: { name }, spec: { selector } });
    const names = (resources: readonly TestResource[]): readonly string[] =>
        survivalOfResources(plain(resources)).map(({ name }) => name);

    test("are one tier behind one Service, and lose one zone's pods", () => {
        const resources = [
            pinned("web-a", "a", { app: "web" }),
            pinned("web-b", "b", { app: "web" }),
            serving("web", { app: "web" }),
        ];
        expect(tierOf(resources, "web-a, web-b")).toMatchObject({
            floor: 4,
            losses: { zone: { best: { left: 2 }, worst: { left: 2 } } },
            verdict: "ok",
        });
    });

    test("are one tier where Services have them in common", () => {
        const resources = [
            pinned("one", "a", { app: "web", side: "left" }),
            pinned("two", "b", { app: "web", side: "left", more: "yes" }),
            pinned("three", "c", { app: "web", more: "yes" }),
            serving("left", { side: "left" }),
            serving("more", { more: "yes" }),
        ];
        expect(names(resources)).toEqual(["one, three, two"]);
    });

    test("stand alone without a Service, and are short then", () => {
        const resources = [pinned("web-a", "a", { app: "web" }), pinned("web-b", "b", { app: "web" })];
        expect(names(resources)).toEqual(["web-a", "web-b"]);
        expect(tierOf(resources, "web-a").verdict).toBe("short");
    });
});

describe("rule and report", () => {
    const zones = fc.subarray(["a", "b", "c"], { minLength: 1 });
    const floor = fc.integer({ min: 0, max: 12 });
    const tier = fc.oneof(
        fc.tuple(floor, fc.option(zones)).map(([desiredCount, placed]) =>
            resource("ecsService", "web", {
                desiredCount,
                ...(placed === null ? {} : { networkConfiguration: { subnets: inZones(placed.join("")) } }),
            }),
        ),
        fc
            .tuple(floor, zones)
            .map(([minSize, placed]) =>
                resource("autoScalingGroup", "web", { minSize, vpcZoneIdentifiers: inZones(placed.join("")) }),
            ),
        fc
            .tuple(floor, zones)
            .map(([minSize, placed]) =>
                resource("eksNodeGroup", "web", { scalingConfig: { minSize }, subnetIds: inZones(placed.join("")) }),
            ),
        fc.tuple(fc.integer({ min: 1, max: 12 }), fc.option(zones)).map(([replicas, placed]) =>
            resource("deployment", "web", {
                spec: {
                    replicas,
                    template: {
                        spec:
                            placed?.length === 1 ? { nodeSelector: { "topology.kubernetes.io/zone": placed[0] } } : {},
                    },
                },
            }),
        ),
    );

    test("say the same of every tier", () => {
        fc.assert(
            fc.property(tier, fc.integer({ min: 0, max: 12 }), (each, need) => {
                const resources = [...subnets, each];
                const [survival] = survivalOfResources(plain(resources), { neededCapacity: { web: need } });
                const config = settings(azLossCapacity, { neededCapacity: { web: need } });
                const found = judge(azLossCapacity, resources, { mode: "up", config });
                expect(survival?.verdict).toBe(
                    found.length === 0
                        ? "ok"
                        : found[0]?.message.startsWith("undetermined: ") === true
                          ? "undetermined"
                          : "short",
                );
                for (const { message } of found) {
                    expect(message).toContain(survival?.sentence.replace(/\.$/, ""));
                }
            }),
        );
    });

    test("count the same whatever the order of resources", () => {
        fc.assert(
            fc.property(fc.array(tier, { maxLength: 4 }), (tiers) => {
                const named = tiers.map((each, index) => ({ ...each, name: `tier-${index}` }));
                const forward = survivalOfResources(plain([...subnets, ...named]));
                const backward = survivalOfResources(plain([...subnets, ...named].reverse()));
                expect(backward).toEqual(forward);
            }),
        );
    });
});
