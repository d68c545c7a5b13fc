import { Sha256 } from "@aws-crypto/sha256-js";
import { defaultProvider } from "@aws-sdk/credential-provider-node";
import { SignatureV4 } from "@smithy/signature-v4";
import type { CacheSettings } from "./configuration";

/** ElastiCache takes a token for this long: its own limit. */
const VALIDITY_SECONDS = 900;

type Credentials = ConstructorParameters<typeof SignatureV4>[0]["credentials"];

/**
 * Makes tokens with which a user with IAM authentication opens a connection to ElastiCache: a presigned request, without its
 * scheme. https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
 *
 * @param settings the region, the replication group and the user; group and user are taken as they are, in lower case
 * @param credentials where they come from; the default is the task's role
 * @returns a function that makes one token; each is good for 15 minutes
 */
export function iamTokens(
    settings: Pick<CacheSettings, "region" | "group" | "user">,
    credentials: Credentials = defaultProvider(),
): (now?: Date) => Promise<string> {
    const { region, group: hostname, user } = settings;
    const signer = new SignatureV4({ service: "elasticache", region, credentials, sha256: Sha256 });
    return async (now = new Date()) => {
        const request = {
            method: "GET",
            protocol: "http:",
            hostname,
            path: "/",
            query: { Action: "connect", User: user },
            headers: { host: hostname },
        };
        const { query } = await signer.presign(request, { expiresIn: VALIDITY_SECONDS, signingDate: now });
        const parameters = Object.entries(query ?? {}).map(
            ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
        );
        return `${hostname}/?${parameters.join("&")}`;
    };
}
