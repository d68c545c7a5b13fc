import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { createHash } from "node:crypto";
import { acceptIdentifier, correlationIdOf } from "./correlation";
import { isHealthRoute } from "./routes/health";

/**
 * One line for each request. It carries the route's pattern, not the address: an address may hold personal data or a token.
 * Health checks are logged at `debug`: three zones asking every few seconds would be most of the log.
 */
export class RequestLog extends LogController {
    /** @param samplePercent how many of the requests that went well are logged; the others always are */
    constructor(private readonly samplePercent = 100) {
        super({ requestIdLogLabel: "requestId" });
    }

    override incomingRequest(): void {}

    override routeNotFound(): void {}

    override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
        const route = request.routeOptions.url;
        const level = isHealthRoute(route) ? "debug" : "info";
        if (level === "info" && !error && reply.statusCode < 400 && !this.#isSampled(correlationIdOf(request))) return;
        // The load balancer's own identifier leads from a line to the balancer's access log.
        const traceId = acceptIdentifier(request.headers["x-amzn-trace-id"]);
        request.log[level](
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

    /** By what the requests of a journey have in common: of a journey all is logged, or nothing. */
    #isSampled(correlationId: string): boolean {
        if (this.samplePercent >= 100) return true;
        const share = createHash("sha256").update(correlationId).digest().readUInt32BE() / 2 ** 32;
        return share * 100 < this.samplePercent;
    }
}
