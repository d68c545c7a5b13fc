"use strict";

/**
 * The function that runs a job's task and waits for its end; `EcsJob` uploads it as it stands here. It needs nothing but the
 * AWS SDK, which is part of Lambda's runtime.
 *
 * Called twice it runs one task at a time: a task of the job that is still going on is waited for. The provider calls again
 * by itself where the connection breaks while it waits, and an update that was killed is followed by another one.
 */

/** Seconds that are kept back to say what is going on, before Lambda ends the function without a word. */
const RESERVE_SECONDS = 10;
/** Between two looks at the task. */
const LOOK_SECONDS = 5;
/** IAM tells all of its servers of a new policy within seconds; a task or a call that comes earlier is refused. */
const PERMISSION_SECONDS = 60;
/** A task that never started is started again, as a service would: permissions and network interfaces take their time. */
const STARTS = 3;

/**
 * What is to be run.
 *
 * @typedef {object} Request
 * @property {string} job its name in the program
 * @property {string} cluster ARN
 * @property {string} taskDefinition ARN, with its revision
 * @property {string} family of the task definition
 * @property {string} container the one whose exit code counts
 * @property {string[]} subnets
 * @property {string[]} securityGroups
 * @property {string} logGroup where the container writes
 */

/**
 * What the function needs besides the request; a test gives its own.
 *
 * @typedef {object} Surroundings
 * @property {{
 *     runTask: (input: object) => Promise<any>,
 *     listTasks: (input: object) => Promise<any>,
 *     describeTasks: (input: object) => Promise<any>,
 * }} ecs the ECS class of the AWS SDK
 * @property {() => number} remainingSeconds until Lambda ends the function
 * @property {(seconds: number) => Promise<void>} sleep
 */

/** @param {Request} request */
const startedBy = ({ job }) => `job/${job}`.slice(0, 128);

/** @param {unknown} error */
const isTooEarly = (error) => {
    const { name = "", message = "" } = /** @type {Error} */ (error);
    return name === "AccessDeniedException" || /unable to assume|not authorized/i.test(message);
};

/**
 * Repeats a call that IAM refuses, for as long as that may be because its policy is new.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @param {Surroundings} surroundings
 * @returns {Promise<T>}
 */
async function permitted(call, { sleep, remainingSeconds }) {
    for (let waited = 0; ; waited += LOOK_SECONDS) {
        try {
            return await call();
        } catch (error) {
            const timeIsUp = waited >= PERMISSION_SECONDS || remainingSeconds() < RESERVE_SECONDS + LOOK_SECONDS;
            if (!isTooEarly(error) || timeIsUp) throw error;
            await sleep(LOOK_SECONDS);
        }
    }
}

/**
 * The tasks of the job that have not come to their end, whichever revision they run.
 *
 * @param {Request} request
 * @param {Surroundings} surroundings
 */
async function unfinished(request, surroundings) {
    const { cluster, family } = request;
    const { ecs } = surroundings;
    // Those that are to run: tasks which are being started are among them.
    const { taskArns = [] } = await permitted(
        () => ecs.listTasks({ cluster, family, desiredStatus: "RUNNING" }),
        surroundings,
    );
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns });
    // Somebody may run the same task definition with another command, by hand.
    return tasks.filter((/** @type {any} */ task) => task.startedBy === startedBy(request));
}

/**
 * @param {Request} request
 * @param {Surroundings} surroundings
 * @returns {Promise<string>} the task's ARN
 */
async function start(request, surroundings) {
    const { cluster, taskDefinition, subnets, securityGroups } = request;
    const { tasks = [], failures = [] } = await permitted(
        () =>
            surroundings.ecs.runTask({
                cluster,
                taskDefinition,
                count: 1,
                capacityProviderStrategy: [{ capacityProvider: "FARGATE", weight: 1 }],
                networkConfiguration: { awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: "DISABLED" } },
                startedBy: startedBy(request),
                propagateTags: "TASK_DEFINITION",
                enableECSManagedTags: true,
            }),
        surroundings,
    );
    const [task] = tasks;
    if (task === undefined) {
        const reasons = failures.map((/** @type {any} */ { reason, detail }) => detail ?? reason).join("; ");
        throw problem(request, `ECS started no task: ${reasons || "it gave no reason"}`);
    }
    return task.taskArn;
}

/**
 * Waits until a task has stopped.
 *
 * @param {string} taskArn
 * @param {Request} request
 * @param {Surroundings} surroundings
 */
async function end(taskArn, request, surroundings) {
    const { ecs, sleep, remainingSeconds } = surroundings;
    for (;;) {
        // A task that was started just now may not be known to every server of ECS.
        const { tasks = [] } = await ecs.describeTasks({ cluster: request.cluster, tasks: [taskArn] });
        const [task] = tasks;
        if (task?.lastStatus === "STOPPED") return task;
        if (remainingSeconds() < RESERVE_SECONDS + LOOK_SECONDS) {
            throw problem(
                request,
                `task ${taskArn} is still going on (${task?.lastStatus ?? "not known to ECS yet"}) and was left alone. ` +
                    "When it has ended, or to wait for it again, run the update once more",
            );
        }
        await sleep(LOOK_SECONDS);
    }
}

/**
 * @param {Request} request
 * @param {string} what
 */
function problem({ job, logGroup }, what) {
    const error = new Error(
        `job ${job} is not done: ${what}. Its log: ${logGroup}. Nothing that comes after it was touched. ` +
            "docs/runbooks/job-failed.md says how to find out why.",
    );
    error.name = "JobNotDone";
    // The provider prints all that it gets, and lines of this file tell nobody anything.
    error.stack = "";
    return error;
}

/**
 * @param {any} task
 * @param {Request} request
 */
function outcome(task, { container }) {
    const found = (task.containers ?? []).find((/** @type {any} */ { name }) => name === container);
    return { exitCode: found?.exitCode, reason: found?.reason };
}

/**
 * @param {any} task
 * @param {Request} request
 */
function failure(task, request) {
    const { exitCode, reason } = outcome(task, request);
    const ended = exitCode === undefined ? "never ran" : `ended with exit code ${String(exitCode)}`;
    const why = [task.stopCode, task.stoppedReason, reason].filter((text) => text !== undefined && text !== "");
    return problem(request, `task ${task.taskArn} ${ended} (${why.join(": ") || "ECS gave no reason"})`);
}

/**
 * An image that is not there does not come by waiting; everything else that keeps a container from running may pass.
 *
 * @param {any} task
 * @param {Request} request
 */
function mayStartLater(task, request) {
    const { exitCode, reason = "" } = outcome(task, request);
    const missingImage = /not found|manifest unknown|does not exist/i.test(`${task.stoppedReason ?? ""} ${reason}`);
    return exitCode === undefined && task.stopCode === "TaskFailedToStart" && !missingImage;
}

/**
 * Runs the task to its end.
 *
 * @param {Request} request
 * @param {Surroundings} surroundings
 * @returns {Promise<{ taskArn: string, exitCode: number }>}
 * @throws JobNotDone with the task, its exit code, why it stopped and where its log is
 */
async function runJob(request, surroundings) {
    /** @type {string | undefined} */
    let taskArn;
    for (const task of await unfinished(request, surroundings)) {
        // One of an earlier revision is out of the way when it has ended, however that went.
        if (task.taskDefinitionArn === request.taskDefinition) taskArn = task.taskArn;
        else await end(task.taskArn, request, surroundings);
    }
    for (let starts = 1; ; starts++) {
        taskArn ??= await start(request, surroundings);
        const task = await end(taskArn, request, surroundings);
        const { exitCode } = outcome(task, request);
        if (exitCode === 0) return { taskArn, exitCode };
        if (starts >= STARTS || !mayStartLater(task, request)) throw failure(task, request);
        taskArn = undefined;
        await surroundings.sleep(LOOK_SECONDS);
    }
}

/**
 * @param {Request} request
 * @param {{ getRemainingTimeInMillis: () => number }} context
 */
async function handler(request, context) {
    // Here, so that tests can do without it.
    const { ECS } = require("@aws-sdk/client-ecs");
    return runJob(request, {
        ecs: new ECS({}),
        remainingSeconds: () => context.getRemainingTimeInMillis() / 1_000,
        sleep: (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000)),
    });
}

module.exports = { handler, runJob };
