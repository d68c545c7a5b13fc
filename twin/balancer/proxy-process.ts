/**
 * The proxy's process: a small load balancer on undici's connection pools, for machines without HAProxy. Started by proxy.ts,
 * which tells it what to do by messages; it ends with it.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import type { BalancerStatus } from "./balancer";
import { Latencies } from "./latencies";
import type { ProxySettings, Reply, Request } from "./messages";
import { type GroupTarget, TargetGroup } from "./target-group";

/** What concerns one connection, not the request: RFC 9110, section 7.6.1. `expect` was answered here. */
const HOP_BY_HOP = new Set([
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
]);

/** An idle client's connection is kept for as long as an Application Load Balancer does. */
const KEEP_ALIVE_MS = 60_000;

const settings = JSON.parse(process.argv[2] ?? "") as ProxySettings;
const group = new TargetGroup(settings.healthCheck);
const latencies = new Latencies();
const counts = { requests: 0, errors: 0 };

function forwardedHeaders(request: IncomingMessage): IncomingHttpHeaders {
    const headers: IncomingHttpHeaders = {};
    const named = new Set((request.headers.connection ?? "").toLowerCase().split(/\s*,\s*/));
    for (const [name, value] of Object.entries(request.headers)) {
        if (!HOP_BY_HOP.has(name) && !named.has(name)) headers[name] = value;
    }
    // A client's own word is kept in front, as the load balancer's default (append) has it.
    const before = request.headers["x-forwarded-for"];
    const client = request.socket.remoteAddress ?? "";
    headers["x-forwarded-for"] = before === undefined ? client : `${String(before)}, ${client}`;
    headers["x-forwarded-proto"] = "http";
    headers["x-amzn-trace-id"] ??= traceId();
    return headers;
}

/** In the load balancer's own form: version, seconds, 96 random bits. */
function traceId(): string {
    const seconds = Math.floor(Date.now() / 1_000).toString(16);
    return `Root=1-${seconds}-${randomBytes(12).toString("hex")}`;
}

function returnedHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function hasBody({ headers }: IncomingMessage): boolean {
    return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

async function forward(target: GroupTarget, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const abort = new AbortController();
    // A client that goes away is told to the target, which may stop working for it.
    response.once("close", () => {
        if (!response.writableFinished) abort.abort();
    });
    const answer = await target.pool.request({
        method: request.method as "GET",
        path: request.url ?? "/",
        headers: forwardedHeaders(request),
        body: hasBody(request) ? request : null,
        signal: abort.signal,
    });
    response.writeHead(answer.statusCode, returnedHeaders(answer.headers));
    await pipeline(answer.body, response);
}

/** The balancer's own answers: 502 where the target broke off, 504 where it took too long, 503 where there is none. */
function refuse(response: ServerResponse, statusCode: 502 | 503 | 504): void {
    if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
    }
    response.writeHead(statusCode, { "content-type": "text/plain", "x-answered-by": "balancer" });
    response.end(`${statusCode}\n`);
}

function statusOf(error: unknown): 502 | 504 {
    const code = (error as { code?: string }).code ?? "";
    return /TIMEOUT/.test(code) ? 504 : 502;
}

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const target = group.choose();
    counts.requests++;
    if (target === undefined) {
        refuse(response, 503);
    } else {
        target.begin();
        try {
            await forward(target, request, response);
        } catch (error) {
            refuse(response, statusOf(error));
        } finally {
            target.end();
        }
    }
    if (response.statusCode >= 500) counts.errors++;
    latencies.record(performance.now() - started);
}

function status(): BalancerStatus {
    return { ...counts, targets: group.status, latencyMs: latencies.summary() };
}

async function obey(request: Request): Promise<BalancerStatus | undefined> {
    if (request.do === "add") group.add(request.target);
    if (request.do === "remove") await group.remove(request.id, request.delayMs);
    return request.do === "status" ? status() : undefined;
}

function say(reply: Reply): void {
    process.send?.(reply);
}

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void handle(request, response);
});
server.listen(settings.port, "127.0.0.1", () => {
    say({ listening: (server.address() as AddressInfo).port });
});

process.on("message", (request: Request) => {
    void obey(request).then(
        (answer) => {
            say({ call: request.call, ...(answer && { status: answer }) });
        },
        (error: unknown) => {
            say({ call: request.call, problem: String(error) });
        },
    );
});
// The channel closes however the parent ended.
process.on("disconnect", () => process.exit(0));
// Ctrl+C reaches the whole group: the parent decides when to stop.
process.on("SIGINT", () => undefined);
