/** The tiers that are file systems. */
import type { Node, ResourceGraph } from "../graph";
import { lossOfZone } from "../survival";
import { UNKNOWN } from "../unknown";
import { inOneZone, leftOf, zonesOfParts, type DataTier } from "./data-tier";
import { isNode, single } from "./reference";
import { mountTargetsOf } from "./file-systems";

/** The mount targets of a file system. One Zone storage is where its one zone is. */
export function fileSystemTier(graph: ResourceGraph, node: Node): readonly DataTier[] {
    const targets = mountTargetsOf(graph, node);
    if (targets.length === 0) {
        return [];
    }
    const oneZone = node.str("availabilityZoneName");
    const parts = targets.map((target) => {
        const subnet = single(graph, target, "subnetId", "subnet");
        const zone = isNode(subnet) ? graph.zoneOf(subnet) : UNKNOWN;
        return inOneZone(typeof oneZone === "string" ? oneZone : zone);
    });
    const left = leftOf(lossOfZone(parts));
    return [
        {
            node,
            members: [node],
            kind: "efs-file-system",
            units: "mount targets",
            floor: targets.length,
            floorProperty: "the number of its mount targets",
            zonesProperty: "subnetId of its mount targets",
            zones: zonesOfParts(parts),
            parts,
            writers: { before: targets.length, afterUnit: targets.length - 1, afterZone: left },
            need: 1,
        },
    ];
}
