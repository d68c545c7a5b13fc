import { S3Client } from "@aws-sdk/client-s3";
import {
    CreateQueueCommand,
    GetQueueAttributesCommand,
    ReceiveMessageCommand,
    SendMessageCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import { metrics } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Pool } from "pg";
import type { Database } from "../../../app/src/database/database";
import { createPolicies, DEFAULT_RESILIENCE, type Policies } from "../../../app/src/resilience/policies";
import { startPostgres } from "../../../twin/servers/postgres";
import { type QueueServer, startQueueServer } from "../../../twin/servers/queue";
import { migrateDatabase, openTestDatabase } from "./database";
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

export interface QueueOptions {
    /** For how long a received message is hidden; default 2. */
    readonly visibilitySeconds?: number;
    /** How often a message is handed out before it is a dead letter; default 3. */
    readonly maxReceives?: number;
}

/** A server whose queues are for one test each: what runs at the same time does not take another test's messages. */
export interface QueueFactory {
    create(options?: QueueOptions): Promise<QueueClients>;
    /** Stops the server and all clients. */
    stop(): Promise<void>;
}

/** A queue and a bucket for one test file. */
export async function startQueue(options: QueueOptions = {}): Promise<QueueClients> {
    const { visibilitySeconds = 2, maxReceives = 3 } = options;
    const { server, remove } = await startServer(visibilitySeconds, maxReceives);
    const clients = createClients(
        server,
        server.env.JOBS_QUEUE_URL ?? "",
        server.env.JOBS_DEAD_LETTERS_QUEUE_URL ?? "",
    );
    return {
        ...clients,
        stop: async () => {
            await clients.stop();
            await remove();
        },
    };
}

/** One server for all queues of a test file. */
export async function startQueues(): Promise<QueueFactory> {
    const { server, remove } = await startServer(2, 3);
    const created: QueueClients[] = [];
    const urlOf = (name: string): string => new URL(name, server.env.JOBS_QUEUE_URL).href;
    return {
        create: async ({ visibilitySeconds = 2, maxReceives = 3 } = {}) => {
            const name = `jobs-${randomUUID()}`;
            const clients = createClients(server, urlOf(name), urlOf(`${name}-dead-letters`));
            created.push(clients);
            await clients.sqs.send(new CreateQueueCommand({ QueueName: `${name}-dead-letters` }));
            const { Attributes: deadLetters } = await clients.sqs.send(
                new GetQueueAttributesCommand({ QueueUrl: clients.deadLettersUrl, AttributeNames: ["QueueArn"] }),
            );
            const redrive = { deadLetterTargetArn: deadLetters?.QueueArn, maxReceiveCount: maxReceives };
            await clients.sqs.send(
                new CreateQueueCommand({
                    QueueName: name,
                    Attributes: {
                        VisibilityTimeout: String(visibilitySeconds),
                        RedrivePolicy: JSON.stringify(redrive),
                    },
                }),
            );
            return clients;
        },
        stop: async () => {
            await Promise.all(created.map((clients) => clients.stop()));
            await remove();
        },
    };
}

async function startServer(
    visibilitySeconds: number,
    maxReceives: number,
): Promise<{ server: QueueServer; remove: () => Promise<void> }> {
    const folder = mkdtempSync(path.join(tmpdir(), "headroom-queue-"));
    const server = await startQueueServer({ folder, visibilitySeconds, maxReceives });
    const remove = async (): Promise<void> => {
        await server.stop();
        rmSync(folder, { recursive: true, force: true });
    };
    return { server, remove };
}

function createClients(server: QueueServer, queueUrl: string, deadLettersUrl: string): QueueClients {
    const { env } = server;
    const common = {
        region: "eu-central-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        maxAttempts: 1,
    };
    const sqs = new SQSClient({ ...common, endpoint: env.AWS_ENDPOINT_URL_SQS ?? "" });
    const s3 = new S3Client({ ...common, endpoint: env.AWS_ENDPOINT_URL_S3 ?? "" });
    const recording = recordingLog();
    return {
        server,
        sqs,
        s3,
        bucket: env.ASSETS_BUCKET ?? "",
        queueUrl,
        deadLettersUrl,
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
        stop: () => {
            sqs.destroy();
            s3.destroy();
            return Promise.resolve();
        },
    };
}

export interface ShopDatabase {
    readonly database: Database;
    /** Runs any SQL as the owner of the tables, for what a test sets up and looks at. */
    sql<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<R[]>;
    stop(): Promise<void>;
}

/** A server whose databases are for one test each. */
export interface DatabaseFactory {
    /** A database with the shop's tables and nothing in them. */
    create(poolSize?: number): Promise<ShopDatabase>;
    /** Closes all of them and stops the server. */
    stop(): Promise<void>;
}

/** A database with the shop's tables, for one test file: the primary alone, as all that is tested with it writes. */
export async function startDatabase(): Promise<ShopDatabase> {
    const databases = await startDatabases();
    return { ...(await databases.create(20)), stop: () => databases.stop() };
}

/** One server for all databases of a test file; the schema is made once and copied. */
export async function startDatabases(): Promise<DatabaseFactory> {
    const cluster = await startPostgres({ replicas: 0, tls: false, maxConnections: 300 });
    const { env, ownerEnv } = cluster;
    const created: ShopDatabase[] = [];
    const stop = async (): Promise<void> => {
        await Promise.all(created.map((shop) => shop.stop()));
        await cluster.stop();
    };
    try {
        await migrateDatabase(ownerEnv);
    } catch (error) {
        await stop();
        throw error;
    }
    let last = 0;
    // One after the other: PostgreSQL copies a database only while nobody uses it.
    let copied: Promise<unknown> = Promise.resolve();
    const copy = async (name: string): Promise<void> => {
        const template = String(env.DATABASE_NAME);
        const owner = "SELECT datdba::regrole::text AS name FROM pg_database WHERE datname = $1";
        const [row] = await cluster.primary.query<{ name: string }>(owner, [template]);
        await cluster.primary.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER ${String(row?.name)}`);
    };
    return {
        create: async (poolSize = 8) => {
            const name = `${String(env.DATABASE_NAME)}_${++last}`;
            copied = copied.then(() => copy(name));
            await copied;
            const shop = await openShopDatabase(
                { ...env, DATABASE_NAME: name },
                { ...ownerEnv, DATABASE_NAME: name },
                poolSize,
            );
            created.push(shop);
            return shop;
        },
        stop,
    };
}

async function openShopDatabase(
    env: Readonly<Record<string, string>>,
    ownerEnv: Readonly<Record<string, string>>,
    poolSize: number,
): Promise<ShopDatabase> {
    const database = await openTestDatabase(env, { poolSize });
    const pool = new Pool({
        host: "127.0.0.1",
        port: Number(ownerEnv.DATABASE_PORT),
        database: ownerEnv.DATABASE_NAME,
        user: ownerEnv.DATABASE_USER,
        password: ownerEnv.DATABASE_PASSWORD,
        max: 2,
    });
    // The server may go before the last connection has said goodbye: `end` does not wait for that.
    pool.on("error", () => undefined);
    let stopped: Promise<void> | undefined;
    return {
        database,
        sql: async <R extends object>(text: string, values: readonly unknown[] = []) =>
            (await pool.query(text, [...values])).rows as R[],
        stop: () => (stopped ??= Promise.all([database.close(), pool.end()]).then(() => undefined)),
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
