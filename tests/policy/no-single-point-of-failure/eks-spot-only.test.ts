import { eksSpotOnly } from "../../../policies/no-single-point-of-failure/rules/eks-spot-only";
import { describeRule } from "../support/describe-rule";
import { judge, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = resource("eksCluster", "cluster");
const nodes = (name: string, capacityType?: unknown, more: object = {}): TestResource =>
    resource("eksNodeGroup", name, { clusterName: ref("cluster", "name"), capacityType, ...more });

const pool = (name: string, ...requirements: readonly object[]): TestResource =>
    resource("nodePool", name, { metadata: { name }, spec: { template: { spec: { requirements } } } });
const capacity = (operator: unknown, ...values: readonly unknown[]): object => ({
    key: "karpenter.sh/capacity-type",
    operator,
    values,
});
const autoMode = (...nodePools: readonly unknown[]): TestResource =>
    resource("eksCluster", "cluster", { computeConfig: { enabled: true, nodePools } });
const arm = { key: "kubernetes.io/arch", operator: "In", values: ["arm64"] };

describeRule(eksSpotOnly, {
    compliant: {
        "a node pool that does not say, which means on demand": [autoMode(), pool("nodes", arm)],
        "a node pool that takes what is on demand where there is no Spot": [
            autoMode("system"),
            pool("nodes", arm, capacity("In", "spot", "on-demand")),
        ],
        "a node pool that takes anything but Spot": [autoMode(), pool("nodes", capacity("NotIn", "spot"))],
        "a node pool that takes whatever there is": [autoMode(), pool("nodes", capacity("Exists"))],
        "Spot nodes beside a pool on demand": [
            autoMode(),
            pool("spot", capacity("In", "spot")),
            pool("base", capacity("In", "on-demand")),
        ],
        "Spot nodes beside the pool that Auto Mode brings along": [
            autoMode("general-purpose", "system"),
            pool("spot", capacity("In", "spot")),
        ],
        "a pool of Spot nodes beside a node group": [
            cluster,
            nodes("base", "ON_DEMAND"),
            pool("spot", capacity("In", "spot")),
        ],
        "a group that does not say, which means on demand": [cluster, nodes("nodes")],
        "on-demand nodes": [cluster, nodes("nodes", "ON_DEMAND")],
        "Spot nodes beside on-demand nodes": [cluster, nodes("spot", "SPOT"), nodes("base", "ON_DEMAND")],
        "Spot nodes beside others whose type is not known": [
            cluster,
            nodes("spot", "SPOT"),
            nodes("open", UNKNOWN_VALUE),
            nodes("base", "ON_DEMAND"),
        ],
        "Spot nodes beside reserved blocks": [cluster, nodes("spot", "SPOT"), nodes("block", "CAPACITY_BLOCK")],
        "Spot nodes beside Fargate": [
            cluster,
            nodes("spot", "SPOT"),
            resource("eksFargateProfile", "fargate", { clusterName: ref("cluster", "name") }),
        ],
        "Spot nodes beside the nodes that Auto Mode makes": [
            resource("eksCluster", "cluster", { computeConfig: { enabled: true } }),
            nodes("spot", "SPOT"),
        ],
    },
    violating: {
        "node pools of Spot nodes alone": {
            resources: [
                autoMode("system"),
                pool("x", arm, capacity("In", "spot")),
                pool("y", capacity("NotIn", "on-demand", "reserved")),
            ],
            at: ["x"],
            says: /capacity-type allow "spot" alone in every node pool of the stack \(x, y\): .* Fix: .*allow "on-demand" beside/,
        },
        "Spot nodes alone": {
            resources: [cluster, nodes("nodes", "SPOT")],
            at: ["nodes"],
            says: /capacityType is "SPOT" for every node group of the cluster \(nodes\): .* Fix: add a node group/,
        },
        "two groups of Spot nodes": {
            resources: [
                cluster,
                nodes("x", "SPOT"),
                nodes("y", "SPOT", { taints: [{ key: "k", effect: "NO_EXECUTE" }] }),
            ],
            at: ["x"],
            says: /every node group of the cluster \(x, y\)/,
        },
        "Spot nodes beside on-demand nodes of another cluster": {
            resources: [nodes("x", "SPOT", { clusterName: "one" }), nodes("y", "ON_DEMAND", { clusterName: "two" })],
            at: ["x"],
            says: /every node group of the cluster \(x\)/,
        },
    },
    unknown: {
        "what a node pool takes": {
            resources: [autoMode(), pool("nodes", capacity("In", UNKNOWN_VALUE))],
            at: ["nodes"],
            says: /requirements for karpenter\.sh\/capacity-type is not known/,
        },
        "what a requirement is about": {
            resources: [
                autoMode(),
                pool("nodes", { key: UNKNOWN_VALUE, operator: "In", values: ["spot"] }),
                pool("spot", capacity("In", "spot")),
            ],
            at: ["nodes"],
            says: /requirements for karpenter\.sh\/capacity-type is not known/,
        },
        "the cluster": {
            resources: [cluster, nodes("nodes", "SPOT", { clusterName: UNKNOWN_VALUE })],
            at: ["nodes"],
            says: /clusterName is not known/,
        },
        "the cluster of what is not taken back": {
            resources: [
                cluster,
                nodes("nodes", "SPOT"),
                nodes("base", "ON_DEMAND", { clusterName: UNKNOWN_VALUE }),
                resource("eksFargateProfile", "fargate", { clusterName: UNKNOWN_VALUE }),
            ],
            at: ["nodes"],
            says: /clusterName is perhaps that of base, fargate, too/,
        },
        "the type": {
            resources: [cluster, nodes("nodes", UNKNOWN_VALUE)],
            at: ["nodes"],
            says: /capacityType is not known/,
        },
        "the type of one of two groups": {
            resources: [cluster, nodes("x", "SPOT"), nodes("y", UNKNOWN_VALUE)],
            at: ["y"],
            says: /capacityType is not known/,
        },
        "whether the cluster makes nodes itself": {
            resources: [
                resource("eksCluster", "cluster", { computeConfig: { enabled: UNKNOWN_VALUE } }),
                nodes("nodes", "SPOT"),
            ],
            at: ["nodes"],
            says: /computeConfig of its cluster is not known/,
        },
    },
    notApplicable: {
        "a cluster without node groups": [cluster],
        "a NodeClass": [{ type: "kubernetes:eks.amazonaws.com/v1:NodeClass", name: "default", inputs: { spec: {} } }],
    },
});

test("leaves open whether a cluster of another stack has other nodes than the Spot nodes of a pool", () => {
    const found = judge(eksSpotOnly, [pool("spot", capacity("In", "spot"))]);
    expect(found.map(({ enforcementLevel }) => enforcementLevel)).toEqual(["advisory"]);
    expect(found[0]?.message).toMatch(/what other nodes the cluster has is not known/);
});
