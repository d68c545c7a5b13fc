/** Labels of an object in Kubernetes. */
export type Labels = Readonly<Record<string, string>>;

/** The part that a workload plays. */
export type WorkloadRole = "service" | "worker" | "job";

/**
 * The labels by which the pods of a workload are found. A Deployment's selector never changes, so they hold nothing that could:
 * no version, no environment.
 */
export function selectorLabels(name: string): Labels {
    return { "app.kubernetes.io/name": name };
}

/**
 * The labels of every object of a workload: the recommended ones.
 * Source: Kubernetes documentation, "Recommended Labels".
 *
 * @param partOf the program that the workload belongs to: its namespace
 */
export function workloadLabels(name: string, role: WorkloadRole, partOf: string): Labels {
    return {
        ...selectorLabels(name),
        "app.kubernetes.io/component": role,
        "app.kubernetes.io/part-of": partOf,
        "app.kubernetes.io/managed-by": "pulumi",
    };
}
