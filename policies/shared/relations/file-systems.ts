/** EFS file systems: their mount targets, and what mounts them. */
import type { Node, ResourceGraph } from "../graph";
import { append } from "../multimap";
import { elements, UNKNOWN } from "../unknown";
import { isNode, single } from "./reference";
import { ANYWHERE, placementBySubnets, together, type Placement } from "./zone-coverage";

/** The mount targets of a file system. */
export function mountTargetsOf(graph: ResourceGraph, fileSystem: Node): readonly Node[] {
    return graph.referring(fileSystem, "efsMountTarget", "fileSystemId");
}

/** Where mount targets are. AWS takes one in each zone only. */
export function placementOfMountTargets(graph: ResourceGraph, mountTargets: readonly Node[]): Placement {
    return together(
        mountTargets.map((mountTarget) =>
            placementBySubnets(graph, mountTarget, "subnetId", mountTarget.strings("subnetId")),
        ),
    );
}

/** What mounts a file system, and where it runs. */
export interface Mounting {
    readonly node: Node;
    readonly placement: Placement;
}

/** What mounts each file system: ECS services by their task definitions, functions by their access points. */
export function mountingsByFileSystem(graph: ResourceGraph): ReadonlyMap<Node, readonly Mounting[]> {
    const mountings = new Map<Node, Mounting[]>();
    const add = (fileSystems: Iterable<Node>, mounting: Mounting): void => {
        for (const fileSystem of fileSystems) {
            append(mountings, fileSystem, mounting);
        }
    };
    const byTaskDefinition = new Map<Node, readonly Node[]>();
    for (const definition of graph.all("ecsTaskDefinition")) {
        const volumes = definition.list("volumes");
        const ids =
            volumes === UNKNOWN
                ? UNKNOWN
                : elements(volumes)
                      .map((volume) => volume.str("efsVolumeConfiguration.fileSystemId"))
                      .filter((id) => id !== undefined);
        byTaskDefinition.set(definition, graph.resolveValues(definition, "volumes", ids, "efsFileSystem").nodes);
    }
    for (const node of graph.all("ecsService")) {
        const definition = single(graph, node, "taskDefinition", "ecsTaskDefinition");
        const property = "networkConfiguration.subnets";
        // Without a network of their own, tasks run in the zones of the cluster's instances.
        const subnets = node.get("networkConfiguration") === undefined ? undefined : node.strings(property);
        if (isNode(definition) && subnets !== undefined) {
            const placement = placementBySubnets(graph, node, property, subnets);
            add(byTaskDefinition.get(definition) ?? [], { node, placement });
        }
    }
    for (const node of graph.all("lambdaFunction")) {
        const arn = node.str("fileSystemConfig.arn");
        const points = graph.resolveOne(node, "fileSystemConfig", arn, "efsAccessPoint").nodes;
        const fileSystems = points.flatMap((point) => graph.resolve(point, "fileSystemId", "efsFileSystem").nodes);
        const subnets = node.strings("vpcConfig.subnetIds");
        const placement = subnets === undefined ? ANYWHERE : placementBySubnets(graph, node, "vpcConfig", subnets);
        add(new Set(fileSystems), { node, placement });
    }
    return mountings;
}
