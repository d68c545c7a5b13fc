import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { randomUUID } from "node:crypto";
import { createMessage, type NewMessage, serializeMessage } from "../../../app/src/queue/messages";
import { redrive, type RedriveReport, type RedriveSettings } from "../../../app/src/queue/redrive";
import { type QueueClients, type QueueFactory, START_TIMEOUT_MS, startQueues } from "../support/backing-servers";
import { eventually } from "../support/eventually";

let queues: QueueFactory;
let queue: QueueClients;

beforeAll(async () => {
    queues = await startQueues();
}, START_TIMEOUT_MS);

beforeEach(async () => {
    queue = await queues.create();
});

afterAll(() => queues.stop());

function run(settings: Partial<RedriveSettings> = {}, signal?: AbortSignal): Promise<RedriveReport> {
    return redrive(
        {
            queueUrl: queue.queueUrl,
            deadLettersUrl: queue.deadLettersUrl,
            dryRun: false,
            types: [],
            perSecond: 1_000,
            maxMessages: 1_000,
            ...settings,
        },
        { sqs: queue.sqs, log: queue.recording.log, ...(signal && { signal }) },
    );
}

async function bury(...bodies: string[]): Promise<void> {
    for (const body of bodies) {
        await queue.sqs.send(new SendMessageCommand({ QueueUrl: queue.deadLettersUrl, MessageBody: body }));
    }
}

const order = (): string => serialize({ type: "order.placed", payload: { orderId: randomUUID() }, correlationId: "r" });
const image = (): string =>
    serialize({ type: "image.uploaded", payload: { productId: randomUUID(), key: "uploads/a" }, correlationId: "r" });

function serialize(message: NewMessage): string {
    return serializeMessage(createMessage(message));
}

test("moves all dead letters back, as they were", async () => {
    const bodies = [order(), image(), "not a message", ...Array.from({ length: 15 }, order)];
    await bury(...bodies);
    expect(await run()).toEqual({
        found: { "order.placed": 16, "image.uploaded": 1, unreadable: 1 },
        wanted: 18,
        moved: 18,
    });
    expect((await queue.bodies(queue.queueUrl)).sort()).toEqual([...bodies].sort());
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 0, inHand: 0 });
});

test("a dry run says what it would move, and changes nothing", async () => {
    await bury(order(), order(), image());
    expect(await run({ dryRun: true })).toEqual({
        found: { "order.placed": 2, "image.uploaded": 1 },
        wanted: 3,
        moved: 0,
    });
    expect(await queue.count(queue.queueUrl)).toEqual({ waiting: 0, inHand: 0 });
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 3, inHand: 0 });
});

test("moves only the types that it was told, and gives the others back", async () => {
    const wanted = image();
    await bury(order(), wanted, "not a message");
    expect(await run({ types: ["image.uploaded"] })).toMatchObject({ wanted: 1, moved: 1 });
    expect(await queue.bodies(queue.queueUrl)).toEqual([wanted]);
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 2, inHand: 0 });
});

test("looks at no more than it was told", async () => {
    await bury(...Array.from({ length: 15 }, order));
    expect(await run({ maxMessages: 12 })).toMatchObject({ moved: 12 });
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 3, inHand: 0 });
});

test("moves no faster than it was told", async () => {
    await bury(...Array.from({ length: 6 }, order));
    const started = performance.now();
    await run({ perSecond: 10 });
    // Five pauses of a tenth of a second; a timer may be a millisecond early.
    expect(performance.now() - started).toBeGreaterThanOrEqual(490);
});

test("ends when it is told to, and gives back what it had received", async () => {
    await bury(...Array.from({ length: 10 }, order));
    const stopping = new AbortController();
    const running = run({ perSecond: 5 }, stopping.signal);
    await eventually("one was moved", async () => (await queue.count(queue.queueUrl)).waiting > 0);
    stopping.abort();
    const { moved } = await running;
    expect(moved).toBeLessThan(10);
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 10 - moved, inHand: 0 });
    expect(await queue.count(queue.queueUrl)).toEqual({ waiting: moved, inHand: 0 });
});

test("logs types and reasons, and nothing of what the letters say", async () => {
    await bury("secret-of-a-customer");
    await run();
    expect(queue.recording.text()).toContain("not JSON");
    expect(queue.recording.text().includes("secret-of-a-customer")).toBe(false);
});

test("gives back at once what it had received when it fails on the way", async () => {
    await bury(...Array.from({ length: 10 }, order));
    await expect(run({ queueUrl: `${queue.queueUrl}-that-does-not-exist` })).rejects.toThrow();
    expect(await queue.count(queue.deadLettersUrl)).toEqual({ waiting: 10, inHand: 0 });
});
