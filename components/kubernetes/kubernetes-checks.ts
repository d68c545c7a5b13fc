import { ScaledWorkloadArgs, TargetChecks } from "../check-workload";
import { holds, taskDemand } from "../task-sizing";
import { KubernetesClusterReference } from "./cluster-reference";
import { disruptionBudget } from "./disruption-budget";

/** A label of DNS, with room for what is added to it: a hash, and the names of pods. */
const namePattern = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** What a cluster asks for besides what holds on every compute target. */
export function kubernetesChecks(cluster: Pick<KubernetesClusterReference, "largestPod" | "keda">): TargetChecks {
    const { largestPod } = cluster;
    return {
        name(problems, name) {
            problems.require(
                namePattern.test(name),
                "name",
                name,
                "up to 40 lower-case letters, digits and dashes, a letter first",
                "web",
            );
        },
        container(problems, { size }) {
            problems.require(
                holds(largestPod, taskDemand([size])),
                "size",
                size,
                `what the largest node leaves to a pod: ${String(largestPod.cpu)} vCPU and ${String(largestPod.memory)} MiB`,
                "{ cpu: 1, memory: 2048 }, or larger nodes",
            );
        },
        scaled(problems, args) {
            const { minimum } = args.scaling;
            problems.require(
                disruptionBudget(budgetFacts(args)) > 0,
                "neededTasks",
                args.neededTasks,
                `less than scaling.minimum, which is ${String(minimum)}: ` +
                    "otherwise the disruption budget can spare no pod, and no node with one can be drained",
                String(Math.max(1, minimum - 1)),
            );
            problems.require(
                minimum > 0 || cluster.keda,
                "scaling.minimum",
                minimum,
                "1 or more where KEDA is refused: no other autoscaler starts a first pod",
                "1",
            );
        },
    };
}

/** What the disruption budget of a workload depends on. */
export function budgetFacts({ scaling, neededTasks = 1 }: ScaledWorkloadArgs) {
    return { minimum: scaling.minimum, needed: neededTasks };
}
