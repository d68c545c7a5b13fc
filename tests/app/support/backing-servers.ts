import { S3Client } from "@aws-sdk/client-s3";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { metrics } from "@opentelemetry/api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import type { Database } from "../../../app/src/database/database";
import { createPolicies, DEFAULT_RESILIENCE, type Policies } from "../../../app/src/resilience/policies";
import { type QueueServer, startQueueServer } from "../../../twin/servers/queue";
import { startTestDatabase } from "./database";
import { recordingLog, type RecordingLog } from "./recording-log";

/** The first run on a machine fetches a Node for the queue server. */
export const START_TIMEOUT_MS = 360_000;

export const meter = metrics.getMeter("test");

export interface QueueClients {
    readonly server: QueueServer;
    readonly sqs: SQSClient;
    readonly s3: S3Client;
    readonly bucket: string;
    readonly queueUrl: string;
    readonly deadLettersUrl: string;
    readonly policies: Policies;
    readonly recording: RecordingLog;
    /** Puts any text into the queue. */
    send(body: string): Promise<void>;
    /** How many messages wait, and how many somebody has. */
    count(queueUrl: string): Promise<{ waiting: number; inHand: number }>;
    /** Receives what waits, without deleting it. */
    bodies(queueUrl: string): Promise<string[]>;
    stop(): Promise<void>;
}

/** A queue and a bucket for one test file. */
export async function startQueue(
    options: { visibilitySeconds?: number; maxReceives?: number } = {},
): Promise<QueueClients> {
    const folder = mkdtempSync(path.join(tmpdir(), "headroom-queue-"));
    const server = await startQueueServer({ folder, visibilitySeconds: 2, maxReceives: 3, ...options });
    const { env } = server;
    const common = {
        region: "eu-central-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
    };
    const sqs = new SQSClient({ ...common, endpoint: env.AWS_ENDPOINT_URL_SQS ?? "" });
    const s3 = new S3Client({ ...common, endpoint: env.AWS_ENDPOINT_URL_S3 ?? "" });
    const recording = recordingLog();
    const queueUrl = env.JOBS_QUEUE_URL ?? "";
    return {
        server,
        sqs,
        s3,
        bucket: env.ASSETS_BUCKET ?? "",
        queueUrl,
        deadLettersUrl: env.JOBS_DEAD_LETTERS_QUEUE_URL ?? "",
        policies: createPolicies(DEFAULT_RESILIENCE, { log: recording.log, metrics: meter }),
        recording,
        send: async (body) => {
            await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
        },
        count: async (url) => {
            const { Attributes: counts } = await sqs.send(
                new GetQueueAttributesCommand({
                    QueueUrl: url,
                    AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
                }),
            );
            return {
                waiting: Number(counts?.ApproximateNumberOfMessages),
                inHand: Number(counts?.ApproximateNumberOfMessagesNotVisible),
            };
        },
        bodies: async (url) => {
            const bodies: string[] = [];
            for (;;) {
                const { Messages: messages = [] } = await sqs.send(
                    new ReceiveMessageCommand({
                        QueueUrl: url,
                        MaxNumberOfMessages: 10,
                        VisibilityTimeout: 600,
                        WaitTimeSeconds: 0,
                    }),
                );
                if (messages.length === 0) return bodies;
                bodies.push(...messages.map(({ Body }) => Body ?? ""));
            }
        },
        stop: async () => {
            sqs.destroy();
            s3.destroy();
            await server.stop();
            rmSync(folder, { recursive: true, force: true });
        },
    };
}

export interface ShopDatabase {
    readonly database: Database;
    /** Runs any SQL, for what a test sets up and looks at. */
    sql<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
    stop(): Promise<void>;
}

/** A database with the shop's tables, for one test file: the primary alone, as all that is tested with it writes. */
export async function startDatabase(): Promise<ShopDatabase> {
    const started = await startTestDatabase({ replicas: 0, tls: false }, { poolSize: 20 });
    const { database } = started;
    const { env } = started.cluster;
    const pool = new Pool({
        host: "127.0.0.1",
        port: Number(env.DATABASE_PORT),
        database: env.DATABASE_NAME,
        user: env.DATABASE_USER,
        password: env.DATABASE_PASSWORD,
        max: 2,
    });
    return {
        database,
        sql: async <R extends object>(text: string, values: readonly unknown[] = []) =>
            (await pool.query(text, [...values])).rows as R[],
        stop: async () => {
            await pool.end();
            await started.stop();
        },
    };
}

/** The same database, but for its transactions. */
export function withWrite(database: Database, write: Database["write"]): Database {
    return {
        write,
        read: (work, options) => database.read(work, options),
        status: () => database.status(),
        ready: () => database.ready(),
        close: () => database.close(),
    };
}
