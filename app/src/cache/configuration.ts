import { z } from "zod";
import { oneOf, type Setting, wholeNumber } from "../setting";

/** What `openCache` is told; see `CACHE_SETTINGS` for what each value is good for. */
export interface CacheSettings {
    readonly endpoint: { readonly host: string; readonly port: number };
    readonly mode: "cluster" | "standalone";
    readonly tls: boolean;
    /** PEM file with the authorities that sign the servers' certificates; empty for the system's own. */
    readonly caFile: string;
    /** Empty: the server's default user. */
    readonly user: string;
    readonly auth: "iam" | "password" | "none";
    /** With `auth: "password"`. */
    readonly password: string;
    /** With `auth: "iam"`: the region and the replication group that tokens are made for. */
    readonly region: string;
    readonly group: string;
    readonly keyPrefix: string;
    readonly connectionName: string;
    readonly connectTimeoutMs: number;
    readonly commandTimeoutMs: number;
}

const ENDPOINT = /^([A-Za-z0-9](?:[\w.-]{0,251}[A-Za-z0-9])?):([1-9]\d{0,4})$/;

function isEndpoint(text: string): boolean {
    const port = ENDPOINT.exec(text)?.[2];
    return port !== undefined && Number(port) <= 65_535;
}

/**
 * Every variable of the cache. The stack's binding (`Cache.binding`) gives endpoint, TLS, mode, user and authentication; the
 * rest has defaults.
 */
export const CACHE_SETTINGS = {
    /** `host:port`; of a cluster the configuration endpoint. Empty: this process has no cache. */
    CACHE_ENDPOINT: {
        schema: z.string().refine((text) => text === "" || isEndpoint(text)),
        fallback: "",
        allowed: "a host name or an IPv4 address, a colon and a port",
        example: "clustercfg.cache.abc123.euc1.cache.amazonaws.com:6379",
    } as Setting<string>,
    /** `cluster`: the client asks the server which node holds which keys. */
    CACHE_MODE: oneOf(["cluster", "standalone"], "cluster"),
    /** `off` only on one machine: passwords, tokens and sessions would travel in clear text. */
    CACHE_TLS: oneOf(["on", "off"], "on"),
    /** Empty: the authorities that Node knows, which those of ElastiCache are among. */
    CACHE_CA_FILE: {
        schema: z.string().max(4_096),
        fallback: "",
        allowed: "the path of a PEM file",
        example: "/run/cache-ca.pem",
    } as Setting<string>,
    /** Empty: the server's default user. */
    CACHE_USER: {
        schema: z.string().regex(/^[\w-]{0,128}$/),
        fallback: "",
        allowed: "up to 128 letters, digits and _ -",
        example: "cache-app-1a2b3c4d",
    } as Setting<string>,
    /** `iam`: tokens of ElastiCache, renewed by themselves. `password`: CACHE_PASSWORD. `none`: on one machine only. */
    CACHE_AUTH: oneOf(["iam", "password", "none"], "password"),
    CACHE_PASSWORD: {
        schema: z.string().max(1_024),
        fallback: "",
        allowed: "up to 1024 characters",
        example: "<from a secret>",
        secret: true,
    } as Setting<string>,
    /** The region that IAM tokens are made for. */
    CACHE_REGION: {
        schema: z.string().regex(/^(|[a-z]{2}(-[a-z]+)+-\d)$/),
        fallback: "",
        allowed: "a region of AWS",
        example: "eu-central-1",
    } as Setting<string>,
    /** The replication group that IAM tokens are made for. */
    CACHE_GROUP: {
        schema: z.string().regex(/^[a-z0-9-]{0,40}$/),
        fallback: "",
        allowed: "up to 40 lower-case letters, digits and -",
        example: "cache-1a2b3c4d",
    } as Setting<string>,
    /** Stands before every key, so that two applications can share a server. */
    CACHE_KEY_PREFIX: {
        schema: z.string().regex(/^[a-z0-9-]{1,32}$/),
        fallback: "shop",
        allowed: "1 to 32 lower-case letters, digits and -",
        example: "shop",
    } as Setting<string>,
    /** Opening a connection: TCP, TLS, authentication. */
    CACHE_CONNECT_TIMEOUT_MS: wholeNumber(100, 60_000, 2_000, " of milliseconds"),
    /**
     * A command, with the way there and back. A cache answers in one millisecond; what takes this long is broken. No more than
     * the policy of the cache allows; see resilience/defaults.ts.
     */
    CACHE_COMMAND_TIMEOUT_MS: wholeNumber(10, 500, 400, " of milliseconds"),
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `CACHE_SETTINGS`, as read. */
export type CacheValues = {
    readonly [K in keyof typeof CACHE_SETTINGS]: (typeof CACHE_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** What is wrong between two values; empty where nothing is. */
export function cacheProblems(values: CacheValues): string[] {
    if (values.CACHE_ENDPOINT === "") return [];
    const problems: string[] = [];
    const { CACHE_AUTH: auth } = values;
    if (auth === "password" && values.CACHE_PASSWORD === "") {
        problems.push(
            "CACHE_PASSWORD is not set, and CACHE_AUTH=password needs it. Give the password from a secret, or authenticate " +
                "by IAM: CACHE_AUTH=iam CACHE_USER=cache-app CACHE_REGION=eu-central-1 CACHE_GROUP=cache",
        );
    }
    if (auth === "iam") {
        for (const [name, example] of [
            ["CACHE_USER", "cache-app-1a2b3c4d"],
            ["CACHE_REGION", "eu-central-1"],
            ["CACHE_GROUP", "cache-1a2b3c4d"],
        ] as const) {
            if (values[name] !== "") continue;
            problems.push(
                `${name} is not set, and CACHE_AUTH=iam needs it to make tokens. Example: ${name}=${example}`,
            );
        }
        if (values.CACHE_TLS === "off") {
            problems.push(
                "CACHE_TLS=off does not go with CACHE_AUTH=iam: tokens would travel in clear text, and ElastiCache refuses " +
                    "them. Example: CACHE_TLS=on",
            );
        }
    }
    return problems;
}

/**
 * The settings of the cache; undefined where CACHE_ENDPOINT is empty.
 *
 * @param connectionName what `CLIENT LIST` shows: the role of the process
 */
export function cacheSettings(values: CacheValues, connectionName: string): CacheSettings | undefined {
    const [, host, port] = ENDPOINT.exec(values.CACHE_ENDPOINT) ?? [];
    if (host === undefined || port === undefined) return undefined;
    return {
        endpoint: { host, port: Number(port) },
        mode: values.CACHE_MODE,
        tls: values.CACHE_TLS === "on",
        caFile: values.CACHE_CA_FILE,
        user: values.CACHE_USER,
        auth: values.CACHE_AUTH,
        password: values.CACHE_PASSWORD,
        region: values.CACHE_REGION,
        group: values.CACHE_GROUP,
        keyPrefix: values.CACHE_KEY_PREFIX,
        connectionName,
        connectTimeoutMs: values.CACHE_CONNECT_TIMEOUT_MS,
        commandTimeoutMs: values.CACHE_COMMAND_TIMEOUT_MS,
    };
}
