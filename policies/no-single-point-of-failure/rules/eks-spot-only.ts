import type { Node, ResourceGraph } from "../../shared/graph";
import { clusterKeyOf, isClusterKnown, nodeGroupPools } from "../../shared/relations/node-group-tiers";
import { CAPACITY_PROPERTY, capacityOfPool, hasOtherSteadyNodes } from "../../shared/relations/node-pools";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * Fargate profiles and Auto Mode are capacity that is not taken back. Node pools that are made inside of the cluster are not
 * seen; those of the stack are judged together, for they do not say to which cluster they belong.
 */
export const eksSpotOnly = defineStackRule({
    id: "eks-spot-only",
    title: "A cluster keeps nodes on capacity that is not taken back",
    severity: "medium",
    frameworks: { wellArchitected: ["REL07-BP01", "REL11-BP02"] },
    why: "AWS may take all Spot nodes back with two minutes' notice, and give none for hours",
    fix: 'add a node group with `capacityType: "ON_DEMAND"`, or allow "on-demand" beside "spot" in a node pool',
    url: "https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types",
    tokens: tokensOf("eksNodeGroup", "nodePool"),
    guards: [
        { tokens: TOKENS.eksNodeGroup, property: "capacityType" },
        { tokens: TOKENS.eksNodeGroup, property: "clusterName" },
        { tokens: TOKENS.nodePool, property: "spec.template.spec.requirements" },
        { tokens: TOKENS.eksFargateProfile, property: "clusterName" },
        { tokens: TOKENS.eksCluster, property: "computeConfig.enabled" },
    ],
    check: (graph, on) => {
        checkNodePools(graph, on);
        const profiles = graph.all("eksFargateProfile");
        const steady = new Set(profiles.map((profile) => clusterKeyOf(graph, profile)));
        // What is of a cluster that is not known may be steady capacity of any.
        const open = [...profiles, ...graph.all("eksNodeGroup").filter((group) => group.get("capacityType") !== "SPOT")]
            .filter((each) => !isClusterKnown(graph, each))
            .map(({ name }) => name)
            .sort();
        const clusters = new Map<string, { readonly cluster: Node | undefined; readonly groups: Node[] }>();
        for (const { owner, cluster, groups } of nodeGroupPools(graph)) {
            const entry = clusters.get(owner) ?? { cluster, groups: [] };
            entry.groups.push(...groups);
            clusters.set(owner, entry);
        }
        for (const [owner, { cluster, groups }] of clusters) {
            const autoMode = cluster?.bool("computeConfig.enabled");
            const sorted = groups.sort((a, b) => (a.name < b.name ? -1 : 1));
            const types = sorted.map((group) => group.str("capacityType"));
            const [first] = sorted;
            if (
                first === undefined ||
                steady.has(owner) ||
                autoMode === true ||
                types.some((type) => type !== "SPOT" && type !== UNKNOWN)
            ) {
                continue;
            }
            const unknown = sorted[types.indexOf(UNKNOWN)];
            if (unknown !== undefined) {
                on(unknown).undetermined("capacityType");
            } else if (autoMode === UNKNOWN) {
                on(first).undetermined("computeConfig of its cluster");
            } else if (!isClusterKnown(graph, first)) {
                on(first).undetermined("clusterName");
            } else if (open.length > 0) {
                on(first).undetermined("clusterName", `is perhaps that of ${open.join(", ")}, too`);
            } else {
                const names = sorted.map(({ name }) => name).join(", ");
                on(first).violation("capacityType", `is "SPOT" for every node group of the cluster (${names})`);
            }
        }
    },
});

/** The node pools of a stack, as one: a pod goes to whichever has room for it. */
function checkNodePools(graph: ResourceGraph, on: ReportOn): void {
    const pools = [...graph.all("nodePool")].sort((a, b) => (a.name < b.name ? -1 : 1));
    const capacities = pools.map(capacityOfPool);
    const others = hasOtherSteadyNodes(graph);
    const [first] = pools;
    if (first === undefined || capacities.includes("steady") || others === true) {
        return;
    }
    const unknown = pools[capacities.indexOf(UNKNOWN)];
    if (unknown !== undefined) {
        on(unknown).undetermined(CAPACITY_PROPERTY);
        return;
    }
    const names = pools.map(({ name }) => name).join(", ");
    const problem = `allow "spot" alone in every node pool of the stack (${names})`;
    if (others === UNKNOWN) {
        on(first).open(CAPACITY_PROPERTY, `${problem}, and what other nodes the cluster has is not known`);
    } else {
        on(first).violation(CAPACITY_PROPERTY, problem);
    }
}
