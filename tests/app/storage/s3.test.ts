import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { createS3Store } from "../../../app/src/storage/s3";
import { ObjectNotFound, type ObjectStore, ObjectTooLarge } from "../../../app/src/storage/object-store";
import { signUploadPolicy } from "../../../app/src/storage/upload-policy";
import { type QueueClients, START_TIMEOUT_MS, startQueue } from "../support/backing-servers";

let servers: QueueClients;
let store: ObjectStore;

beforeAll(async () => {
    servers = await startQueue();
    store = createS3Store({ bucket: servers.bucket, uploadExpiresSeconds: 300 }, servers);
}, START_TIMEOUT_MS);

const failing: Server[] = [];

afterAll(async () => {
    for (const server of failing) {
        server.closeAllConnections();
        server.close();
    }
    await servers.stop();
});

const OPTIONS = { contentType: "image/webp", cacheControl: "public, max-age=60" };

test("what was put is got back, byte for byte, with its type and its time in caches", async () => {
    const body = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
    await store.put("assets/a/b.webp", body, OPTIONS);
    expect((await store.get("assets/a/b.webp")).equals(body)).toBe(true);
    const head = await servers.s3.send(new HeadObjectCommand({ Bucket: servers.bucket, Key: "assets/a/b.webp" }));
    expect(head).toMatchObject({ ContentType: OPTIONS.contentType, CacheControl: OPTIONS.cacheControl });
});

test("a missing object is an error of its own, and no failure of the storage", async () => {
    for (let call = 0; call < 10; call++) await expect(store.get("assets/none")).rejects.toThrow(ObjectNotFound);
    expect(servers.policies.states().storage).toBe("closed");
});

test("an object that is too large is not read to its end", async () => {
    await store.put("assets/large", Buffer.alloc(300_000), OPTIONS);
    await expect(store.get("assets/large", { maxBytes: 299_999 })).rejects.toThrow(ObjectTooLarge);
    expect(await store.get("assets/large", { maxBytes: 300_000 })).toHaveLength(300_000);
});

test("a client uploads with the fields that it was given", async () => {
    const { url, fields } = await store.presignUpload("uploads/1", { contentType: "image/png", maxBytes: 1_000 });
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob([Buffer.from("the file")], { type: "image/png" }), "photo.png");
    const answer = await fetch(url, { method: "POST", body: form });
    expect(answer.status).toBe(201);
    expect((await store.get("uploads/1")).toString()).toBe("the file");
});

test("on AWS an upload goes to the bucket's own name in its region", async () => {
    const s3 = new S3Client({ region: "eu-central-1", credentials: { accessKeyId: "id", secretAccessKey: "secret" } });
    const aws = createS3Store({ bucket: "assets-1a2b3c4d", uploadExpiresSeconds: 300 }, { ...servers, s3 });
    const { url } = await aws.presignUpload("uploads/1", { contentType: "image/png", maxBytes: 1_000 });
    expect(url).toBe("https://assets-1a2b3c4d.s3.eu-central-1.amazonaws.com/");
});

test("what is signed names the bucket, the key, the type, the size and the end, and is signed as AWS wants it", async () => {
    await fc.assert(
        fc.asyncProperty(
            fc.string({ minLength: 1, maxLength: 200 }),
            fc.integer({ min: 1, max: 100_000_000 }),
            fc.date({ min: new Date("2020-01-01"), max: new Date("2090-01-01"), noInvalidDate: true }),
            async (key, maxBytes, now) => {
                const expiresAt = new Date(now.getTime() + 300_000);
                const fields = await signUploadPolicy(
                    { bucket: "assets", key, contentType: "image/png", maxBytes, expiresAt },
                    {
                        credentials: { accessKeyId: "id", secretAccessKey: "secret", sessionToken: "session" },
                        region: "eu-central-1",
                        now,
                    },
                );
                const policy = JSON.parse(Buffer.from(fields.Policy ?? "", "base64").toString()) as object;
                expect(policy).toEqual({
                    expiration: expiresAt.toISOString(),
                    conditions: expect.arrayContaining([
                        { bucket: "assets" },
                        { key },
                        { "Content-Type": "image/png" },
                        { "X-Amz-Security-Token": "session" },
                        ["content-length-range", 1, maxBytes],
                    ]) as unknown,
                });
                // The signature by its definition, without the SDK.
                const day = now.toISOString().slice(0, 10).replaceAll("-", "");
                const hmac = (secret: string | Buffer, text: string): Buffer =>
                    createHmac("sha256", secret).update(text).digest();
                const dateKey = hmac(hmac(hmac(hmac("AWS4secret", day), "eu-central-1"), "s3"), "aws4_request");
                expect(fields["X-Amz-Signature"]).toBe(hmac(dateKey, fields.Policy ?? "").toString("hex"));
                expect(fields["X-Amz-Credential"]).toBe(`id/${day}/eu-central-1/s3/aws4_request`);
            },
        ),
        { numRuns: 25 },
    );
});

/** A storage that answers every request with an error of S3. */
async function failingStore(status: number, code: string): Promise<{ store: ObjectStore; requests: () => number }> {
    let requests = 0;
    const server = createServer((_request, response) => {
        requests += 1;
        response.writeHead(status, { "content-type": "application/xml" });
        response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    failing.push(server);
    const s3 = new S3Client({
        region: "eu-central-1",
        endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        forcePathStyle: true,
        credentials: { accessKeyId: "id", secretAccessKey: "secret" },
        maxAttempts: 1,
    });
    const store = createS3Store({ bucket: "assets", uploadExpiresSeconds: 300 }, { ...servers, s3 });
    return { store, requests: () => requests };
}

test("an object that may not be read is not taken for one that is missing: the permission may come back", async () => {
    const denied = await failingStore(403, "AccessDenied");
    await expect(denied.store.get("uploads/1")).rejects.toMatchObject({ name: "AccessDenied" });
    const missing = await failingStore(404, "NoSuchKey");
    await expect(missing.store.get("uploads/1")).rejects.toThrow(ObjectNotFound);
});

test("a storage that answers 503 is asked again, and then it is unavailable", async () => {
    const { store: away, requests } = await failingStore(503, "SlowDown");
    await expect(away.get("assets/a")).rejects.toMatchObject({ name: "DependencyUnavailable", dependency: "storage" });
    expect(requests()).toBe(3);
});
