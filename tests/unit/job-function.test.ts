import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
// eslint-disable-next-line @typescript-eslint/no-require-imports -- plain JavaScript, as Lambda runs it
import jobFunction = require("../../components/ecs/job-function.js");

interface Task {
    readonly taskArn: string;
    readonly taskDefinitionArn: string;
    readonly startedBy: string;
    readonly lastStatus: string;
    readonly stopCode?: string;
    readonly stoppedReason?: string;
    readonly containers: readonly { readonly name: string; readonly exitCode?: number; readonly reason?: string }[];
}

type End = Pick<Task, "stopCode" | "stoppedReason"> & { readonly exitCode?: number; readonly reason?: string };

const definition = (revision: number): string =>
    `arn:aws:ecs:eu-central-1:123456789012:task-definition/migrate-0a1b:${String(revision)}`;

const request = {
    job: "migrate",
    cluster: "arn:aws:ecs:eu-central-1:123456789012:cluster/compute-1",
    taskDefinition: definition(7),
    family: "migrate-0a1b",
    container: "migrate",
    subnets: ["subnet-1", "subnet-2"],
    securityGroups: ["sg-1"],
    logGroup: "/shop/prod/migrate/0a1b",
};

const done: End = {
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    exitCode: 0,
};

/** ECS, with a clock of its own: tasks come to their end as the function waits. */
class Ecs {
    now = 0;
    readonly started: Record<string, unknown>[] = [];
    private readonly tasks: (Task & { endsAt: number; end: End })[] = [];
    private refusedUntil = 0;

    /**
     * @param ends how the tasks that are started end, one after the other
     * @param limit seconds until the function is ended
     * @param duration seconds that a task takes
     */
    constructor(
        private readonly ends: readonly End[] = [done],
        private readonly limit = 870,
        private readonly duration = 60,
    ) {}

    run(): Promise<{ taskArn: string; exitCode: number }> {
        return jobFunction.runJob(request, {
            ecs: this,
            remainingSeconds: () => this.limit - this.now,
            sleep: (seconds) => {
                this.now += seconds;
                return Promise.resolve();
            },
        });
    }

    /** Refuses every call, as IAM does before it knows a new policy. */
    refuse(seconds: number): this {
        this.refusedUntil = seconds;
        return this;
    }

    /** A task that runs already. */
    running(revision: number, endsAt: number, end: End = done, startedBy = "job/migrate"): string {
        const taskArn = `arn:task/${String(this.tasks.length + 1)}`;
        const taskDefinitionArn = definition(revision);
        this.tasks.push({ taskArn, taskDefinitionArn, startedBy, lastStatus: "RUNNING", containers: [], endsAt, end });
        return taskArn;
    }

    runTask(input: object): Promise<unknown> {
        this.check();
        const end = this.ends[Math.min(this.started.length, this.ends.length - 1)] ?? done;
        this.started.push(input as Record<string, unknown>);
        return Promise.resolve({ tasks: [{ taskArn: this.running(7, this.now + this.duration, end) }], failures: [] });
    }

    listTasks(): Promise<unknown> {
        this.check();
        return Promise.resolve({
            taskArns: this.tasks.filter(({ endsAt }) => endsAt > this.now).map(({ taskArn }) => taskArn),
        });
    }

    describeTasks({ tasks }: { tasks?: string[] }): Promise<unknown> {
        this.check();
        return Promise.resolve({ tasks: this.tasks.filter(({ taskArn }) => tasks?.includes(taskArn)).map(this.show) });
    }

    private readonly show = (task: Task & { endsAt: number; end: End }): Task => {
        if (task.endsAt > this.now) return task;
        const { exitCode, reason, ...stop } = task.end;
        return { ...task, ...stop, lastStatus: "STOPPED", containers: [{ name: "migrate", exitCode, reason }] };
    };

    private check(): void {
        if (this.now >= this.refusedUntil) return;
        throw Object.assign(new Error("not authorized to perform: ecs:RunTask"), { name: "AccessDeniedException" });
    }
}

describe("the function that runs a job", () => {
    it("runs the task on Fargate in private subnets, and ends when that has ended with exit code 0", async () => {
        const ecs = new Ecs();
        await expect(ecs.run()).resolves.toEqual({ taskArn: "arn:task/1", exitCode: 0 });
        expect(ecs.now).toBeGreaterThanOrEqual(60);
        expect(ecs.started).toEqual([
            expect.objectContaining({
                cluster: request.cluster,
                taskDefinition: request.taskDefinition,
                count: 1,
                startedBy: "job/migrate",
                networkConfiguration: {
                    awsvpcConfiguration: {
                        subnets: request.subnets,
                        securityGroups: request.securityGroups,
                        assignPublicIp: "DISABLED",
                    },
                },
            }),
        ]);
    });

    it("fails with the task, its exit code, why it stopped and where its log is", async () => {
        const ecs = new Ecs([{ ...done, exitCode: 1 }]);
        const error = await ecs.run().catch((thrown: unknown) => thrown as Error);
        expect(error).toMatchObject({ name: "JobNotDone" });
        for (const part of [
            "job migrate is not done",
            "task arn:task/1 ended with exit code 1",
            "EssentialContainerExited: Essential container in task exited",
            "/shop/prod/migrate/0a1b",
            "docs/runbooks/job-failed.md",
        ]) {
            expect((error as Error).message).toContain(part);
        }
        expect(ecs.started).toHaveLength(1);
    });

    it("says that an image is missing, and does not try again: it does not come by waiting", async () => {
        const stoppedReason = "CannotPullContainerError: pull image manifest: shop:1.4.2: not found";
        const ecs = new Ecs([{ stopCode: "TaskFailedToStart", stoppedReason }]);
        await expect(ecs.run()).rejects.toThrow(`task arn:task/1 never ran (TaskFailedToStart: ${stoppedReason})`);
        expect(ecs.started).toHaveLength(1);
    });

    it("starts a task again that never ran, as where a new role is not known everywhere yet", async () => {
        const early: End = {
            stopCode: "TaskFailedToStart",
            stoppedReason: "ResourceInitializationError: AccessDenied",
        };
        const ecs = new Ecs([early, done]);
        await expect(ecs.run()).resolves.toEqual({ taskArn: "arn:task/2", exitCode: 0 });
        const never = new Ecs([early]);
        await expect(never.run()).rejects.toThrow("never ran");
        expect(never.started).toHaveLength(3);
    });

    it("never starts a task again that ran", async () => {
        const ecs = new Ecs([
            { stopCode: "EssentialContainerExited", exitCode: 137, reason: "OutOfMemoryError" },
            done,
        ]);
        await expect(ecs.run()).rejects.toThrow(
            "ended with exit code 137 (EssentialContainerExited: OutOfMemoryError)",
        );
        expect(ecs.started).toHaveLength(1);
    });

    it("waits for IAM to know its policy, but not for ever", async () => {
        const ecs = new Ecs().refuse(20);
        await expect(ecs.run()).resolves.toMatchObject({ exitCode: 0 });
        await expect(new Ecs().refuse(10_000).run()).rejects.toThrow("not authorized");
    });

    it("passes every other error on at once", async () => {
        const ecs = new Ecs();
        ecs.listTasks = () => Promise.reject(new Error("The referenced cluster was inactive."));
        await expect(ecs.run()).rejects.toThrow("The referenced cluster was inactive.");
        expect(ecs.now).toBe(0);
    });

    it("says what ECS says where that starts no task", async () => {
        const ecs = new Ecs();
        ecs.runTask = () =>
            Promise.resolve({ tasks: [], failures: [{ reason: "Capacity is unavailable at this time" }] });
        await expect(ecs.run()).rejects.toThrow("ECS started no task: Capacity is unavailable at this time");
    });

    it("leaves a task alone that takes longer, and says so before Lambda ends the function", async () => {
        const ecs = new Ecs([done], 330, 1_000);
        await expect(ecs.run()).rejects.toThrow(/task arn:task\/1 is still going on \(RUNNING\) and was left alone/);
        expect(ecs.now).toBeLessThan(330);
    });

    it("waits for the run that an earlier update left alone, instead of starting another", async () => {
        const ecs = new Ecs();
        const taskArn = ecs.running(7, 100);
        await expect(ecs.run()).resolves.toEqual({ taskArn, exitCode: 0 });
        expect(ecs.started).toEqual([]);
        expect(ecs.now).toBeGreaterThanOrEqual(100);
    });

    it("fails where that run fails, and runs it again the next time", async () => {
        const ecs = new Ecs();
        ecs.running(7, 100, { ...done, exitCode: 1 });
        await expect(ecs.run()).rejects.toThrow("ended with exit code 1");
        expect(ecs.started).toEqual([]);
        await expect(ecs.run()).resolves.toMatchObject({ exitCode: 0 });
        expect(ecs.started).toHaveLength(1);
    });

    it("lets the run of an earlier revision end, however it ends, before it starts its own", async () => {
        const ecs = new Ecs();
        ecs.running(6, 100, { ...done, exitCode: 1 });
        await expect(ecs.run()).resolves.toEqual({ taskArn: "arn:task/2", exitCode: 0 });
        expect(ecs.now).toBeGreaterThanOrEqual(160);
    });

    it("takes no notice of tasks that somebody started by hand", async () => {
        const ecs = new Ecs();
        ecs.running(7, 10_000, done, "somebody");
        await expect(ecs.run()).resolves.toEqual({ taskArn: "arn:task/2", exitCode: 0 });
    });

    it("runs the task again where it was done and nobody noted that: what a job does is harmless the second time", async () => {
        const ecs = new Ecs();
        await ecs.run();
        await expect(ecs.run()).resolves.toEqual({ taskArn: "arn:task/2", exitCode: 0 });
    });

    it("goes on where ECS does not know a task yet that it has just started", async () => {
        const ecs = new Ecs();
        const describe = ecs.describeTasks.bind(ecs);
        ecs.describeTasks = (input) => (ecs.now < 15 ? Promise.resolve({ tasks: [] }) : describe(input));
        await expect(ecs.run()).resolves.toMatchObject({ exitCode: 0 });
    });
});

/**
 * What the SDK makes of a call is part of the function: here it speaks to a server over HTTP, as Lambda's does. The protocol is
 * JSON 1.1: the operation in a header, everything else in the body.
 */
describe("the function with the AWS SDK", () => {
    const taskArn = "arn:aws:ecs:eu-central-1:123456789012:task/compute-1/0a1b";
    const calls: { operation: string; input: Record<string, unknown> }[] = [];
    let answers: Record<string, (call: number) => object>;
    let server: Server;
    const before = { ...process.env };

    beforeAll(async () => {
        server = createServer((incoming, response) => {
            void (async () => {
                const input = JSON.parse(await text(incoming)) as Record<string, unknown>;
                const operation = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
                calls.push({ operation, input });
                const count = calls.filter((call) => call.operation === operation).length;
                const answer = answers[operation]?.(count) ?? { __type: "InvalidAction", message: "no such operation" };
                response.statusCode = "__type" in answer ? 400 : 200;
                response.setHeader("content-type", "application/x-amz-json-1.1");
                response.end(JSON.stringify(answer));
            })();
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        Object.assign(process.env, {
            AWS_ENDPOINT_URL_ECS: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
            AWS_REGION: "eu-central-1",
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
        });
    });

    beforeEach(() => {
        calls.length = 0;
    });

    afterAll(() => {
        process.env = before;
        server.closeAllConnections();
        server.close();
    });

    function stopped(exitCode: number): object {
        return {
            failures: [],
            tasks: [
                {
                    taskArn,
                    taskDefinitionArn: request.taskDefinition,
                    startedBy: "job/migrate",
                    lastStatus: "STOPPED",
                    stopCode: "EssentialContainerExited",
                    stoppedReason: "Essential container in task exited",
                    containers: [{ name: "migrate", exitCode }],
                },
            ],
        };
    }

    const handle = (): Promise<unknown> => jobFunction.handler(request, { getRemainingTimeInMillis: () => 870_000 });

    it("runs the task, and is done when that ended with exit code 0", async () => {
        answers = {
            ListTasks: () => ({ taskArns: [] }),
            RunTask: () => ({ tasks: [{ taskArn, lastStatus: "PROVISIONING" }], failures: [] }),
            DescribeTasks: () => stopped(0),
        };
        await expect(handle()).resolves.toEqual({ taskArn, exitCode: 0 });
        expect(calls.map(({ operation }) => operation)).toEqual(["ListTasks", "RunTask", "DescribeTasks"]);
        const [list, run, describeTasks] = calls;
        expect(list?.input).toEqual({ cluster: request.cluster, family: request.family, desiredStatus: "RUNNING" });
        expect(run?.input).toMatchObject({
            cluster: request.cluster,
            taskDefinition: request.taskDefinition,
            count: 1,
            startedBy: "job/migrate",
            networkConfiguration: {
                awsvpcConfiguration: {
                    subnets: request.subnets,
                    securityGroups: request.securityGroups,
                    assignPublicIp: "DISABLED",
                },
            },
        });
        expect(describeTasks?.input).toEqual({ cluster: request.cluster, tasks: [taskArn] });
    });

    it("fails where the task ended with exit code 1, and starts no other one", async () => {
        answers = {
            ListTasks: () => ({ taskArns: [] }),
            RunTask: () => ({ tasks: [{ taskArn }], failures: [] }),
            DescribeTasks: () => stopped(1),
        };
        await expect(handle()).rejects.toMatchObject({
            name: "JobNotDone",
            message: expect.stringContaining(`task ${taskArn} ended with exit code 1`) as unknown,
        });
        expect(calls.filter(({ operation }) => operation === "RunTask")).toHaveLength(1);
    });

    it("waits for a task of the job that is still going on", async () => {
        answers = { ListTasks: () => ({ taskArns: [taskArn] }), DescribeTasks: () => stopped(0) };
        await expect(handle()).resolves.toEqual({ taskArn, exitCode: 0 });
        expect(calls.map(({ operation }) => operation)).not.toContain("RunTask");
    });

    it("passes an error of ECS on under its own name", async () => {
        answers = {
            ListTasks: () => ({ __type: "ClusterNotFoundException", message: "Cluster not found." }),
        };
        await expect(handle()).rejects.toMatchObject({
            name: "ClusterNotFoundException",
            message: "Cluster not found.",
        });
    });
});
