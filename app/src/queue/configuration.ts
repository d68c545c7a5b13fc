import { z } from "zod";
import type { Setting } from "../setting";
import { MESSAGE_TYPES, type MessageType } from "./messages";
import type { ConsumerSettings } from "./consumer";
import type { OutboxRelaySettings } from "./outbox-relay";
import type { RedriveSettings } from "./redrive";

function whole(minimum: number, maximum: number, fallback: number, unit: string): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,9}$/)
            .transform(Number)
            .refine((value) => value >= minimum && value <= maximum),
        fallback,
        allowed: `a whole number of ${unit} from ${minimum} to ${maximum}`,
        example: String(fallback),
    };
}

function queueUrl(example: string): Setting<string> {
    return {
        schema: z.string().refine((text) => text === "" || (/^https?:\/\//.test(text) && URL.canParse(text))),
        fallback: "",
        allowed: "the URL of a queue",
        example,
    };
}

function splitTypes(text: string): readonly string[] {
    return text.split(",").filter((type) => type !== "");
}

function isMessageType(text: string): text is MessageType {
    return MESSAGE_TYPES.some((type) => type === text);
}

const URL_EXAMPLE = "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs";

/**
 * Every variable of the queue. The stack's bindings (`WorkQueue.producer`, `WorkQueue.consumer`) give URL and visibility; the
 * rest has defaults. Region, credentials and endpoint are those of the AWS SDK.
 */
export const QUEUE_SETTINGS = {
    /** Empty: this process has no queue. */
    JOBS_QUEUE_URL: queueUrl(URL_EXAMPLE),
    /** For how long a message is hidden when it is received; a heartbeat extends it while the message is worked on. */
    JOBS_VISIBILITY_SECONDS: whole(1, 43_200, 60, "seconds"),
    /** Messages that one request takes, worked on at the same time; the next request waits for the slowest of them. */
    JOBS_BATCH_SIZE: whole(1, 10, 5, "messages"),
    /** Batches at the same time. Batch size × pollers is what a worker does at the same time: as many as it has connections. */
    JOBS_POLLERS: whole(1, 50, 2, "pollers"),
    /** How long a message may take. The slowest, an image, takes seconds; this is for what hangs. */
    JOBS_MESSAGE_TIMEOUT_SECONDS: whole(1, 43_200, 120, "seconds"),
    /** How long a request waits for messages. 20 is the most that SQS takes, and the fewest requests. */
    JOBS_WAIT_SECONDS: whole(1, 20, 20, "seconds"),
    /**
     * How long one worker of all leaves an empty outbox alone: the longest that a message waits before it is sent, except after
     * the death of that one. The others look less and less often, down to every 5 seconds.
     */
    OUTBOX_INTERVAL_MS: whole(10, 60_000, 200, "milliseconds"),
    /** Where the role `redrive` takes dead letters from. */
    JOBS_DEAD_LETTERS_QUEUE_URL: queueUrl(`${URL_EXAMPLE}-dead-letters`),
    /** `on`: only counts what would be moved. */
    REDRIVE_DRY_RUN: {
        schema: z.enum(["on", "off"]),
        fallback: "on",
        allowed: "one of on, off",
        example: "off",
    } as Setting<"on" | "off">,
    /** Moves these types only; empty: all of them, also what cannot be read. */
    REDRIVE_TYPES: {
        schema: z.string().refine((text) => splitTypes(text).every(isMessageType)),
        fallback: "",
        allowed: `types of messages, separated by commas: ${MESSAGE_TYPES.join(", ")}`,
        example: "mail.requested,image.uploaded",
    } as Setting<string>,
    /** So that a flood of dead letters does not become a flood of failures again. */
    REDRIVE_PER_SECOND: whole(1, 1_000, 10, "messages a second"),
    REDRIVE_MAX_MESSAGES: whole(1, 1_000_000, 1_000, "messages"),
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `QUEUE_SETTINGS`, as read. */
export type QueueValues = {
    readonly [K in keyof typeof QUEUE_SETTINGS]: (typeof QUEUE_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** What is wrong between two values; empty where nothing is. */
export function queueProblems(values: QueueValues): string[] {
    const problems: string[] = [];
    if (values.JOBS_QUEUE_URL !== "" && values.JOBS_QUEUE_URL === values.JOBS_DEAD_LETTERS_QUEUE_URL) {
        problems.push(
            "JOBS_DEAD_LETTERS_QUEUE_URL is the same as JOBS_QUEUE_URL: messages would be moved in a circle. " +
                `Example: JOBS_DEAD_LETTERS_QUEUE_URL=${URL_EXAMPLE}-dead-letters`,
        );
    }
    return problems;
}

/** The settings of a worker's consumer. */
export function consumerSettings(values: QueueValues): ConsumerSettings {
    return {
        queueUrl: values.JOBS_QUEUE_URL,
        visibilitySeconds: values.JOBS_VISIBILITY_SECONDS,
        batchSize: values.JOBS_BATCH_SIZE,
        pollers: values.JOBS_POLLERS,
        messageTimeoutMs: values.JOBS_MESSAGE_TIMEOUT_SECONDS * 1_000,
        waitSeconds: values.JOBS_WAIT_SECONDS,
    };
}

export function outboxRelaySettings(values: QueueValues): OutboxRelaySettings {
    return { intervalMs: values.OUTBOX_INTERVAL_MS };
}

/** The settings of the role `redrive`. */
export function redriveSettings(values: QueueValues): RedriveSettings {
    return {
        queueUrl: values.JOBS_QUEUE_URL,
        deadLettersUrl: values.JOBS_DEAD_LETTERS_QUEUE_URL,
        dryRun: values.REDRIVE_DRY_RUN === "on",
        types: splitTypes(values.REDRIVE_TYPES).filter(isMessageType),
        perSecond: values.REDRIVE_PER_SECOND,
        maxMessages: values.REDRIVE_MAX_MESSAGES,
    };
}
