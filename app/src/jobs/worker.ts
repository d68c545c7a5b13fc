import type { SQSClient } from "@aws-sdk/client-sqs";
import type { Meter } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Database } from "../database/database";
import type { Mailer } from "../mail/mailer";
import type { PaymentPort } from "../payments/payment-port";
import { type ConsumerSettings, startConsumer } from "../queue/consumer";
import type { Handlers } from "../queue/handler";
import { createOutbox } from "../queue/outbox";
import { type OutboxRelaySettings, startOutboxRelay } from "../queue/outbox-relay";
import { createProducer } from "../queue/producer";
import type { Policies } from "../resilience/policies";
import type { ObjectStore } from "../storage/object-store";
import { imageHandlers, type ImageJobSettings } from "./image-job";
import { FORGET_OLD_MAILS, mailHandlers } from "./mail-job";
import { type OrderRecoverySettings, startOrderRecovery } from "./order-recovery";
import { orderHandlers } from "./order-saga";

export interface WorkerSettings {
    readonly consumer: ConsumerSettings;
    readonly relay: OutboxRelaySettings;
    readonly images: ImageJobSettings;
    readonly recovery: OrderRecoverySettings;
}

export interface WorkerParts {
    readonly database: Database;
    readonly sqs: SQSClient;
    readonly payments: PaymentPort;
    /** Without one, messages about mails become dead letters. */
    readonly mailer?: Mailer | undefined;
    /** Without one, messages about images become dead letters. */
    readonly storage?: ObjectStore | undefined;
    readonly policies: Policies;
    /** Runs after a product has changed: what is cached of it is to be forgotten. */
    readonly productChanged: (productId: string) => Promise<void>;
    readonly log: Logger;
    readonly metrics: Meter;
}

/** What a process of the role `worker` does. */
export interface Worker {
    /** Messages that are being worked on. */
    readonly inHand: number;
    /** Takes nothing new, finishes or gives back what is in hand within the time, and sends what came of it. */
    stop(graceMs: number): Promise<void>;
}

/** Starts to work: takes messages from the queue, and moves those of the outbox to it. */
export function startWorker(settings: WorkerSettings, parts: WorkerParts): Worker {
    const outbox = createOutbox();
    const producer = createProducer(settings.consumer.queueUrl, parts);
    const relay = startOutboxRelay(settings.relay, { ...parts, producer, forget: [FORGET_OLD_MAILS] });
    const consumer = startConsumer(settings.consumer, {
        ...parts,
        handlers: createHandlers(settings, { ...parts, outbox }),
        // Every message ends in the database.
        ready: () => parts.database.ready(),
        // The next step of an order need not wait for the relay's next look.
        done: () => {
            relay.wake();
        },
    });
    const stopRecovery = startOrderRecovery(settings.recovery, { ...parts, outbox });
    return {
        get inHand() {
            return consumer.inHand;
        },
        async stop(graceMs) {
            await Promise.all([consumer.stop(graceMs), stopRecovery()]);
            await relay.stop();
        },
    };
}

function createHandlers(
    settings: WorkerSettings,
    parts: WorkerParts & { readonly outbox: ReturnType<typeof createOutbox> },
): Handlers {
    const { mailer, storage } = parts;
    return {
        ...orderHandlers(parts),
        ...(mailer && mailHandlers({ claimSeconds: settings.consumer.visibilitySeconds / 2 }, { ...parts, mailer })),
        ...(storage && imageHandlers(settings.images, { ...parts, storage })),
    };
}
