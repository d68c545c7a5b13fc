import {
    GetObjectCommand,
    HeadBucketCommand,
    PutObjectCommand,
    S3Client,
    S3ServiceException,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import type { Policies } from "../resilience/policies";
import { ObjectNotFound, type ObjectStore, ObjectTooLarge } from "./object-store";
import { signUploadPolicy } from "./upload-policy";

export interface StorageSettings {
    readonly bucket: string;
    readonly uploadExpiresSeconds: number;
}

const CONNECT_TIMEOUT_MS = 3_000;

/**
 * The client of the bucket. Region, credentials and endpoint come from the environment, as the AWS SDK reads it; an endpoint
 * with an IP address is asked with the bucket in the path.
 */
export function createS3Client(): S3Client {
    return new S3Client({
        // The policies retry: retries of both kinds would multiply.
        maxAttempts: 1,
        requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS },
    });
}

/** The bucket of the stack. It encrypts by itself, with its own key. */
export function createS3Store(
    { bucket, uploadExpiresSeconds }: StorageSettings,
    { s3, policies }: { s3: S3Client; policies: Policies },
): ObjectStore {
    const policy = policies.for("storage");
    return {
        async presignUpload(key, { contentType, maxBytes }) {
            const now = new Date();
            const expiresAt = new Date(now.getTime() + uploadExpiresSeconds * 1_000);
            const { config } = s3;
            const fields = await signUploadPolicy(
                { bucket, key, contentType, maxBytes, expiresAt },
                { credentials: await config.credentials(), region: await config.region(), now },
            );
            return { url: await bucketUrl(s3, bucket), fields, expiresAt };
        },

        get: (key, { maxBytes = Number.POSITIVE_INFINITY } = {}) =>
            policy.run(
                async (abortSignal) => {
                    const object = await s3
                        .send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal })
                        .catch((error: unknown) => {
                            throw isMissing(error) ? new ObjectNotFound(key) : error;
                        });
                    return readBody(object.Body as AsyncIterable<Buffer> | undefined, key, maxBytes);
                },
                { idempotent: true },
            ),

        async put(key, body, { contentType, cacheControl }) {
            await policy.run(
                (abortSignal) =>
                    s3.send(
                        new PutObjectCommand({
                            Bucket: bucket,
                            Key: key,
                            Body: body,
                            ContentType: contentType,
                            CacheControl: cacheControl,
                        }),
                        { abortSignal },
                    ),
                { idempotent: true },
            );
        },
    };
}

/** Counted while it comes: what the store says about the length is not relied on. */
async function readBody(body: AsyncIterable<Buffer> | undefined, key: string, maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body ?? []) {
        bytes += chunk.length;
        // Leaving the loop ends the connection: the rest is not read.
        if (bytes > maxBytes) throw new ObjectTooLarge(key, maxBytes);
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}

/**
 * Only what S3 says is missing. It says so to those who may list what is below the key's prefix, as the stack's binding lets the
 * worker do; others are told AccessDenied, which may have any reason, as a policy or a key that was just changed: that is a
 * failure, and the message is tried again.
 */
function isMissing(error: unknown): boolean {
    return error instanceof S3ServiceException && error.name === "NoSuchKey";
}

/**
 * Where a form is posted to: the bucket's own name in its region, or its path at an endpoint that is not AWS. The SDK knows,
 * and tells it in the address of any request that it would send.
 */
async function bucketUrl(s3: S3Client, bucket: string): Promise<string> {
    const { origin, pathname } = new URL(await getSignedUrl(s3, new HeadBucketCommand({ Bucket: bucket })));
    return `${origin}${pathname}`;
}
