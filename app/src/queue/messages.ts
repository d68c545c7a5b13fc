import { context as traceContext, propagation } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import { z } from "zod";

/** Whoever gets the order's message looks the rest up: an order has no copy that could be out of date. */
const order = z.object({ orderId: z.uuid() });

/** The steps of an order on its way (see jobs/order-saga.ts), one message for each. */
const ORDER_MESSAGES = {
    /** The order was accepted: reserve its stock. */
    "order.placed": { version: 1, payload: order },
    /** Its stock is reserved: authorize the payment. */
    "order.stock-reserved": { version: 1, payload: order },
    /** Its payment is authorized: capture it and confirm the order. */
    "order.payment-authorized": { version: 1, payload: order },
    /** It cannot be fulfilled: undo what was done for it. */
    "order.cancelling": { version: 1, payload: order },
} as const;

/** Mails to the customer. The address is looked up when the mail is sent: messages carry no personal data. */
const MAIL_MESSAGES = {
    "mail.requested": {
        version: 1,
        payload: z.object({ orderId: z.uuid(), template: z.enum(["order-confirmed", "order-cancelled"]) }),
    },
} as const;

const IMAGE_MESSAGES = {
    /** An image of a product lies in the bucket as it was uploaded: check it, and make what is shown. */
    "image.uploaded": {
        version: 1,
        payload: z.object({ productId: z.uuid(), key: z.string().min(1).max(1_024) }),
    },
} as const;

/**
 * Every type of message, with the version that is written and the shape of its payload.
 *
 * While a deployment runs, old workers read new messages and new workers old ones. A payload may therefore gain optional
 * properties in the same version, if a reader can do without: it ignores what it does not know. Any other change is a new
 * version, that workers must read one deployment before anybody writes it, together with the old one for as long as messages
 * of that can come, dead letters included (14 days).
 */
export const MESSAGES = { ...ORDER_MESSAGES, ...MAIL_MESSAGES, ...IMAGE_MESSAGES } as const;

export type MessageType = keyof typeof MESSAGES;
export const MESSAGE_TYPES = Object.keys(MESSAGES) as MessageType[];

/** What a message of a type says. */
export type Payload<T extends MessageType> = z.output<(typeof MESSAGES)[T]["payload"]>;

/** A message as it travels. */
export interface MessageOf<T extends MessageType> {
    /** Tells messages apart: two with the same id are one that was delivered twice. */
    readonly id: string;
    readonly type: T;
    readonly version: number;
    /** Leads from the request that began it all through every message that came of it. */
    readonly correlationId: string;
    /** The trace that the message belongs to, as W3C Trace Context writes it. */
    readonly traceparent?: string | undefined;
    /** ISO 8601, in UTC. */
    readonly occurredAt: string;
    readonly payload: Payload<T>;
}

/** Any message. */
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType];

/** What a sender says; the rest of the message is made by `createMessage`. */
export type NewMessage = {
    [T in MessageType]: {
        readonly type: T;
        readonly payload: Payload<T>;
        /** The identifier of the request, or the correlation identifier of the message that led to this one. */
        readonly correlationId: string;
    };
}[MessageType];

/** Makes a message of what a sender says: with an id of its own, in the trace that runs. */
export function createMessage({ type, payload, correlationId }: NewMessage): Message {
    const carrier: { traceparent?: string } = {};
    propagation.inject(traceContext.active(), carrier);
    return {
        id: randomUUID(),
        type,
        version: MESSAGES[type].version,
        correlationId,
        ...(carrier.traceparent !== undefined && { traceparent: carrier.traceparent }),
        occurredAt: new Date().toISOString(),
        payload,
        // The type and its payload come from one NewMessage; the compiler cannot follow them through a spread.
    } as Message;
}

/** What surrounds every payload. */
const envelope = z.object({
    id: z.uuid(),
    type: z.string().max(100),
    version: z.int().min(1),
    correlationId: z.string().regex(/^[\w.:=;-]{1,128}$/),
    traceparent: z
        .string()
        .regex(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/)
        .optional(),
    occurredAt: z.iso.datetime(),
    payload: z.unknown(),
});

/** A body that is no message that this version knows. Its text names what is wrong, and never what the message says. */
export class InvalidMessage extends Error {
    constructor(
        readonly reason: string,
        /** What could be read of the envelope, for the log. */
        readonly known: { readonly messageId?: string; readonly messageType?: string; readonly version?: number } = {},
    ) {
        super(`invalid message: ${reason}`);
        this.name = "InvalidMessage";
    }
}

/** A message of a type or version that this process does not know. A newer one may, as while a deployment runs. */
export class UnknownMessage extends InvalidMessage {}

/**
 * Reads a message.
 *
 * @throws InvalidMessage for what is no message; UnknownMessage for types and versions that this process does not know
 */
export function parseMessage(body: string): Message {
    const outer = envelope.safeParse(parseJson(body));
    if (!outer.success) throw new InvalidMessage(describeIssues(outer.error));
    const { id, type, version, payload } = outer.data;
    const known = { messageId: id, messageType: type, version };
    if (!isMessageType(type)) throw new UnknownMessage("unknown type", known);
    const definition = MESSAGES[type];
    if (version !== definition.version) {
        throw new UnknownMessage(`unknown version: this process reads ${definition.version}`, known);
    }
    const inner = definition.payload.safeParse(payload);
    if (!inner.success) throw new InvalidMessage(`payload: ${describeIssues(inner.error)}`, known);
    return { ...outer.data, type, payload: inner.data } as Message;
}

/** The text that travels. */
export function serializeMessage(message: Message): string {
    return JSON.stringify(message);
}

function isMessageType(type: string): type is MessageType {
    return Object.hasOwn(MESSAGES, type);
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        // The parser's own words would repeat the text.
        throw new InvalidMessage("not JSON");
    }
}

/** Paths and kinds of what is wrong. Zod's messages may repeat a value, and names of unknown properties are values, too. */
function describeIssues(error: z.ZodError): string {
    return error.issues.map(({ path, code }) => `${path.map(String).join(".") || "(all)"}: ${code}`).join(", ");
}
