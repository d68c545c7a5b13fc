import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { isHealthRoute } from "./routes/health";

/** What is taken over from outside into logs and headers: only what is harmless in both. */
const HARMLESS_IDENTIFIER = /^[\w.:=;-]{1,128}$/;

/** The identifier that the client or a proxy has given, where it is harmless. */
export function acceptIdentifier(given: string | string[] | undefined): string | undefined {
    return typeof given === "string" && HARMLESS_IDENTIFIER.test(given) ? given : undefined;
}

/**
 * One line for each request. It carries the route's pattern, not the address: an address may hold personal data or a token.
 * Health checks are logged at `debug`: three zones asking every few seconds would be most of the log.
 */
export class RequestLog extends LogController {
    constructor() {
        super({ requestIdLogLabel: "requestId" });
    }

    override incomingRequest(): void {}

    override routeNotFound(): void {}

    override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
        const route = request.routeOptions.url;
        // The load balancer's own identifier leads from a line to the balancer's access log.
        const traceId = acceptIdentifier(request.headers["x-amzn-trace-id"]);
        request.log[isHealthRoute(route) ? "debug" : "info"](
            {
                method: request.method,
                route: route ?? "unmatched",
                statusCode: reply.statusCode,
                durationMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
                ...(traceId && { traceId }),
                ...(error && { err: error }),
            },
            "request",
        );
    }
}
