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
