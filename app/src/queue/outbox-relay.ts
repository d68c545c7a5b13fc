import type { Meter } from "@opentelemetry/api";
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import type { Database, Statement } from "../database/database";
import { Lease } from "./lease";
import { LARGEST_BATCH, type Producer } from "./producer";
import { type Message, MESSAGE_TYPES, MESSAGES, type MessageType } from "./messages";
import { forgetDone, forgetSent, markAsSent, measureBacklog, takeFromOutbox } from "./statements";

/** Sent messages are kept for a while, to answer questions about them. */
const KEEP_SENT_SECONDS = 3 * 86_400;
/** A message can come again from the dead-letter queue for 4 + 14 days; marks live longer than that. */
const KEEP_DONE_SECONDS = 30 * 86_400;

/** A transaction waits for the queue, with a connection and locked rows: not for long. Below its own time-out of 5 s. */
const LONGEST_SEND_MS = 3_000;

/** How often the backlog is measured, and old rows are deleted; by one process of all. */
const MEASURE_INTERVAL_MS = 5_000;
const CLEAN_INTERVAL_MS = 60_000;
/** Renewed with each measurement: two may fail. */
const LEASE_SECONDS = 15;
/** How often the others ask whether it has run out. */
const LEASE_LOOK_MS = 10_000;

/** How long relays without the lease leave an empty outbox alone, in the end. */
const LONGEST_PAUSE_MS = 5_000;

/**
 * What the queue refuses, as one that it finds too large, is left alone for so long: it must hold up nothing that comes later.
 * More than this many at a time are not remembered: then the queue refuses everything, and there is nothing to hold up.
 */
const REFUSED_PAUSE_MS = 10_000;
const MOST_REFUSED = 1_000;

/** After an error: long enough to spare a server that is starting, short enough to be unnoticed. */
const PAUSE_AFTER_ERROR_MS = 1_000;

export interface OutboxRelaySettings {
    /** How long one relay of all leaves an empty outbox alone, give or take a fifth. */
    readonly intervalMs: number;
}

export interface OutboxRelayParts {
    readonly database: Database;
    readonly producer: Producer;
    readonly log: Logger;
    readonly metrics: Meter;
    /** What else grows old: each statement forgets a portion, and answers a row for each that it has forgotten. */
    readonly forget?: readonly (Statement & { readonly values: readonly unknown[] })[];
}

/** Moves messages from the outbox to the queue. */
export interface OutboxRelay {
    /** Looks now: something was added. */
    wake(): void;
    /** Ends after the batch that is under way. */
    stop(): Promise<void>;
}

interface Row {
    readonly id: string;
    readonly type: string;
    /** Null in what the release has added that did not write it. */
    readonly version: number | null;
    readonly payload: unknown;
    readonly correlation_id: string;
    readonly traceparent: string | null;
    readonly created_at: Date;
}

/**
 * Starts to send what the outbox holds. Every worker runs one; they share the work by locked rows. Order is not kept. A batch
 * is locked, sent, marked and released in one transaction:
 *
 * ```
 * rows locked ── A ── sent ── B ── marked ── C ── commit ── D
 * ```
 *
 * - Dies at A: its connection ends, the locks with it, and another relay sends the batch.
 * - Dies at B or C, or the answer of the queue or of the commit is lost: another relay sends the batch a second time. Each
 *   message does its work once all the same, by its id in the inbox.
 * - Dies at D: nothing is left to be done.
 * - The queue does not answer: the call is cut off, the rows are given back, and the batch is tried again. What it had taken
 *   is sent twice.
 * - A relay that hangs: the server ends its transaction, and gives the rows back.
 *
 * An empty outbox is looked at often by one relay, that has a lease on it; the others find nothing more and more seldom, until
 * they look every few seconds, or when a message that this process did may have added some. Hundreds of workers would else ask
 * the writer thousands of times a second for nothing. Where that relay dies, a message waits for a few seconds, until its lease
 * has run out. LISTEN and NOTIFY would wake all of them for each message, and let commits wait for each other.
 */
export function startOutboxRelay(settings: OutboxRelaySettings, parts: OutboxRelayParts): OutboxRelay {
    const { database, producer, log } = parts;
    const meters = createMeters(parts.metrics);
    const stopping = new AbortController();
    let wakeUp = new AbortController();
    const refused = new Refused();
    const lease = new Lease(database, "outbox", LEASE_SECONDS);

    const sendBatch = async (): Promise<number> => {
        const { value } = await database.write(async (tx) => {
            const rows = await tx.query<Row>({
                ...takeFromOutbox,
                values: [LARGEST_BATCH, MESSAGE_TYPES, refused.ids()],
            });
            if (rows.length === 0) return { taken: 0, sent: [] };
            // An error of the queue is none of the transaction: it must not count as the database's.
            const ids = await within(LONGEST_SEND_MS, (signal) => producer.send(rows.map(toMessage), { signal })).catch(
                (error: unknown) => new Failure(error),
            );
            if (ids instanceof Failure) return { taken: rows.length, sent: [], failure: ids };
            refused.add(rows.filter(({ id }) => !ids.has(id)).map(({ id }) => id));
            await tx.query({ ...markAsSent, values: [[...ids]] });
            return { taken: rows.length, sent: rows.filter(({ id }) => ids.has(id)) };
        });
        for (const { type } of value.sent) meters.sent.add(1, { type });
        if (value.failure) throw value.failure.cause;
        // A batch of which nothing was taken is not tried again at once.
        if (value.taken > 0 && value.sent.length === 0) throw new Error("the queue took none of a batch");
        return value.taken;
    };

    const pause = async (milliseconds: number): Promise<void> => {
        wakeUp = new AbortController();
        const signal = AbortSignal.any([wakeUp.signal, stopping.signal]);
        await wait(milliseconds * (0.8 + 0.4 * Math.random()), undefined, { signal }).catch(() => undefined);
    };

    const run = async (): Promise<void> => {
        let pauseMs = settings.intervalMs;
        while (!stopping.signal.aborted) {
            try {
                const taken = await sendBatch();
                pauseMs = lease.held || taken > 0 ? settings.intervalMs : longer(pauseMs);
                if (taken < LARGEST_BATCH) await pause(pauseMs);
            } catch (error) {
                meters.failures.add(1);
                log.warn({ err: error }, "the outbox could not be relayed; trying again");
                await pause(PAUSE_AFTER_ERROR_MS);
            }
        }
    };

    const cleanUp = createCleanUp(parts, stopping.signal);
    const lead = async (): Promise<void> => {
        // Nobody's figure is better than one that is out of date.
        if (!(await lease.take())) meters.backlog = undefined;
        else {
            cleanUp.start();
            meters.backlog = await database.read(readBacklog, { consistency: "writer" });
        }
    };
    const chores = (async () => {
        while (!stopping.signal.aborted) {
            await lead().catch((error: unknown) => {
                meters.backlog = undefined;
                log.warn({ err: error }, "could not measure the outbox");
            });
            const milliseconds = lease.held ? MEASURE_INTERVAL_MS : LEASE_LOOK_MS * (0.8 + 0.4 * Math.random());
            await wait(milliseconds, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
        }
    })();
    const running = run();
    return {
        wake: () => {
            wakeUp.abort();
        },
        stop: async () => {
            stopping.abort();
            await Promise.all([running, chores]);
            await cleanUp.ended();
            await lease.giveBack();
            meters.remove();
        },
    };
}

function longer(pauseMs: number): number {
    return Math.max(pauseMs, Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
}

/** What the queue has refused lately. */
class Refused {
    /** When each may be tried again; the first one first. */
    readonly #until = new Map<string, number>();

    add(ids: readonly string[]): void {
        for (const id of ids) {
            if (this.#until.size < MOST_REFUSED) this.#until.set(id, performance.now() + REFUSED_PAUSE_MS);
        }
    }

    ids(): string[] {
        for (const [id, until] of this.#until) {
            if (until > performance.now()) break;
            this.#until.delete(id);
        }
        return [...this.#until.keys()];
    }
}

/** An error as a value. */
class Failure {
    constructor(readonly cause: unknown) {}
}

/** The work's signal aborts when its time is up: what nobody waits for must not go on. */
async function within<T>(milliseconds: number, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timer = new AbortController();
    const cutOff = new AbortController();
    const late = wait(milliseconds, undefined, { signal: timer.signal }).then(() => {
        const error = new Error(`no answer within ${milliseconds} ms`);
        cutOff.abort(error);
        throw error;
    });
    const work = start(cutOff.signal);
    try {
        return await Promise.race([work, late]);
    } finally {
        timer.abort();
        // Whichever of the two comes late has nobody to tell.
        late.catch(() => undefined);
        work.catch(() => undefined);
    }
}

function toMessage(row: Row): Message {
    const type = row.type as MessageType;
    return {
        id: row.id,
        type,
        version: row.version ?? MESSAGES[type].version,
        correlationId: row.correlation_id,
        ...(row.traceparent !== null && { traceparent: row.traceparent }),
        occurredAt: row.created_at.toISOString(),
        payload: row.payload,
        // What is in the outbox was checked by the compiler when it was added.
    } as Message;
}

interface Backlog {
    readonly waiting: number;
    readonly oldest_seconds: number;
}

async function readBacklog(q: Parameters<Parameters<Database["read"]>[0]>[0]): Promise<Backlog> {
    const [backlog] = await q.query<Backlog>(measureBacklog);
    return backlog ?? { waiting: 0, oldest_seconds: 0 };
}

interface CleanUp {
    /** Begins, where it is time and none is under way. */
    start(): void;
    /** Resolves when what is under way has ended. */
    ended(): Promise<void>;
}

/** Deletes what is old, now and then. Beside the measurements: after a long time without it there may be a lot. */
function createCleanUp({ database, log, forget = [] }: OutboxRelayParts, signal: AbortSignal): CleanUp {
    const statements = [
        { ...forgetSent, values: [KEEP_SENT_SECONDS] },
        { ...forgetDone, values: [KEEP_DONE_SECONDS] },
        ...forget,
    ];
    let dueAt = 0;
    let running: Promise<void> | undefined;
    /** Portion after portion, until there is nothing left that is old enough. */
    const clean = async (): Promise<void> => {
        for (const statement of statements) {
            let forgotten: number;
            do {
                const { value } = await database.write((tx) => tx.query(statement));
                forgotten = value.length;
            } while (forgotten > 0 && !signal.aborted);
        }
    };
    return {
        start: () => {
            if (performance.now() < dueAt) return;
            running ??= clean()
                .catch((error: unknown) => {
                    log.warn({ err: error }, "could not clean up the outbox, the inbox and what else grows old");
                })
                .finally(() => {
                    dueAt = performance.now() + CLEAN_INTERVAL_MS;
                    running = undefined;
                });
        },
        ended: async () => {
            await running;
        },
    };
}

interface Meters {
    readonly sent: ReturnType<Meter["createCounter"]>;
    readonly failures: ReturnType<Meter["createCounter"]>;
    backlog: Backlog | undefined;
    /** Stops reporting the backlog. */
    remove(): void;
}

function createMeters(meter: Meter): Meters {
    const waiting = meter.createObservableGauge("outbox.backlog", {
        description: "Messages in the outbox that are not sent, counted up to 10,000",
        unit: "{message}",
    });
    const oldest = meter.createObservableGauge("outbox.oldest", {
        description: "Age of the oldest message in the outbox that is not sent, 0 without one",
        unit: "s",
    });
    const observe: Parameters<Meter["addBatchObservableCallback"]>[0] = (result) => {
        if (meters.backlog === undefined) return;
        result.observe(waiting, meters.backlog.waiting);
        result.observe(oldest, meters.backlog.oldest_seconds);
    };
    const meters: Meters = {
        sent: meter.createCounter("outbox.sent", { description: "Messages given to the queue", unit: "{message}" }),
        failures: meter.createCounter("outbox.failures", { description: "Batches that could not be relayed" }),
        backlog: undefined,
        remove: () => {
            meter.removeBatchObservableCallback(observe, [waiting, oldest]);
        },
    };
    meter.addBatchObservableCallback(observe, [waiting, oldest]);
    return meters;
}
