import { combineBindings } from "../../components/binding";
import { survival } from "../../components/failure-domain";
import { WorkQueue, WorkQueueArgs } from "../../components/work-queue";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const key = { arn: "arn:aws:kms:eu-central-1:123456789012:key/messages" };
const queueType = "aws:sqs/queue:Queue";

const args: WorkQueueArgs = { key, visibilityTimeoutSeconds: 60 };
const queue = (more: Partial<WorkQueueArgs> = {}): Promise<Registered> =>
    record(() => new WorkQueue("jobs", { ...args, ...more }));

async function create(): Promise<WorkQueue> {
    let jobs: WorkQueue | undefined;
    await record(() => {
        jobs = new WorkQueue("jobs", args);
    });
    return jobs as WorkQueue;
}

describe("a work queue", () => {
    it("encrypts messages and dead letters with the customer key", async () => {
        const registered = await queue();
        expect(registered.ofType(queueType).map((q) => q.inputs["kmsMasterKeyId"])).toEqual([key.arn, key.arn]);
    });

    it("hides a message while it is worked on, keeps it while nobody comes, and polls long", async () => {
        const registered = await queue({ visibilityTimeoutSeconds: 90, retentionDays: 2 });
        expect(registered.one(queueType, "jobs").inputs).toMatchObject({
            visibilityTimeoutSeconds: 90,
            messageRetentionSeconds: 172_800,
            receiveWaitTimeSeconds: 20,
        });
    });

    it("moves a message that keeps failing to the dead-letter queue, which keeps it for 14 days", async () => {
        const registered = await queue({ maxReceives: 5 });
        expect(JSON.parse(String(registered.one(queueType, "jobs").inputs["redrivePolicy"]))).toEqual({
            deadLetterTargetArn: "arn:aws:mock:eu-central-1:123456789012:jobs-dead-letters",
            // A number: the service refuses the text "5".
            maxReceiveCount: 5,
        });
        expect(registered.one(queueType, "jobs-dead-letters").inputs["messageRetentionSeconds"]).toBe(1_209_600);
    });

    it("lets no other queue send its dead letters there", async () => {
        const registered = await queue();
        const policy = registered.one("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy").inputs["redriveAllowPolicy"];
        expect(JSON.parse(String(policy))).toEqual({
            redrivePermission: "byQueue",
            sourceQueueArns: ["arn:aws:mock:eu-central-1:123456789012:jobs"],
        });
    });

    it("refuses requests without TLS on both queues", async () => {
        const registered = await queue();
        const policies = registered.ofType("aws:sqs/queuePolicy:QueuePolicy");
        expect(policies.map((policy) => policy.name).sort()).toEqual(["jobs", "jobs-dead-letters"]);
        for (const { inputs } of policies) {
            expect(JSON.parse(String(inputs["policy"]))).toMatchObject({
                Statement: [
                    {
                        Effect: "Deny",
                        Principal: "*",
                        Action: "sqs:*",
                        Condition: { Bool: { "aws:SecureTransport": "false" } },
                    },
                ],
            });
        }
    });

    it("is FIFO together with its dead-letter queue, or not at all", async () => {
        const fifo = (registered: Registered) => registered.ofType(queueType).map((q) => q.inputs["fifoQueue"]);
        expect(fifo(await queue({ fifo: true }))).toEqual([true, true]);
        expect(fifo(await queue())).toEqual([undefined, undefined]);
    });

    it("loses nothing with a zone", async () => {
        const { afterUnit, afterZone } = survival((await create()).failureDomain);
        expect([afterUnit.enough, afterZone.enough]).toEqual([true, true]);
    });

    it("refuses bad arguments, all at once, before it registers anything", async () => {
        const registered = await record(() => {
            const bad = () =>
                new WorkQueue("jobs", {
                    key,
                    visibilityTimeoutSeconds: 0,
                    maxReceives: 0,
                    retentionDays: 15,
                    oldestMessageAlarmSeconds: 30,
                });
            expect(bad).toThrow('WorkQueue "jobs": 4 problems');
            expect(bad).toThrow("visibilityTimeoutSeconds is 0; allowed: a whole number of seconds from 1 to 43200");
            expect(bad).toThrow("retentionDays is 15");
            const late = () => new WorkQueue("jobs", { ...args, retentionDays: 1, oldestMessageAlarmSeconds: 90_000 });
            expect(late).toThrow("oldestMessageAlarmSeconds is 90000; allowed: less than the 86400 seconds");
        });
        expect(registered.resources.filter((resource) => !resource.component)).toEqual([]);
    });
});

describe("the bindings of a work queue", () => {
    it("give a producer the right to send and to the key, and no right to receive", async () => {
        const { producer } = await create();
        const actions = producer.permissions.flatMap((permission) => permission.actions);
        expect(actions).toEqual(expect.arrayContaining(["sqs:SendMessage", "kms:GenerateDataKey", "kms:Decrypt"]));
        expect(actions).not.toContain("sqs:ReceiveMessage");
        expect(Object.keys(producer.environment)).toEqual(["JOBS_QUEUE_URL"]);
    });

    it("give a consumer the right to receive, to delete and to decrypt, and no right to send", async () => {
        const { consumer } = await create();
        const actions = consumer.permissions.flatMap((permission) => permission.actions);
        expect(actions).toEqual(
            expect.arrayContaining([
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "kms:Decrypt",
            ]),
        );
        expect(actions).not.toContain("sqs:SendMessage");
        expect(actions).not.toContain("kms:GenerateDataKey");
        expect(consumer.environment["JOBS_VISIBILITY_SECONDS"]).toBe("60");
    });

    it("let dead letters be taken and sent to the queue again, and nothing be taken from the queue", async () => {
        const { redrive, producer, deadLetterQueueArn, queueArn, deadLetterQueueUrl } = await create();
        expect(Object.keys(redrive.environment)).toEqual(["JOBS_QUEUE_URL", "JOBS_DEAD_LETTERS_QUEUE_URL"]);
        expect(redrive.environment["JOBS_DEAD_LETTERS_QUEUE_URL"]).toBe(deadLetterQueueUrl);
        expect(redrive.permissions.slice(0, 2).map(({ actions, resources }) => [actions, resources])).toEqual([
            [["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"], [deadLetterQueueArn]],
            [["sqs:SendMessage"], [queueArn]],
        ]);
        expect(() => combineBindings([redrive, producer])).not.toThrow();
    });

    it.each([
        [1, "1", "1"],
        [5, "5", "1"],
        [17, "8", "2"],
        [40, "10", "4"],
        [500, "10", "50"],
    ])(
        "have a consumer work on %i messages at a time: %s in a request, in %s loops",
        async (concurrency, batch, pollers) => {
            let jobs: WorkQueue | undefined;
            await record(() => {
                jobs = new WorkQueue("jobs", { ...args, concurrency });
            });
            expect(jobs?.consumer.environment).toMatchObject({ JOBS_BATCH_SIZE: batch, JOBS_POLLERS: pollers });
        },
    );

    it("give the key through SQS only", async () => {
        const { producer, consumer, redrive } = await create();
        const onKey = [producer, consumer, redrive]
            .flatMap(({ permissions }) => permissions)
            .filter((p) => p.actions.includes("kms:Decrypt"));
        expect(onKey).toHaveLength(3);
        for (const permission of onKey) {
            expect(permission.resources).toEqual([key.arn]);
            expect(permission.conditions?.map((c) => c.variable)).toEqual(["kms:ViaService"]);
        }
    });

    it("go together in one service that sends and receives", async () => {
        const { producer, consumer } = await create();
        expect(combineBindings([producer, consumer]).environment.map((variable) => variable.name)).toEqual([
            "JOBS_QUEUE_URL",
            "JOBS_VISIBILITY_SECONDS",
        ]);
    });
});

describe("the signals of a work queue", () => {
    it("speak of messages that wait too long, and call for workers", async () => {
        const { signals } = await create();
        const signal = signals.find((s) => s.name === "jobs-oldest-message");
        expect(signal).toMatchObject({ threshold: 600, severity: "page", growthStep: "add-workers" });
        expect(signal?.metric).toMatchObject({ metricName: "ApproximateAgeOfOldestMessage" });
    });

    it("lead to runbooks", async () => {
        expect(missingRunbooks((await create()).signals)).toEqual([]);
    });

    it("speak of the first dead letter, in the dead-letter queue and not in the queue", async () => {
        const { signals } = await create();
        const metric = signals.find((s) => s.name === "jobs-dead-letters")?.metric;
        if (metric === undefined || !("dimensions" in metric)) {
            throw new Error("no plain metric");
        }
        expect(metric.metricName).toBe("ApproximateNumberOfMessagesVisible");
        await expect(valueOf(metric.dimensions["QueueName"])).resolves.toBe("jobs-dead-letters-0a1b2c3");
    });
});
