import { PodDemand } from "./kubernetes-target";

/** MiB of a pod's `/tmp`, see `pod-template.ts`. */
const temporarySpace = 1024;

/** Pods that a person may start by hand, such as the one that sends dead letters back, of the largest size there is. */
const spare = 2;

/**
 * What a namespace may use: the most of all of its workloads, and room for two more pods.
 *
 * @returns `spec.hard` of a ResourceQuota
 */
export function namespaceQuota(demands: readonly PodDemand[]): Record<string, string> {
    const largest = {
        pods: spare,
        size: {
            cpu: Math.max(0.25, ...demands.map(({ size }) => size.cpu)),
            memory: Math.max(512, ...demands.map(({ size }) => size.memory)),
        },
    };
    const all = [...demands, largest];
    const sum = (of: (demand: PodDemand) => number) => all.reduce((total, demand) => total + of(demand), 0);
    const pods = sum((demand) => demand.pods);
    const cpu = sum((demand) => demand.pods * demand.size.cpu * 1000);
    const memory = `${String(sum((demand) => demand.pods * demand.size.memory))}Mi`;
    const storage = `${String(pods * temporarySpace)}Mi`;
    return {
        pods: String(pods),
        "requests.cpu": `${String(Math.round(cpu))}m`,
        "requests.memory": memory,
        "limits.memory": memory,
        "requests.ephemeral-storage": storage,
        "limits.ephemeral-storage": storage,
        persistentvolumeclaims: "0",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    };
}

/** Share of the pods by which a rolling update exceeds their number. Source of the arithmetic below. */
export const surgePercent = 25;

/**
 * Pods that a workload may have at the most: its maximum, what a rolling update adds, and the pods that were replaced and take
 * their time to stop, which may be all of them.
 */
export function podsAtMost(maximum: number): number {
    return maximum + Math.ceil((maximum * surgePercent) / 100) + maximum;
}
