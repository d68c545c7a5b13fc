/** The volumes that all pods of a workload share. A StatefulSet's claim templates give each pod its own: not these. */
import type { Node, ResourceGraph } from "../graph";
import { elements, UNKNOWN, type Maybe, type Readable } from "../unknown";
import { inOrder, NamespacedIndex, nameOf, namespaceOf } from "./kubernetes-names";
import type { PodOwner } from "./kubernetes-pods";

/** A volume in a pod's specification that outlives the pod and is one for all. */
export interface SharedVolume {
    /** "spec.template.spec.volumes[0]". */
    readonly path: string;
    /** Whether one node at a time can have it, which is in one zone; `UNKNOWN` where that cannot be told. */
    readonly singleNode: boolean | typeof UNKNOWN;
    /** What says so, as a person finds it. */
    readonly reason: string;
}

/** The provisioners of file systems that every zone reaches, whatever access mode a claim asks for. */
const REGIONAL_PROVISIONERS: ReadonlySet<string> = new Set(["efs.csi.aws.com"]);

/** The shared volumes of a workload. `UNKNOWN` where the list of its volumes is not known. */
export function sharedVolumes(graph: ResourceGraph, owner: PodOwner): readonly SharedVolume[] | typeof UNKNOWN {
    const volumes = owner.node.list(`${owner.podSpec}.volumes`);
    return volumes === UNKNOWN
        ? UNKNOWN
        : elements(volumes).flatMap((volume, index) => {
              const path = `${owner.podSpec}.volumes[${index}]`;
              if (volume.get("awsElasticBlockStore") !== undefined) {
                  return [{ path, singleNode: true, reason: "is an EBS volume" }];
              }
              const claim = volume.get("persistentVolumeClaim");
              return claim === undefined ? [] : [claimed(graph, owner, volume, path)];
          });
}

function claimed(graph: ResourceGraph, owner: PodOwner, volume: Readable, path: string): SharedVolume {
    const claim = claimOf(graph, owner, volume.str("persistentVolumeClaim.claimName"));
    if (claim === undefined) {
        return { path, singleNode: UNKNOWN, reason: "claims a volume that is not in this stack" };
    }
    if (claim === UNKNOWN) {
        return { path, singleNode: UNKNOWN, reason: "claims a volume that is not known in preview" };
    }
    const modes = claim.strings("spec.accessModes");
    if (isRegional(graph, claim)) {
        return { path, singleNode: false, reason: "claims a file system of all zones" };
    }
    if (modes === UNKNOWN || modes?.includes(UNKNOWN) === true) {
        return {
            path,
            singleNode: UNKNOWN,
            reason: `claims ${claim.name}, whose accessModes are not known in preview`,
        };
    }
    const shared = modes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany") === true;
    return { path, singleNode: !shared, reason: `claims ${claim.name}, which is ${listed(modes)}` };
}

/** All that there are. What else stands there is shown to nobody: it may be a secret in a wrong place. */
const ACCESS_MODES: ReadonlySet<string> = new Set([
    "ReadWriteOnce",
    "ReadOnlyMany",
    "ReadWriteMany",
    "ReadWriteOncePod",
]);

function listed(modes: Maybe<readonly (string | typeof UNKNOWN)[]>): string {
    const known =
        modes === UNKNOWN || modes === undefined ? [] : modes.filter((mode) => ACCESS_MODES.has(String(mode)));
    return known.length === 0 ? "for one node" : known.join(" and ");
}

const regional = new WeakMap<ResourceGraph, ReadonlySet<string>>();

function provisionsRegional(storageClass: Node): boolean {
    return REGIONAL_PROVISIONERS.has(String(storageClass.str("provisioner")));
}

/** The names of the classes of file systems that every zone reaches. */
function regionalClasses(graph: ResourceGraph): ReadonlySet<string> {
    let names = regional.get(graph);
    if (names === undefined) {
        names = new Set(
            graph
                .all("storageClass")
                .filter(provisionsRegional)
                .map(nameOf)
                .filter((name) => typeof name === "string"),
        );
        regional.set(graph, names);
    }
    return names;
}

/** Whether a claim's class is one of a file system that every zone reaches. */
function isRegional(graph: ResourceGraph, claim: Node): boolean {
    const name = claim.str("spec.storageClassName");
    return typeof name === "string" && regionalClasses(graph).has(name)
        ? true
        : graph.dependenciesOf(claim, "spec", "storageClass").some(provisionsRegional);
}

const cache = new WeakMap<ResourceGraph, NamespacedIndex<Node>>();

/** The claims of a stack by their names. */
function claimsByName(graph: ResourceGraph): NamespacedIndex<Node> {
    let byName = cache.get(graph);
    if (byName === undefined) {
        byName = new NamespacedIndex();
        for (const { node } of inOrder(graph.all("persistentVolumeClaim").map((claim) => ({ node: claim })))) {
            const name = nameOf(node);
            if (typeof name === "string") {
                byName.add(namespaceOf(graph, node), name, node);
            }
        }
        cache.set(graph, byName);
    }
    return byName;
}

/** The claim that a volume names: by its name in the pod's namespace, else by what the pod's owner depends on. */
function claimOf(graph: ResourceGraph, owner: PodOwner, name: Maybe<string>): Node | undefined | typeof UNKNOWN {
    if (typeof name === "string") {
        const named = claimsByName(graph).first(owner.namespace, name);
        if (named !== undefined) {
            return named;
        }
    }
    const claims = graph
        .dependenciesOf(owner.node, "spec", "persistentVolumeClaim")
        .filter((claim) => typeof nameOf(claim) !== "string" || name === UNKNOWN);
    const [only, ...others] = claims;
    return only === undefined ? undefined : others.length === 0 ? only : UNKNOWN;
}
