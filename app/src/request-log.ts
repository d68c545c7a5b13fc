import { type FastifyReply, type FastifyRequest, LogController } from "fastify";
import { createHash } from "node:crypto";
import { acceptIdentifier, correlationIdOf } from "./correlation";
import { reasonOf } from "./problem";
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

    override incomingRequest(request: FastifyRequest, reply: FastifyReply): void {
        // A request whose client has gone before it was answered is never completed.
        reply.raw.once("close", () => {
            if (!reply.raw.writableFinished) this.#log(request, reply, { aborted: true });
        });
    }

    override routeNotFound(): void {}

    override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
        const { statusCode } = reply;
        if (!error && statusCode < 400 && !this.#isSampled(correlationIdOf(request))) return;
        const reason = reasonOf(request);
        this.#log(request, reply, {
            statusCode,
            ...(reason !== undefined && { reason }),
            ...(error && { err: error }),
        });
    }

    #log(request: FastifyRequest, reply: FastifyReply, outcome: object): void {
        const route = request.routeOptions.url;
        // The load balancer's own identifier leads from a line to the balancer's access log.
        const traceId = acceptIdentifier(request.headers["x-amzn-trace-id"]);
        request.log[isHealthRoute(route) ? "debug" : "info"](
            {
                method: request.method,
                route: route ?? "unmatched",
                durationMs: Math.round(reply.elapsedTime * 1_000) / 1_000,
                ...outcome,
                ...(traceId && { traceId }),
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
