import { context, propagation, SpanKind, trace } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { randomUUID } from "node:crypto";
import { startConsumer } from "../../../app/src/queue/consumer";
import { createOutbox } from "../../../app/src/queue/outbox";
import { startOutboxRelay } from "../../../app/src/queue/outbox-relay";
import { createProducer } from "../../../app/src/queue/producer";
import {
    meter,
    type QueueClients,
    type ShopDatabase,
    START_TIMEOUT_MS,
    startDatabase,
    startQueue,
} from "../support/backing-servers";
import { eventually } from "../support/eventually";

let shop: ShopDatabase;
let queue: QueueClients;
const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

beforeAll(async () => {
    provider.register({ propagator: new W3CTraceContextPropagator() });
    [shop, queue] = await Promise.all([startDatabase(), startQueue()]);
}, START_TIMEOUT_MS);

afterAll(async () => {
    await provider.shutdown();
    propagation.disable();
    context.disable();
    trace.disable();
    await queue.stop();
    await shop.stop();
});

test("the trace of a request goes on in the worker, over the outbox and the queue, and into the messages that follow", async () => {
    const outbox = createOutbox();
    const orderId = randomUUID();
    const tracer = trace.getTracer("test");
    await tracer.startActiveSpan("POST /orders", async (span) => {
        await shop.database.write((tx) =>
            outbox.add(tx, { type: "order.placed", correlationId: "request-1", payload: { orderId } }),
        );
        span.end();
    });
    const producer = createProducer(queue.queueUrl, { ...queue, log: queue.recording.log });
    const common = { ...shop, log: queue.recording.log, metrics: meter };
    const relay = startOutboxRelay({ intervalMs: 20 }, { ...common, producer });
    const consumer = startConsumer(
        {
            queueUrl: queue.queueUrl,
            visibilitySeconds: 10,
            batchSize: 5,
            pollers: 1,
            messageTimeoutMs: 5_000,
            waitSeconds: 1,
        },
        {
            ...common,
            sqs: queue.sqs,
            handlers: {
                "order.placed": ({ correlationId, payload }, { tx }) =>
                    outbox.add(tx, { type: "order.stock-reserved", correlationId, payload }),
                "order.stock-reserved": () => Promise.resolve(),
            },
        },
    );
    const spans = () => exporter.getFinishedSpans();
    const named = (name: string) => spans().find((span) => span.name === name);
    await eventually("both messages are done", () => named("process order.stock-reserved") !== undefined);
    await consumer.stop(1_000);
    await relay.stop();

    const request = named("POST /orders");
    const first = named("process order.placed");
    const second = named("process order.stock-reserved");
    expect(first?.kind).toBe(SpanKind.CONSUMER);
    expect(first?.parentSpanContext?.spanId).toBe(request?.spanContext().spanId);
    expect(second?.parentSpanContext?.spanId).toBe(first?.spanContext().spanId);
    expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1);
});
