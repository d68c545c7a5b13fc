import { ContainerArgs, JobArgs, ServiceArgs, taskCpuSizes, WorkerArgs, WorkloadArgs } from "./compute";
import { isPinned } from "./image-reference";
import { requireLogRetention } from "./log-retention";
import { Problems } from "./problems";

/** What a compute target asks for besides what holds on all of them. */
export interface TargetChecks {
    /** Looks at what every container has; its size is one of those that are allowed. */
    container?(problems: Problems, args: ContainerArgs): void;
    /** Looks at a service or a worker. */
    scaled?(problems: Problems, args: ScaledWorkloadArgs): void;
    /** Looks at the component's name. */
    name?(problems: Problems, name: string): void;
}

/** An hour: no update waits longer for a container to stop. A target may allow less. */
const longestStopSeconds = 3_600;

/** The longest there is: the function that waits for a job on ECS may run for 15 minutes, half a minute of which is its own. */
export const defaultJobTimeoutSeconds = 840;

const taskCpus: readonly number[] = taskCpuSizes;

/** Asks for a whole number within bounds. */
export function requireWhole(
    problems: Problems,
    setting: string,
    value: number,
    least: number,
    most: number,
    example: string,
) {
    problems.require(
        Number.isInteger(value) && value >= least && value <= most,
        setting,
        value,
        `a whole number from ${String(least)} to ${String(most)}`,
        example,
    );
}

function requirePositive(problems: Problems, setting: string, value: number, example: string) {
    problems.require(Number.isFinite(value) && value > 0, setting, value, "a number above 0", example);
}

/** The arguments of every workload that scales. */
export type ScaledWorkloadArgs = WorkloadArgs & {
    readonly scaling: { readonly minimum: number; readonly maximum: number };
};

/** What every container is asked for. */
function checkContainer(problems: Problems, args: ContainerArgs, own: TargetChecks): void {
    const { image, size, user = "1000:1000" } = args;
    problems.require(
        typeof image !== "string" || isPinned(image),
        "image",
        image,
        "an image with a tag other than latest, or with a digest",
        "registry.example.com/shop:1.4.2",
    );
    problems.require(taskCpus.includes(size.cpu), "size.cpu", size.cpu, `one of ${taskCpus.join(", ")} (vCPU)`, "1");
    problems.require(
        Number.isInteger(size.memory) && size.memory >= 128,
        "size.memory",
        size.memory,
        "a whole number of MiB, 128 at the least",
        "2048",
    );
    if (taskCpus.includes(size.cpu)) {
        own.container?.(problems, args);
    }
    problems.require(
        /^[1-9]\d*(:[1-9]\d*)?$/.test(user),
        "user",
        user,
        "a numeric user and group, neither of them 0 (root)",
        '"1000:1000"',
    );
    requireLogRetention(problems, args.logRetentionDays);
}

function checkCommon(problems: Problems, args: ScaledWorkloadArgs, leastTasks: number, own: TargetChecks): void {
    const { stopTimeoutSeconds = 90, neededTasks = 1 } = args;
    const { minimum, maximum } = args.scaling;

    checkContainer(problems, args, own);
    requireWhole(problems, "stopTimeoutSeconds", stopTimeoutSeconds, 2, longestStopSeconds, "90");
    requireWhole(problems, "scaling.minimum", minimum, leastTasks, 5_000, "3");
    requireWhole(problems, "scaling.maximum", maximum, 1, 5_000, "12");
    problems.require(
        maximum >= minimum,
        "scaling.maximum",
        maximum,
        `no less than scaling.minimum, which is ${String(minimum)}`,
        String(Math.max(minimum, 1) * 2),
    );
    requireWhole(problems, "neededTasks", neededTasks, 0, 5_000, "2");
    own.scaled?.(problems, args);
}

/**
 * Checks a service's arguments, before anything is registered.
 *
 * @param own what the compute target asks for besides
 * @throws InvalidSettingsError naming all that is wrong
 */
export function checkService(name: string, args: ServiceArgs, own: TargetChecks): ServiceArgs {
    const problems = new Problems();
    own.name?.(problems, name);
    const { target: served, scaling, healthCheckGraceSeconds = 60 } = args;
    checkCommon(problems, args, 1, own);
    requireWhole(problems, "target.port", served.port, 1, 65_535, "8443");
    requireWhole(problems, "scaling.cpuTarget", scaling.cpuTarget, 10, 90, "60");
    requirePositive(problems, "scaling.requestsPerTarget", scaling.requestsPerTarget, "7200");
    requireWhole(problems, "healthCheckGraceSeconds", healthCheckGraceSeconds, 0, 3_600, "60");
    problems.throwIfAny(`service "${name}"`);
    return args;
}

/**
 * Checks a worker's arguments, before anything is registered.
 *
 * @param own what the compute target asks for besides
 * @throws InvalidSettingsError naming all that is wrong
 */
export function checkWorker(name: string, args: WorkerArgs, own: TargetChecks): WorkerArgs {
    const problems = new Problems();
    own.name?.(problems, name);
    const { scaling, source } = args;
    checkCommon(problems, args, 0, own);
    requirePositive(problems, "scaling.acceptableLatencySeconds", scaling.acceptableLatencySeconds, "30");
    requirePositive(problems, "scaling.processingSeconds", scaling.processingSeconds, "2");
    requireWhole(problems, "scaling.concurrency", scaling.concurrency, 1, 1_000, "5");
    problems.require(
        scaling.processingSeconds < source.visibilityTimeoutSeconds,
        "scaling.processingSeconds",
        scaling.processingSeconds,
        `less than the queue's visibilityTimeoutSeconds, which is ${String(source.visibilityTimeoutSeconds)}: ` +
            "a message that takes longer is handed out again while it is worked on",
        "2, with visibilityTimeoutSeconds: 60",
    );
    problems.throwIfAny(`worker "${name}"`);
    return args;
}

/**
 * Checks a job's arguments, before anything is registered.
 *
 * @param own what the compute target asks for besides
 * @throws InvalidSettingsError naming all that is wrong
 */
export function checkJob(name: string, args: JobArgs, own: TargetChecks): JobArgs {
    const problems = new Problems();
    own.name?.(problems, name);
    checkContainer(problems, args, own);
    requireWhole(
        problems,
        "timeoutSeconds",
        args.timeoutSeconds ?? defaultJobTimeoutSeconds,
        30,
        defaultJobTimeoutSeconds,
        "300",
    );
    problems.throwIfAny(`job "${name}"`);
    return args;
}
