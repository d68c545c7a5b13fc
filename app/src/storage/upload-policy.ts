import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";

export interface UploadPolicy {
    readonly bucket: string;
    readonly key: string;
    readonly contentType: string;
    readonly maxBytes: number;
    readonly expiresAt: Date;
}

interface Credentials {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string | undefined;
}

/**
 * The fields of a form with which a browser may post one file to S3: its key, its type and the most bytes that it may have
 * are part of what is signed. A signed PUT could not limit the size.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export async function signUploadPolicy(
    policy: UploadPolicy,
    { credentials, region, now }: { credentials: Credentials; region: string; now: Date },
): Promise<Record<string, string>> {
    const date = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
    const fields: Record<string, string> = {
        key: policy.key,
        "Content-Type": policy.contentType,
        success_action_status: "201",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": `${credentials.accessKeyId}/${date.slice(0, 8)}/${region}/s3/aws4_request`,
        "X-Amz-Date": date,
        ...(credentials.sessionToken !== undefined && { "X-Amz-Security-Token": credentials.sessionToken }),
    };
    const document = {
        expiration: policy.expiresAt.toISOString(),
        conditions: [
            { bucket: policy.bucket },
            ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
            ["content-length-range", 1, policy.maxBytes],
        ],
    };
    const encoded = Buffer.from(JSON.stringify(document)).toString("base64");
    const signer = new SignatureV4({ service: "s3", region, credentials, sha256: Sha256 });
    return { ...fields, Policy: encoded, "X-Amz-Signature": await signer.sign(encoded, { signingDate: now }) };
}
