import { eksNodesHa } from "../../../policies/no-single-point-of-failure/rules/eks-nodes-ha";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const subnets = ["a", "b", "c"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const cluster = resource("eksCluster", "cluster");
const nodes = (name: string, minSize: unknown, zones: string, more: object = {}): TestResource =>
    resource("eksNodeGroup", name, {
        clusterName: ref("cluster", "name"),
        scalingConfig: { minSize, maxSize: 9, desiredSize: 3 },
        subnetIds: zones.split("").map((zone) => ref(`subnet-${zone}`)),
        ...more,
    });
const stack = (...groups: readonly TestResource[]): TestResource[] => [...subnets, cluster, ...groups];
const gpu = [{ key: "nvidia.com/gpu", value: "true", effect: "NO_SCHEDULE" }];

describeRule(eksNodesHa, {
    compliant: {
        "two nodes over two zones": stack(nodes("nodes", 2, "ab")),
        "one group of one node for each zone": stack(nodes("a", 1, "a"), nodes("b", 1, "b"), nodes("c", 1, "c")),
        "a group that is empty at rest beside one that is not": stack(nodes("base", 2, "abc"), nodes("burst", 0, "a")),
        "a tainted group that is empty at rest": stack(
            nodes("nodes", 2, "abc"),
            nodes("gpu", 0, "a", { taints: gpu, capacityType: "SPOT" }),
        ),
        "a taint that keeps nobody out": stack(
            nodes("a", 1, "a", { taints: [{ key: "old", effect: "PREFER_NO_SCHEDULE" }] }),
            nodes("b", 1, "b"),
        ),
        "a cluster that makes nodes itself beside a group of one": [
            ...subnets,
            resource("eksCluster", "cluster", { computeConfig: { enabled: true } }),
            nodes("nodes", 1, "a"),
        ],
        "a cluster of another stack, by its name": [
            ...subnets,
            nodes("a", 1, "a", { clusterName: "main" }),
            nodes("b", 1, "b", { clusterName: "main" }),
        ],
    },
    violating: {
        "one node": {
            resources: stack(nodes("nodes", 1, "ab")),
            at: ["nodes"],
            says: /scalingConfig.minSize is 1, below 2: .* Fix: set/,
        },
        "one zone": {
            resources: stack(nodes("nodes", 4, "a")),
            at: ["nodes"],
            says: /subnetIds reaches one availability zone only \(a\)/,
        },
        "one node in one zone": {
            resources: stack(nodes("nodes", 1, "a")),
            at: ["nodes", "nodes"],
            says: /is 1, below 2|one availability zone only/,
        },
        "groups that are in one zone together, the second zone being empty at rest": {
            resources: stack(nodes("x", 2, "a"), nodes("y", 0, "b")),
            at: ["x"],
            says: /subnetIds of x, y together reaches one availability zone only \(a\)/,
        },
        "groups of one node in two clusters": {
            resources: [
                ...subnets,
                nodes("x", 1, "ab", { clusterName: "one" }),
                nodes("y", 1, "ab", { clusterName: "two" }),
            ],
            at: ["x", "y"],
            says: /is 1, below 2/,
        },
        "a tainted group that runs one node": {
            resources: stack(nodes("nodes", 2, "ab"), nodes("system", 1, "ab", { taints: gpu })),
            at: ["system"],
            says: /is 1, below 2/,
        },
        "groups that are all empty at rest": {
            resources: stack(nodes("x", 0, "ab"), nodes("y", 0, "ab")),
            at: ["x"],
            says: /scalingConfig.minSize of x, y together is 0/,
        },
        "fewer than are configured": {
            resources: stack(nodes("nodes", 2, "ab")),
            at: ["nodes"],
            says: /is 2, below 3/,
            config: settings(eksNodesHa, { minimum: 3 }),
        },
    },
    unknown: {
        "whether pods come to a group that is empty at rest": {
            resources: stack(nodes("nodes", 0, "ab", { taints: [{ ...gpu[0], effect: UNKNOWN_VALUE }] })),
            at: ["nodes"],
            says: /taints is not known/,
        },
        "the cluster": {
            resources: [...subnets, nodes("nodes", 1, "a", { clusterName: UNKNOWN_VALUE })],
            at: ["nodes"],
            says: /clusterName is not known, so nodes of other groups or of Auto Mode may be beside these/,
        },
        "the minimum": {
            resources: stack(nodes("nodes", UNKNOWN_VALUE, "ab")),
            at: ["nodes"],
            says: /scalingConfig.minSize is not known/,
        },
        "the minimum of one of two groups": {
            resources: stack(nodes("x", 1, "a"), nodes("y", UNKNOWN_VALUE, "b")),
            at: ["x"],
            says: /scalingConfig.minSize of x, y together is not known/,
        },
        "the subnets": {
            resources: stack(nodes("nodes", 2, "ab", { subnetIds: UNKNOWN_VALUE })),
            at: ["nodes"],
            says: /subnetIds/,
        },
        "whether the cluster makes nodes itself": {
            resources: [
                ...subnets,
                resource("eksCluster", "cluster", { computeConfig: { enabled: UNKNOWN_VALUE } }),
                nodes("nodes", 0, "ab"),
            ],
            at: ["nodes"],
            says: /computeConfig of its cluster is not known/,
        },
    },
    notApplicable: {
        "a cluster in Auto Mode": [
            ...subnets,
            resource("eksCluster", "cluster", { computeConfig: { enabled: true, nodePools: ["general-purpose"] } }),
            nodes("nodes", 0, "a"),
        ],
        "a cluster alone": [cluster],
    },
});
