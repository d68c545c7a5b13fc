import { context as traceContext, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Attributes, Meter } from "@opentelemetry/api";
import type { Message as Delivery, SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { Consumer as SqsConsumer } from "sqs-consumer";
import type { Database } from "../database/database";
import { type EffectContext, type Handlers, runnable, type RunnableHandler } from "./handler";
import { markDone, wasDone } from "./idempotency";
import { InvalidMessage, type Message, parseMessage, UnknownMessage } from "./messages";

export interface ConsumerSettings {
    readonly queueUrl: string;
    /** For how long a message is hidden when it is received, and again by every heartbeat. As the queue has it. */
    readonly visibilitySeconds: number;
    /** How many messages one request takes; they are worked on at the same time. From 1 to 10. */
    readonly batchSize: number;
    /** How many batches are worked on at the same time. */
    readonly pollers: number;
    /** How long a message may take before it is given back. */
    readonly messageTimeoutMs: number;
    /** How long one request waits for a message. From 0 to 20. */
    readonly waitSeconds: number;
}

export interface ConsumerParts {
    readonly sqs: SQSClient;
    readonly database: Database;
    readonly handlers: Handlers;
    readonly log: Logger;
    readonly metrics: Meter;
    /**
     * Asked before messages are taken: while the answer is no, they stay in the queue and are not counted as received. For
     * dependencies that nothing can be done without.
     */
    readonly ready?: () => Promise<boolean>;
    /** Is told of every message that was done. */
    readonly done?: () => void;
}

/** Takes messages from the queue and does what they ask for. */
export interface Consumer {
    /** Messages that are being worked on. */
    readonly inHand: number;
    /**
     * Takes no more messages, gives those in hand time to end, and returns the others to the queue at once.
     *
     * @param graceMs how long to wait for what is in hand
     */
    stop(graceMs: number): Promise<void>;
}

/** Why work on a message ended before its time. */
class Interrupted extends Error {
    constructor(readonly reason: "timeout" | "stopping") {
        super(reason === "timeout" ? "the message took too long" : "the process stops");
        this.name = "Interrupted";
    }
}

type Outcome = "done" | "duplicate" | "failed" | "invalid" | "unknown" | "timeout" | "stopping";

/** The first return is after seconds, for what passes quickly; the next ones leave an outage time to end. */
const FIRST_RETURN_SECONDS = 2;
const RETURN_FACTOR = 5;

/** Between two looks at dependencies that are not ready. */
const NOT_READY_PAUSE_MS = 500;

/** After receives that failed, longer each time: the queue is away, or starting. */
const POLL_AGAIN_MS = 200;
const LONGEST_POLL_PAUSE_MS = 2_000;

/**
 * How long a message that failed is hidden: 2, 10, 50, … seconds, up to the queue's own time, less up to a half by chance, so
 * that messages that failed together do not come back together.
 *
 * @param receives how often it has been received
 */
export function returnDelaySeconds(receives: number, longest: number, random = Math.random()): number {
    const delay = Math.min(FIRST_RETURN_SECONDS * RETURN_FACTOR ** (Math.max(1, receives) - 1), longest);
    return Math.max(1, Math.round(delay * (1 - random / 2)));
}

/**
 * Starts to take messages.
 *
 * - A message is done when its effect is committed; then it is deleted. Whatever happens before, it comes again.
 * - A message that fails comes back later, and after as many receives as the queue allows it becomes a dead letter.
 * - What is no message cannot get better: it is given back at once, until it is a dead letter. The reason is logged, and
 *   nothing of what it says. A type or version that this process does not know waits as long as it can for one that does.
 *
 * ```
 * received ── A ── prepared ── B ── inbox and effect, one transaction ── C ── commit ── D ── after the commit ── E ── deleted
 * ```
 *
 * - Dies at A: the message is visible again when its time is over, and comes again.
 * - Dies at B: the same, and it is prepared a second time: preparations are idempotent by themselves.
 * - Dies at C: nothing of the transaction has happened; as at B.
 * - Dies at D, or the commit's answer is lost: it comes again, is found in the inbox, and is deleted. What runs once after a
 *   commit is lost: nothing that must happen stands there. A handler's follow-up is run again.
 * - Dies at E, or the deletion fails: as at D, with nothing lost.
 * - The heartbeat fails, or the process stands still for longer than the message is hidden: another worker has it as well.
 *   Both prepare; the inbox lets one of them have its effect.
 */
export function startConsumer(settings: ConsumerSettings, parts: ConsumerParts): Consumer {
    const consumer = new QueueConsumer(settings, parts);
    consumer.start();
    return consumer;
}

/** One of the loops that ask for messages, and work on what they get before they ask again. */
interface Poller {
    readonly consumer: SqsConsumer;
    /** Whether it waits for an answer of the queue. */
    receiving: boolean;
    /** Requests that failed one after the other. */
    failures: number;
}

class QueueConsumer implements Consumer {
    readonly #pollers: Poller[];
    readonly #inHand = new Map<Delivery, AbortController>();
    /** How deliveries that are given back ended; asked for when their visibility is set. */
    readonly #outcomes = new WeakMap<Delivery, Outcome>();
    readonly #meters: ReturnType<typeof createMeters>;
    #stopping = false;

    constructor(
        private readonly settings: ConsumerSettings,
        private readonly parts: ConsumerParts,
    ) {
        this.#meters = createMeters(parts.metrics);
        this.#pollers = Array.from({ length: settings.pollers }, () => this.#createPoller());
    }

    get inHand(): number {
        return this.#inHand.size;
    }

    start(): void {
        for (const { consumer } of this.#pollers) consumer.start();
    }

    async stop(graceMs: number): Promise<void> {
        this.#stopping = true;
        for (const { consumer, receiving } of this.#pollers) {
            // A request that waits for messages is cut off; deletions of messages that were done are not.
            consumer.stop({ abort: receiving });
        }
        await until(() => this.#inHand.size === 0, Math.max(graceMs, CUT_OFF_MS));
        for (const controller of this.#inHand.values()) controller.abort(new Interrupted("stopping"));
        // What was returned or done is still to be told to the queue.
        await until(() => !this.#pollers.some(({ consumer }) => consumer.status.isPolling), RETURNING_MS);
    }

    #createPoller(): Poller {
        const { queueUrl, visibilitySeconds, batchSize, waitSeconds } = this.settings;
        const { log, sqs } = this.parts;
        const consumer = SqsConsumer.create({
            queueUrl,
            sqs,
            batchSize,
            waitTimeSeconds: waitSeconds,
            visibilityTimeout: visibilitySeconds,
            // Two may fail before the message is handed to somebody else.
            heartbeatInterval: visibilitySeconds / 3,
            messageSystemAttributeNames: ["ApproximateReceiveCount"],
            terminateVisibilityTimeout: ([delivery]) => this.#hiddenFor(delivery),
            preReceiveMessageCallback: async () => {
                await this.#waitUntilReady(poller);
                poller.receiving = true;
            },
            postReceiveMessageCallback: () => {
                poller.receiving = false;
                return Promise.resolve();
            },
            handleMessage: (delivery) => this.#handle(delivery),
        });
        const poller: Poller = { consumer, receiving: false, failures: 0 };
        consumer.on("empty", () => (poller.failures = 0));
        consumer.on("message_received", () => (poller.failures = 0));
        // Without listeners they would be thrown. What concerns the work on a message is logged where it happens.
        consumer.on("processing_error", () => undefined);
        consumer.on("error", (error, delivery) => {
            if (this.#stopping) return;
            if (delivery === undefined) poller.failures += 1;
            log.warn({ err: error }, "the queue did not answer as it should");
        });
        return poller;
    }

    /** Resolves when there is a point in asking for messages. */
    async #waitUntilReady(poller: Poller): Promise<void> {
        poller.receiving = false;
        // The library asks again at once after an error.
        if (poller.failures > 0) await this.#pause(Math.min(POLL_AGAIN_MS * poller.failures, LONGEST_POLL_PAUSE_MS));
        const { ready } = this.parts;
        while (ready !== undefined && !this.#stopping && !(await ready().catch(() => false))) {
            await this.#pause(NOT_READY_PAUSE_MS);
        }
        // The request that would follow is not cut off any more.
        if (this.#stopping) throw new Interrupted("stopping");
    }

    async #pause(milliseconds: number): Promise<void> {
        await until(() => this.#stopping, milliseconds * (0.8 + 0.4 * Math.random()));
    }

    /** @returns the delivery, for it to be deleted */
    async #handle(delivery: Delivery): Promise<Delivery> {
        const started = performance.now();
        const controller = new AbortController();
        const timer = setTimeout(() => {
            controller.abort(new Interrupted("timeout"));
        }, this.settings.messageTimeoutMs);
        this.#inHand.set(delivery, controller);
        this.#meters.inHand.add(1);
        if (this.#stopping) controller.abort(new Interrupted("stopping"));

        let type = "unknown";
        let outcome: Outcome = "failed";
        try {
            const message = parseMessage(delivery.Body ?? "");
            type = message.type;
            outcome = await this.#inTrace(message, () =>
                raceAbort(this.#process(message, controller.signal), controller.signal),
            );
            return delivery;
        } catch (error) {
            outcome = outcomeOf(error);
            this.#logFailure(error, outcome, delivery, type);
            throw error;
        } finally {
            clearTimeout(timer);
            this.#outcomes.set(delivery, outcome);
            this.#inHand.delete(delivery);
            this.#meters.inHand.add(-1);
            this.#meters.processed.record((performance.now() - started) / 1_000, { type, outcome });
        }
    }

    async #process(message: Message, signal: AbortSignal): Promise<Outcome> {
        signal.throwIfAborted();
        const { database } = this.parts;
        const known = this.parts.handlers[message.type];
        if (known === undefined) {
            throw new UnknownMessage("this worker has no handler for the type", { messageId: message.id });
        }
        // Each handler takes messages of its own type: found by that type.
        const run = runnable(known as RunnableHandler<Message>);
        const log = this.parts.log.child({
            messageId: message.id,
            messageType: message.type,
            correlationId: message.correlationId,
        });

        const done = await database.read((q) => wasDone(q, message.id, message.type), { consistency: "writer" });
        if (done) {
            await this.#followUp(run, message, log);
            return "duplicate";
        }
        const effect = await run.prepareEffect(message, { log, signal });

        const { value: afterwards } = await database.write(async (tx) => {
            signal.throwIfAborted();
            const afterCommit: Parameters<EffectContext["afterCommit"]>[0][] = [];
            if (!(await markDone(tx, message.id, message.type))) return undefined;
            await effect({ tx, log, signal, afterCommit: (work) => afterCommit.push(work) });
            return afterCommit;
        });
        for (const work of afterwards ?? []) {
            await work().catch((error: unknown) => {
                log.warn({ err: error }, "something that follows a message failed");
            });
        }
        await this.#followUp(run, message, log);
        if (afterwards === undefined) return "duplicate";
        this.parts.done?.();
        log.info("message done");
        return "done";
    }

    async #followUp(handler: RunnableHandler<Message>, message: Message, log: Logger): Promise<void> {
        await handler.followUp?.(message).catch((error: unknown) => {
            log.warn({ err: error }, "something that follows a message failed");
        });
    }

    /** As a consumer's span, child of the one that sent the message. */
    #inTrace<T>(message: Message, work: () => Promise<T>): Promise<T> {
        const parent = propagation.extract(traceContext.active(), { traceparent: message.traceparent ?? "" });
        const attributes: Attributes = {
            "messaging.system": "aws_sqs",
            "messaging.operation.type": "process",
            "messaging.message.id": message.id,
        };
        const tracer = trace.getTracer("headroom");
        return tracer.startActiveSpan(
            `process ${message.type}`,
            { kind: SpanKind.CONSUMER, attributes },
            parent,
            async (span) => {
                try {
                    return await work();
                } catch (error) {
                    span.setStatus({ code: SpanStatusCode.ERROR });
                    throw error;
                } finally {
                    span.end();
                }
            },
        );
    }

    #hiddenFor(delivery: Delivery | undefined): number {
        const outcome = delivery && this.#outcomes.get(delivery);
        if (outcome === "invalid" || outcome === "stopping") return 0;
        // Few attempts, and a deployment takes minutes.
        if (outcome === "unknown") return this.settings.visibilitySeconds;
        return returnDelaySeconds(receivesOf(delivery), this.settings.visibilitySeconds);
    }

    #logFailure(error: unknown, outcome: Outcome, delivery: Delivery, messageType: string): void {
        const { log } = this.parts;
        const facts = { deliveryId: delivery.MessageId, receives: receivesOf(delivery), messageType };
        if (error instanceof InvalidMessage) {
            log.error(
                { ...facts, ...error.known, reason: error.reason },
                error instanceof UnknownMessage
                    ? "message cannot be read: it is unknown to this version, and waits for another one"
                    : "message cannot be read: on its way to the dead letters",
            );
        } else if (outcome === "stopping") {
            log.info(facts, "message given back: the process stops");
        } else {
            log.error({ ...facts, err: error }, "message failed: it comes again");
        }
    }
}

/** Until the queue has noticed that requests were cut off: before that, it might hand them what is returned. */
const CUT_OFF_MS = 100;

/** How long it may take to tell the queue what became of the last messages. */
const RETURNING_MS = 2_000;

function receivesOf(delivery: Delivery | undefined): number {
    return Number(delivery?.Attributes?.ApproximateReceiveCount ?? 1);
}

function outcomeOf(error: unknown): Outcome {
    if (error instanceof UnknownMessage) return "unknown";
    if (error instanceof InvalidMessage) return "invalid";
    return error instanceof Interrupted ? error.reason : "failed";
}

/** The work, or the signal's reason: work that does not listen to its signal holds nobody up. */
async function raceAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    let interrupt: () => void = () => undefined;
    const aborted = new Promise<never>((_resolve, reject) => {
        interrupt = () => {
            reject(signal.reason as Error);
        };
        signal.addEventListener("abort", interrupt, { once: true });
        if (signal.aborted) interrupt();
    });
    try {
        return await Promise.race([work, aborted]);
    } finally {
        signal.removeEventListener("abort", interrupt);
        work.catch(() => undefined);
    }
}

/** Looks until something is so, or the time is up. */
async function until(test: () => boolean, milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!test() && Date.now() < deadline) await wait(10);
}

function createMeters(meter: Meter) {
    return {
        processed: meter.createHistogram("queue.message.duration", {
            description: "Work on messages, by type and how it ended",
            unit: "s",
            advice: {
                explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
            },
        }),
        inHand: meter.createUpDownCounter("queue.message.in_hand", {
            description: "Messages that are being worked on",
            unit: "{message}",
        }),
    };
}
