import {
    ChangeMessageVisibilityCommand,
    DeleteMessageCommand,
    type Message as Delivery,
    ReceiveMessageCommand,
    SendMessageCommand,
    type SQSClient,
} from "@aws-sdk/client-sqs";
import { setTimeout as wait } from "node:timers/promises";
import type { Logger } from "pino";
import { InvalidMessage, type MessageType, parseMessage } from "./messages";

export interface RedriveSettings {
    readonly queueUrl: string;
    readonly deadLettersUrl: string;
    /** Counts, and moves nothing. */
    readonly dryRun: boolean;
    /** Only these are moved; empty: all. */
    readonly types: readonly MessageType[];
    readonly perSecond: number;
    /** How many dead letters are looked at in all. */
    readonly maxMessages: number;
}

/** What was found, and what became of it. */
export interface RedriveReport {
    /** Dead letters by type; those that cannot be read are `unreadable`. */
    readonly found: Readonly<Record<string, number>>;
    /** How many of them were to be moved. */
    readonly wanted: number;
    /** How many were moved: none by a dry run. */
    readonly moved: number;
}

/** How long a dead letter is hidden while a run has it: longer than any run that a person waits for. */
const HIDDEN_SECONDS = 3_600;
/** SQS gives no more in one answer. */
const LARGEST_RECEIVE = 10;

/**
 * Sends dead letters back to their queue, once what killed them is mended.
 *
 * SQS has a task of its own for that (`StartMessageMoveTask`), which can neither show what it would do nor choose by type.
 * A letter is sent before it is deleted: where this ends in between, the message comes twice, and is done once, by its id.
 * What is not moved is given back to the dead-letter queue at the end, also of a run that fails; where the process is killed,
 * it shows up there again after an hour.
 *
 * @param signal ends it after the letter that is under way
 */
export async function redrive(
    settings: RedriveSettings,
    { sqs, log, signal }: { sqs: SQSClient; log: Logger; signal?: AbortSignal },
): Promise<RedriveReport> {
    const { deadLettersUrl, queueUrl, dryRun, types, perSecond, maxMessages } = settings;
    const found: Record<string, number> = {};
    /** The receipts of what is not moved. */
    const held = new Set<string | undefined>();
    let wanted = 0;
    let moved = 0;
    try {
        let letters = 0;
        let nextAt = performance.now();
        while (letters < maxMessages && !signal?.aborted) {
            const batch = await receive(sqs, deadLettersUrl, maxMessages - letters);
            if (batch.length === 0) break;
            letters += batch.length;
            for (const { ReceiptHandle: receipt } of batch) held.add(receipt);
            for (const letter of batch) {
                const { type, reason } = describe(letter);
                found[type] = (found[type] ?? 0) + 1;
                const isWanted = types.length === 0 || types.some((one) => one === type);
                log.info(
                    { deliveryId: letter.MessageId, messageType: type, reason, wanted: isWanted, dryRun },
                    "dead letter",
                );
                if (isWanted) wanted += 1;
                if (!isWanted || dryRun || signal?.aborted) continue;
                await wait(Math.max(0, nextAt - performance.now()));
                nextAt = Math.max(nextAt, performance.now()) + 1_000 / perSecond;
                await move(sqs, letter, deadLettersUrl, queueUrl);
                held.delete(letter.ReceiptHandle);
                moved += 1;
            }
        }
    } finally {
        await giveBack(sqs, deadLettersUrl, held, log);
    }
    log.info({ found, wanted, moved, dryRun }, "redrive ended");
    return { found, wanted, moved };
}

async function receive(sqs: SQSClient, queueUrl: string, most: number): Promise<readonly Delivery[]> {
    const answer = await sqs.send(
        new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: Math.min(LARGEST_RECEIVE, most),
            VisibilityTimeout: HIDDEN_SECONDS,
            // A long poll asks all of SQS's servers: empty means that there is nothing.
            WaitTimeSeconds: 2,
            MessageAttributeNames: ["All"],
        }),
    );
    return answer.Messages ?? [];
}

async function move(sqs: SQSClient, letter: Delivery, from: string, to: string): Promise<void> {
    const { Body: body, MessageAttributes: attributes, ReceiptHandle: receipt } = letter;
    await sqs.send(new SendMessageCommand({ QueueUrl: to, MessageBody: body, MessageAttributes: attributes }));
    await sqs.send(new DeleteMessageCommand({ QueueUrl: from, ReceiptHandle: receipt }));
}

/** What can be told of a dead letter without repeating what it says. */
function describe(letter: Delivery): { type: string; reason?: string } {
    try {
        return { type: parseMessage(letter.Body ?? "").type };
    } catch (error) {
        if (!(error instanceof InvalidMessage)) throw error;
        return { type: "unreadable", reason: error.reason };
    }
}

async function giveBack(
    sqs: SQSClient,
    queueUrl: string,
    receipts: ReadonlySet<string | undefined>,
    log: Logger,
): Promise<void> {
    for (const receipt of receipts) {
        const command = new ChangeMessageVisibilityCommand({
            QueueUrl: queueUrl,
            ReceiptHandle: receipt,
            VisibilityTimeout: 0,
        });
        // It shows up again by itself after HIDDEN_SECONDS.
        await sqs.send(command).catch((error: unknown) => {
            log.warn({ err: error }, "a dead letter could not be given back at once");
        });
    }
}
