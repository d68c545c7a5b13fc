import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { Logger } from "pino";
import type { Policies } from "../resilience/policies";
import { type Message, serializeMessage } from "./messages";

/** SQS takes no more entries in one request. */
export const LARGEST_BATCH = 10;

/** Sends messages to the queue. Only the outbox relay does: whoever changes data writes to the outbox in the same transaction. */
export interface Producer {
    /**
     * Sends up to `LARGEST_BATCH` messages.
     *
     * @param options.signal ends it; what has reached the queue until then is in it
     * @returns the ids of those that the queue has taken; the others are to be sent again
     * @throws DependencyUnavailable where the queue does not answer: it may have taken some or all of them
     */
    send(messages: readonly Message[], options?: { readonly signal?: AbortSignal }): Promise<ReadonlySet<string>>;
}

export function createProducer(
    queueUrl: string,
    { sqs, policies, log }: { sqs: SQSClient; policies: Policies; log: Logger },
): Producer {
    return {
        async send(messages, { signal } = {}) {
            if (messages.length === 0) return new Set();
            const answer = await policies.for("queue").run(
                (abortSignal) =>
                    sqs.send(
                        new SendMessageBatchCommand({
                            QueueUrl: queueUrl,
                            Entries: messages.map((message) => ({
                                Id: message.id,
                                MessageBody: serializeMessage(message),
                                // Beside the body, so that dead letters can be told apart without reading what they say.
                                MessageAttributes: { type: { DataType: "String", StringValue: message.type } },
                            })),
                        }),
                        { abortSignal },
                    ),
                // Sending twice is allowed: consumers do each message once, by its id.
                { idempotent: true, ...(signal && { signal }) },
            );
            for (const { Id: messageId, Code: code } of answer.Failed ?? []) {
                log.error({ messageId, code }, "the queue refused a message; it stays in the outbox");
            }
            return new Set((answer.Successful ?? []).flatMap(({ Id }) => (Id === undefined ? [] : [Id])));
        },
    };
}
