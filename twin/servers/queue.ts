import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { findModernNode } from "./modern-node";

/** The account that fauxqs puts into every ARN. */
const ACCOUNT = "000000000000";
const REGION = "eu-central-1";

/** What the stack calls them, less the random endings of AWS. */
const QUEUE = "jobs";
const DEAD_LETTERS = "jobs-dead-letters";
const BUCKET = "assets";

/** Below the range that systems take for outgoing connections: nobody takes the port while the server is down. */
const PORTS = { first: 12_000, last: 31_999 };
const PORT_ATTEMPTS = 5;

const DAY_SECONDS = 86_400;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;

export interface QueueServerOptions {
    /** Where the data is kept. A server that is started again on the same folder has all of it. */
    readonly folder: string;
    /** The port that a stopped server had, so that its clients find the next one. A free one where it is left out. */
    readonly port?: number;
    /** Seconds for which a received message is hidden; whole, from 1. Default 60, that of the stack. */
    readonly visibilitySeconds?: number;
    /** How often a message is handed out before it is a dead letter. Default 3, that of the stack. */
    readonly maxReceives?: number;
    /** Is told before something takes long. Nobody by default. */
    readonly progress?: (message: string) => void;
}

/** A running queue server. */
export interface QueueServer {
    /** What the bindings of the stack's queue and bucket would give, and where the AWS SDK finds this server. */
    readonly env: Readonly<Record<string, string>>;
    readonly port: number;
    readonly pid: number;
    /** Resolves when the process is gone, with how it ended. */
    readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
    /** Ends it in order. */
    stop(): Promise<void>;
    /** Ends it at once, as a crash would. */
    kill(): void;
}

/**
 * Starts SQS and S3 as a process on a free port of the loopback interface: the work queue with its dead-letter queue, and
 * the bucket.
 *
 * It is fauxqs, a test double. What it keeps is written to SQLite before a request is answered, so that a kill loses
 * nothing that it had acknowledged. Unlike AWS it checks no signature, no permission and no upload policy, encrypts
 * nothing, and keeps messages for ever. A message that is on its way to the dead-letter queue in the moment of a kill can
 * be lost: fauxqs deletes it before it inserts it, without a transaction.
 */
export async function startQueueServer(options: QueueServerOptions): Promise<QueueServer> {
    await mkdir(options.folder, { recursive: true });
    const node = await findModernNode(options.progress ?? (() => undefined));
    if (options.port !== undefined) return startOn(options.port, node, options);
    for (let attempt = 1; ; attempt++) {
        try {
            return await startOn(await freePort(), node, options);
        } catch (error) {
            // Somebody else has taken it in the meantime.
            if (attempt === PORT_ATTEMPTS || !String(error).includes("EADDRINUSE")) throw error;
        }
    }
}

async function startOn(freePort: number, node: string, options: QueueServerOptions): Promise<QueueServer> {
    const { visibilitySeconds = 60, maxReceives = 3 } = options;
    const settings = {
        folder: options.folder,
        port: freePort,
        region: REGION,
        init: describeResources(visibilitySeconds, maxReceives),
    };
    const child = spawn(node, [path.join(__dirname, "queue-process.mjs"), JSON.stringify(settings)], {
        // The channel's end tells the child that this process is gone.
        stdio: ["ignore", "ignore", "pipe", "ipc"],
        env: { PATH: process.env.PATH },
    });
    const exited = once(child, "exit").then(([code, signal]) => ({
        code: code as number | null,
        signal: signal as NodeJS.Signals | null,
    }));
    const port = await reportedPort(child, exited);
    return {
        env: describeEnvironment(port, visibilitySeconds),
        port,
        pid: child.pid ?? 0,
        exited,
        stop: () => stop(child, exited),
        kill: () => {
            child.kill("SIGKILL");
        },
    };
}

async function freePort(): Promise<number> {
    for (;;) {
        const port = PORTS.first + Math.floor(Math.random() * (PORTS.last - PORTS.first + 1));
        const probe = createServer();
        const isFree = await new Promise<boolean>((resolve) => {
            probe.once("error", () => {
                resolve(false);
            });
            probe.listen(port, "127.0.0.1", () => {
                resolve(true);
            });
        });
        if (!isFree) continue;
        await new Promise((resolve) => probe.close(resolve));
        return port;
    }
}

/** As components/work-queue.ts and components/asset-bucket.ts declare them. */
function describeResources(visibilitySeconds: number, maxReceives: number): object {
    const deadLetterTargetArn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${DEAD_LETTERS}`;
    return {
        queues: [
            { name: DEAD_LETTERS, attributes: { MessageRetentionPeriod: String(14 * DAY_SECONDS) } },
            {
                name: QUEUE,
                attributes: {
                    VisibilityTimeout: String(visibilitySeconds),
                    ReceiveMessageWaitTimeSeconds: "20",
                    MessageRetentionPeriod: String(4 * DAY_SECONDS),
                    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives }),
                },
            },
        ],
        buckets: [BUCKET],
    };
}

function describeEnvironment(port: number, visibilitySeconds: number): Record<string, string> {
    const endpoint = `http://127.0.0.1:${port}`;
    return {
        JOBS_QUEUE_URL: `${endpoint}/${ACCOUNT}/${QUEUE}`,
        JOBS_VISIBILITY_SECONDS: String(visibilitySeconds),
        JOBS_DEAD_LETTERS_QUEUE_URL: `${endpoint}/${ACCOUNT}/${DEAD_LETTERS}`,
        ASSETS_BUCKET: BUCKET,
        // The AWS SDK's own variables.
        AWS_ENDPOINT_URL_SQS: endpoint,
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: "twin",
        AWS_SECRET_ACCESS_KEY: "twin",
    };
}

async function reportedPort(child: ChildProcess, exited: QueueServer["exited"]): Promise<number> {
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        // The last words are enough to tell why it failed.
        errors = (errors + text).slice(-4_000);
    });
    let timer: NodeJS.Timeout | undefined;
    try {
        return await Promise.race([
            once(child, "message").then(([message]) => (message as { port: number }).port),
            exited.then(({ code, signal }) => {
                throw new Error(`the queue server ended (${signal ?? String(code)}) before it listened:\n${errors}`);
            }),
            new Promise<never>((_resolve, reject) => {
                timer = setTimeout(() => {
                    child.kill("SIGKILL");
                    reject(new Error(`the queue server did not listen within ${START_TIMEOUT_MS} ms:\n${errors}`));
                }, START_TIMEOUT_MS);
            }),
        ]);
    } finally {
        clearTimeout(timer);
    }
}

async function stop(child: ChildProcess, exited: QueueServer["exited"]): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
}
