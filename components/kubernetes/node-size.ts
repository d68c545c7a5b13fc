import { TaskSize } from "../compute";

/** What a type of EC2 instances has. */
export interface NodeSize {
    readonly cpu: number;
    /** MiB. */
    readonly memory: number;
    readonly architecture: "arm64" | "amd64";
}

/** GiB for each vCPU in the families that have local memory and nothing special: compute, general, memory. */
const memoryPerCpu: Readonly<Record<string, number>> = { c: 2, m: 4, r: 8 };

/** Largest size of the families at hand, in vCPUs. */
const mostCpus = 192;

/**
 * What an instance type has, from its name: `m7g.xlarge` is the general family, seventh generation, Graviton, 4 vCPUs. Undefined
 * where the name is of no family that nodes are made of here.
 */
export function nodeSize(instanceType: string): NodeSize | undefined {
    const match = /^([cmr])([5-9]|1\d)([a-z]*)\.(large|(\d*)xlarge)$/.exec(instanceType);
    const [, family = "", , flavour = "", size = "", times = ""] = match ?? [];
    const perCpu = memoryPerCpu[family];
    const cpu = size === "large" ? 2 : 4 * (times === "" ? 1 : Number(times));
    if (match === null || perCpu === undefined || cpu > mostCpus) {
        return undefined;
    }
    return { cpu, memory: cpu * perCpu * 1024, architecture: flavour.includes("g") ? "arm64" : "amd64" };
}

/** Pods that a node of EKS runs at the most, from which the kubelet's reserve follows. */
const podsPerNode = 110;

/**
 * What agents on every node take: logs and metrics, network policies, secrets, volumes, node metrics. CPU in vCPUs, memory in MiB:
 * the sum of their requests, rounded up.
 */
const agents: TaskSize = { cpu: 0.5, memory: 1024 };

/** MiB that the kubelet keeps free before it evicts pods. */
const evictionThreshold = 100;

/**
 * What a node leaves to a single pod: its size less what the kubelet reserves and what the agents request. A pod that asks for
 * more is never scheduled.
 *
 * Source of the reserve: the bootstrap of EKS's images, 255 MiB and 11 MiB for each possible pod; 6 % of the first vCPU, 1 % of
 * the second, 0.5 % of the next two and 0.25 % of the rest.
 */
export function largestPodOn({ cpu, memory }: TaskSize): TaskSize {
    const reservedCpu =
        0.06 + 0.01 * Math.min(1, cpu - 1) + 0.005 * Math.min(2, Math.max(0, cpu - 2)) + 0.0025 * Math.max(0, cpu - 4);
    const reservedMemory = 255 + 11 * podsPerNode + evictionThreshold;
    return {
        cpu: Math.max(0, Math.floor((cpu - reservedCpu - agents.cpu) * 1000) / 1000),
        memory: Math.max(0, Math.floor(memory - reservedMemory - agents.memory)),
    };
}

/**
 * Sizes of the nodes that EKS Auto Mode may start, in vCPUs. From 2, since agents would fill a smaller one, to 16: a node is what
 * one failure takes, and 16 vCPUs are a tenth of the largest preset's load.
 */
export const autoNodeCpus = [2, 4, 8, 16] as const;

/** The largest node of EKS Auto Mode here: 16 vCPUs of the family with the most memory. */
export const largestAutoNode: TaskSize = { cpu: 16, memory: 16 * 8 * 1024 };
