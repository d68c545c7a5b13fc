import { nodeGroupTiers } from "../../shared/relations/compute-tiers";
import { isClusterKnown } from "../../shared/relations/node-group-tiers";
import { requireZones } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/**
 * The node groups of a cluster are judged together, by taints: one group for each zone is as good as one over all zones.
 * Nothing is said of clusters in Auto Mode, nor of tainted groups that are empty at rest.
 */
export const eksNodesHa = defineStackRule({
    id: "eks-nodes-ha",
    title: "The node groups of a cluster together run two nodes at least, in two availability zones",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "the failure of one node or one zone leaves nothing that pods can run on until another node has started",
    fix: "set `scalingConfig.minSize` to at least 2 and give `subnetIds` one subnet in each of two zones or more, or one group with a node for each zone",
    url: "https://docs.aws.amazon.com/eks/latest/best-practices/data-plane.html",
    tokens: TOKENS.eksNodeGroup,
    guards: [
        "scalingConfig.minSize",
        "subnetIds",
        "taints",
        "clusterName",
        { tokens: TOKENS.eksCluster, property: "computeConfig.enabled" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
    ],
    settings: {
        minimum: {
            type: "integer",
            minimum: 1,
            default: 2,
            description: "The fewest nodes of a cluster's groups with the same taints.",
        },
    },
    check: (graph, on, { minimum }) => {
        for (const { node, floor, floorProperty, zones, zonesProperty } of nodeGroupTiers(graph)) {
            const few = floor !== UNKNOWN && floor < (minimum as number);
            if ((few || zones.atLeast < 2) && !isClusterKnown(graph, node)) {
                on(node).undetermined(
                    "clusterName",
                    "is not known, so nodes of other groups or of Auto Mode may be beside these",
                );
                continue;
            }
            if (floor === UNKNOWN) {
                on(node).undetermined(floorProperty);
            } else if (few) {
                on(node).violation(floorProperty, `is ${floor}, below ${String(minimum)}`);
            }
            requireZones(zones, 2, zonesProperty, on(node));
        }
    },
});
