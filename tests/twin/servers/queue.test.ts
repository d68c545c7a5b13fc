import {
    ChangeMessageVisibilityCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    ReceiveMessageCommand,
    SendMessageCommand,
    SQSClient,
} from "@aws-sdk/client-sqs";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findModernNode } from "../../../twin/servers/modern-node";
import { type QueueServer, startQueueServer } from "../../../twin/servers/queue";
import { eventually } from "../../app/support/eventually";
import { isAlive } from "../../app/support/is-alive";

// The first run on a machine may have to fetch a Node.
jest.setTimeout(360_000);

let folder: string;
let server: QueueServer;

function clients(of: QueueServer): { sqs: SQSClient; s3: S3Client; queueUrl: string; deadLettersUrl: string } {
    const { env } = of;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const common = { region: env.AWS_REGION ?? "", credentials };
    return {
        sqs: new SQSClient({ ...common, endpoint: env.AWS_ENDPOINT_URL_SQS ?? "" }),
        s3: new S3Client({ ...common, endpoint: env.AWS_ENDPOINT_URL_S3 ?? "" }),
        queueUrl: env.JOBS_QUEUE_URL ?? "",
        deadLettersUrl: env.JOBS_DEAD_LETTERS_QUEUE_URL ?? "",
    };
}

async function receive(sqs: SQSClient, queueUrl: string, count = 10): Promise<{ body: string; handle: string }[]> {
    const answer = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: count, WaitTimeSeconds: 1 }),
    );
    return (answer.Messages ?? []).map(({ Body = "", ReceiptHandle = "" }) => ({ body: Body, handle: ReceiptHandle }));
}

beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "headroom-queue-"));
    server = await startQueueServer({ folder, visibilitySeconds: 30, maxReceives: 2 });
});

afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
});

test("has the queue, its dead-letter queue and the bucket of the stack's bindings", async () => {
    const { sqs, s3, queueUrl } = clients(server);
    const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({ VisibilityTimeout: "30", ReceiveMessageWaitTimeSeconds: "20" });
    expect(JSON.parse(Attributes?.RedrivePolicy ?? "")).toMatchObject({ maxReceiveCount: 2 });
    await s3.send(new PutObjectCommand({ Bucket: server.env.ASSETS_BUCKET, Key: "a/b", Body: "text" }));
    const object = await s3.send(new GetObjectCommand({ Bucket: server.env.ASSETS_BUCKET, Key: "a/b" }));
    expect(await object.Body?.transformToString()).toBe("text");
});

test("loses no acknowledged message or object when it is killed and started again on the same port", async () => {
    const { sqs, s3, queueUrl } = clients(server);
    await s3.send(new PutObjectCommand({ Bucket: server.env.ASSETS_BUCKET, Key: "kept", Body: "still here" }));
    await Promise.all(
        ["received", "deleted", ...Array.from({ length: 40 }, (_, index) => `waiting-${index}`)].map((body) =>
            sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body })),
        ),
    );
    const [first, second] = await receive(sqs, queueUrl, 2);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: second?.handle }));

    server.kill();
    await server.exited;
    server = await startQueueServer({ folder, port: server.port, visibilitySeconds: 30, maxReceives: 2 });

    // The receipt of before the crash is still good.
    await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: first?.handle, VisibilityTimeout: 0 }),
    );
    const bodies: string[] = [];
    for (;;) {
        const batch = await receive(sqs, queueUrl);
        if (batch.length === 0) break;
        bodies.push(...batch.map(({ body }) => body));
    }
    expect(bodies).toHaveLength(41);
    expect(new Set(bodies).size).toBe(41);
    expect(bodies).not.toContain(second?.body);
    const object = await s3.send(new GetObjectCommand({ Bucket: server.env.ASSETS_BUCKET, Key: "kept" }));
    expect(await object.Body?.transformToString()).toBe("still here");
});

test("moves a message to the dead-letter queue after as many receives as it was told", async () => {
    const { sqs, queueUrl, deadLettersUrl } = clients(server);
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: "poison" }));
    for (const _receive of [1, 2]) {
        const [message] = await receive(sqs, queueUrl);
        await sqs.send(
            new ChangeMessageVisibilityCommand({
                QueueUrl: queueUrl,
                ReceiptHandle: message?.handle,
                VisibilityTimeout: 0,
            }),
        );
    }
    expect(await receive(sqs, queueUrl)).toEqual([]);
    expect(await receive(sqs, deadLettersUrl)).toEqual([expect.objectContaining({ body: "poison" })]);
});

test("listens on the loopback interface alone", () => {
    // ss is not everywhere; the kernel's own table is: the local address of a listening socket, in hexadecimal.
    const hex = server.port.toString(16).toUpperCase().padStart(4, "0");
    const table = execFileSync("cat", ["/proc/net/tcp", "/proc/net/tcp6"], { encoding: "utf8" });
    const listening = table.split("\n").filter((line) => new RegExp(`:${hex} \\S+ 0A `).test(line));
    expect(listening).toHaveLength(1);
    expect(listening[0]).toContain(`0100007F:${hex}`);
});

test("ends when its parent is killed", async () => {
    const script = `
        const { fork } = require("node:child_process");
        const child = fork(process.argv[1], [JSON.stringify({ folder: process.argv[2], port: 0, region: "eu-central-1", init: {} })], { execPath: process.argv[3] });
        child.on("message", () => console.log(child.pid));
    `;
    const node = await findModernNode(() => undefined);
    const parent = spawn(
        process.execPath,
        [
            "-e",
            script,
            path.resolve(__dirname, "../../../twin/servers/queue-process.mjs"),
            path.join(folder, "2"),
            node,
        ],
        { stdio: ["ignore", "pipe", "inherit"], cwd: path.resolve(__dirname, "../../..") },
    );
    const [text] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(text.toString());
    expect(pid).toBeGreaterThan(0);
    parent.kill("SIGKILL");
    await eventually("the process is gone", () => !isAlive(pid));
});
