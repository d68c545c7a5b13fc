import { WorkQueue, WorkQueueArgs } from "../../components/work-queue";
import { InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const key = { arn: "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000" };
const queue = "aws:sqs/queue:Queue";

const program =
    (more: Partial<WorkQueueArgs> = {}) =>
    () => {
        new WorkQueue("jobs", { key, visibilityTimeoutSeconds: 60, ...more });
    };

describe("a work queue, planned by the engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        expectSuccess(await stack.up(program()));
    });

    afterAll(() => {
        stack.remove();
    });

    it("stays as it is when nothing has changed", async () => {
        expect(await stack.planned(program())).toEqual([]);
    });

    it("keeps its messages when time-outs, retries, retention and even the key change", async () => {
        const other = { arn: "arn:aws:kms:eu-central-1:123456789012:key/ffffffff-0000-4000-8000-000000000000" };
        const changed = program({ visibilityTimeoutSeconds: 120, maxReceives: 10, retentionDays: 14, key: other });
        expect(await stack.planned(changed)).toEqual([`update ${queue} jobs`, `update ${queue} jobs-dead-letters`]);
    });

    it("gives way to another queue and dead-letter queue when it becomes FIFO", async () => {
        expect(await stack.planned(program({ fifo: true }))).toEqual(
            expect.arrayContaining([
                `create ${queue} jobs-fifo`,
                `create ${queue} jobs-dead-letters-fifo`,
                `delete ${queue} jobs`,
                `delete ${queue} jobs-dead-letters`,
            ]),
        );
    });

    it("refuses other queues' dead letters with the ARN that the queue really has", async () => {
        await stack.up(program());
        const resources = await stack.resources();
        const outputsOf = (type: string, name: string) =>
            resources.find((resource) => resource.type === type && resource.urn.endsWith(`::${name}`))?.outputs;
        const arn = outputsOf(queue, "jobs")?.["arn"];
        const policy = outputsOf("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", "jobs-dead-letters");
        expect(arn).toMatch(/^arn:aws:sqs:eu-central-1:\d{12}:jobs-[0-9a-f]+$/);
        expect(JSON.parse(String(policy?.["redriveAllowPolicy"]))).toEqual({
            redrivePermission: "byQueue",
            sourceQueueArns: [arn],
        });
    });
});
