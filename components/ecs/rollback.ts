/** What is known when a deployment has come to rest. */
export interface DeploymentOutcome {
    /** The workload's name in the program. */
    readonly name: string;
    readonly serviceName: string;
    /** ARN of the task definition that was deployed. */
    readonly wanted: string;
    /** ARN of the task definition that the service says it runs. */
    readonly running: string | undefined;
}

/**
 * What went wrong with a deployment; undefined when nothing did. A service that was rolled back is steady too, and AWS and
 * the provider call that a success; only its own answer tells.
 */
export function rollbackProblem({ name, serviceName, wanted, running }: DeploymentOutcome): string | undefined {
    if (running === undefined || running === wanted) {
        return undefined;
    }
    return (
        `the deployment of ${name} was rolled back: service ${serviceName} runs ${running}, not ${wanted}. ` +
        "All other changes are in place. docs/runbooks/workload-deployment-failed.md says how to find out why; " +
        "the next update tries again."
    );
}
