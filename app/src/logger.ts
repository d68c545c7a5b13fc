import { trace, TraceFlags } from "@opentelemetry/api";
import { destination, type DestinationStream, type Logger, type LoggerOptions, pino, stdTimeFunctions } from "pino";
import type { Configuration } from "./configuration";

/** The names under which secrets and personal data travel. Compared as written. */
const SENSITIVE = [
    "authorization",
    "Authorization",
    "cookie",
    "Cookie",
    '["set-cookie"]',
    '["x-api-key"]',
    "password",
    "passphrase",
    "secret",
    "token",
    "accessToken",
    "refreshToken",
    "privateKey",
    "email",
];

/** How deep below the logged object a sensitive name is looked for: `req.headers.authorization` is at depth 2. */
const DEPTH = 3;

/** Paths in pino's syntax: every sensitive name at every depth. */
function sensitivePaths(): string[] {
    return Array.from({ length: DEPTH + 1 }, (_, depth) => "*.".repeat(depth)).flatMap((prefix) =>
        SENSITIVE.map((name) => (name.startsWith("[") ? `${prefix.replace(/\.$/, "")}${name}` : `${prefix}${name}`)),
    );
}

/** In an error of PostgreSQL: the row that violated a constraint, and the values that a statement was about. */
const ROW_PROPERTIES = ["detail", "where", "hint", "internalQuery", "parameters"];
/** How deep errors hold others. */
const DEEPEST_ERROR = 4;

/** An error without what a database tells of a row: it may hold an address. The names of table and constraint remain. */
function withoutRows(error: object, depth = 0): object {
    return Object.fromEntries(
        Object.entries(error)
            .filter(([name]) => !ROW_PROPERTIES.includes(name))
            .map(([name, value]: [string, unknown]) => [
                name,
                depth < DEEPEST_ERROR ? within(value, depth + 1) : undefined,
            ]),
    );
}

function within(value: unknown, depth: number): unknown {
    if (Array.isArray(value)) return value.map((one) => within(one, depth));
    return typeof value === "object" && value !== null ? withoutRows(value, depth) : value;
}

/** Standard output, written at once: with pino's default the last lines before an exit may be lost or change places. */
export function standardOutput(): DestinationStream {
    return destination({ dest: process.stdout.fd, sync: true });
}

/**
 * The process's logger: one JSON object a line. Redaction is the second line of defence; the first is that requests are
 * logged without address, headers, query and body.
 *
 * @param stream where to write; the default is standard output
 */
export function createLogger(
    configuration: Pick<Configuration, "logLevel" | "role" | "version">,
    stream: DestinationStream = standardOutput(),
): Logger {
    const options: LoggerOptions = {
        level: configuration.logLevel,
        base: { service: "headroom", role: configuration.role, version: configuration.version },
        messageKey: "message",
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // Fastify's own would log addresses, which may hold tokens, and the clients' IP addresses.
        serializers: {
            req: ({ method }: { method?: string }) => ({ method }),
            err: (error: unknown) => withoutRows(pino.stdSerializers.err(error as Error)),
            res: ({ statusCode }: { statusCode?: number }) => ({ statusCode }),
        },
        // Leads from a line to its trace.
        mixin: () => {
            const traced = trace.getActiveSpan()?.spanContext();
            return traced && (traced.traceFlags & TraceFlags.SAMPLED) !== 0 ? { spanTraceId: traced.traceId } : {};
        },
        redact: { paths: sensitivePaths(), censor: "[redacted]" },
    };
    return pino(options, stream);
}
