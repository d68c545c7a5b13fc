import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { startConsumer } from "../../../app/src/queue/consumer";
import { createMessage, serializeMessage } from "../../../app/src/queue/messages";
import { createOutbox } from "../../../app/src/queue/outbox";
import { startOutboxRelay } from "../../../app/src/queue/outbox-relay";
import { createProducer } from "../../../app/src/queue/producer";
import { createPolicies, DEFAULT_RESILIENCE } from "../../../app/src/resilience/policies";
import { startQueueServer } from "../../../twin/servers/queue";
import { meter, type ShopDatabase, START_TIMEOUT_MS, startDatabase } from "../support/backing-servers";
import { eventually } from "../support/eventually";
import { recordingLog } from "../support/recording-log";

jest.setTimeout(60_000);

let shop: ShopDatabase;
let folder: string;
beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "headroom-queue-"));
    shop = await startDatabase();
}, START_TIMEOUT_MS);
afterAll(async () => {
    await shop.stop();
    rmSync(folder, { recursive: true, force: true });
});

test("a queue that dies and comes back has cost nothing but time", async () => {
    const options = { folder, visibilitySeconds: 5 };
    let server = await startQueueServer(options);
    const queueUrl = server.env.JOBS_QUEUE_URL ?? "";
    const sqs = new SQSClient({
        region: "eu-central-1",
        endpoint: server.env.AWS_ENDPOINT_URL_SQS ?? "",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
    });
    const recording = recordingLog();
    const { log } = recording;
    const quick = { ...DEFAULT_RESILIENCE, queue: { ...DEFAULT_RESILIENCE.queue, halfOpenAfterMs: 200 } };
    const common = {
        sqs,
        log,
        metrics: meter,
        database: shop.database,
        policies: createPolicies(quick, { log, metrics: meter }),
    };
    const done = new Set<string>();
    const consumer = startConsumer(
        { queueUrl, visibilitySeconds: 5, batchSize: 5, pollers: 2, messageTimeoutMs: 5_000, waitSeconds: 20 },
        {
            ...common,
            handlers: {
                "order.placed": ({ payload }, { afterCommit }) => {
                    afterCommit(() => Promise.resolve(void done.add(payload.orderId)));
                    return Promise.resolve();
                },
            },
        },
    );
    const relay = startOutboxRelay({ intervalMs: 20 }, { ...common, producer: createProducer(queueUrl, common) });
    const outbox = createOutbox();
    const add = async (): Promise<string> => {
        const orderId = randomUUID();
        await shop.database.write((tx) =>
            outbox.add(tx, { type: "order.placed", correlationId: "r", payload: { orderId } }),
        );
        return orderId;
    };

    const before = await add();
    await eventually("the first is done", () => done.has(before));
    const waiting = randomUUID();
    const message = createMessage({ type: "order.placed", correlationId: "r", payload: { orderId: waiting } });
    await sqs.send(
        new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: serializeMessage(message), DelaySeconds: 2 }),
    );

    server.kill();
    await server.exited;
    const meanwhile = await Promise.all([add(), add(), add()]);
    await wait(3_000);
    // Neither the relay nor the consumer asks without a pause.
    expect(recording.text().split("\n").length).toBeLessThan(100);
    expect(done.size).toBe(1);

    server = await startQueueServer({ ...options, port: server.port });
    await eventually("all are done", () => [waiting, ...meanwhile].every((orderId) => done.has(orderId)));
    expect(done.size).toBe(5);
    await consumer.stop(1_000);
    await relay.stop();
    sqs.destroy();
    await server.stop();
});
