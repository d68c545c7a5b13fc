import { eksSpotOnly } from "../../../policies/no-single-point-of-failure/rules/eks-spot-only";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = resource("eksCluster", "cluster");
const nodes = (name: string, capacityType?: unknown, more: object = {}): TestResource =>
    resource("eksNodeGroup", name, { clusterName: ref("cluster", "name"), capacityType, ...more });

describeRule(eksSpotOnly, {
    compliant: {
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
    notApplicable: { "a cluster without node groups": [cluster] },
});
