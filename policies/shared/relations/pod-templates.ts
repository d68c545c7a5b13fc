/** The pods that Kubernetes resources describe: all their containers, whatever kind of resource holds them. */
import { TOKENS, tokensOf, type Kind } from "../tokens";
import { UNKNOWN, type Readable, type Values } from "../unknown";

interface PodHolder {
    readonly kinds: readonly Kind[];
    /** Where a resource of these kinds has the specification of its pods. */
    readonly path: string;
}

const HOLDERS: readonly PodHolder[] = [
    {
        kinds: ["deployment", "statefulSet", "daemonSet", "replicaSet", "replicationController", "job"],
        path: "spec.template.spec",
    },
    { kinds: ["cronJob"], path: "spec.jobTemplate.spec.template.spec" },
    { kinds: ["scaledJob"], path: "spec.jobTargetRef.template.spec" },
    { kinds: ["pod"], path: "spec" },
];

/** Containers that run beside each other, and before them. */
const LISTS = ["containers", "initContainers"] as const;

/** Every type that describes pods. */
export const POD_TOKENS: readonly string[] = HOLDERS.flatMap(({ kinds }) => tokensOf(...kinds));

const PATH_BY_TOKEN: ReadonlyMap<string, string> = new Map(
    HOLDERS.flatMap(({ kinds, path }) => kinds.flatMap((kind) => TOKENS[kind].map((token) => [token, path] as const))),
);

/** The property of all containers, for each kind of resource, as a rule's `guards` take it. */
export function containerGuards(property: string): readonly { tokens: readonly string[]; property: string }[] {
    return HOLDERS.flatMap(({ kinds, path }) =>
        LISTS.map((list) => ({ tokens: tokensOf(...kinds), property: `${path}.${list}.${property}` })),
    );
}

export interface Container {
    /** Where it stands, as a person finds it: "spec.template.spec.containers[0]". */
    readonly path: string;
    readonly properties: Values;
}

export interface PodContainers {
    readonly containers: readonly Container[];
    /** Properties that hold containers and are not known yet. */
    readonly unknown: readonly string[];
}

/** All containers of the pods that a resource describes, those that run first included. */
export function containersOf(type: string, resource: Readable): PodContainers {
    const path = PATH_BY_TOKEN.get(type);
    if (path === undefined) {
        return { containers: [], unknown: [] };
    }
    if (resource.get(path) === UNKNOWN) {
        return { containers: [], unknown: [path] };
    }
    const containers: Container[] = [];
    const unknown: string[] = [];
    for (const list of LISTS) {
        const found = resource.list(`${path}.${list}`);
        if (found === UNKNOWN) {
            unknown.push(`${path}.${list}`);
            continue;
        }
        (found ?? []).forEach((properties, index) => {
            containers.push({ path: `${path}.${list}[${index}]`, properties });
        });
    }
    return { containers, unknown };
}
