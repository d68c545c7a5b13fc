import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { STATUS_CODES } from "node:http";

/** The media type of errors: problem details, RFC 9457. */
const PROBLEM_JSON = "application/problem+json";

function sendProblem(request: FastifyRequest, reply: FastifyReply, status: number, detail?: string): FastifyReply {
    return reply
        .code(status)
        .type(PROBLEM_JSON)
        .send(JSON.stringify({ title: STATUS_CODES[status] ?? "Error", status, detail, requestId: request.id }));
}

/** Gives every error one shape. What went wrong inside is logged, not told. */
export function answerProblems(server: FastifyInstance): void {
    server.setNotFoundHandler((request, reply) => sendProblem(request, reply, 404));

    server.setErrorHandler((error: FastifyError, request, reply) => {
        const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
        if (status < 500) return sendProblem(request, reply, status, error.message);
        // 503 is load shedding at work: it is counted by its status, and a stack trace for each would add to the load.
        if (status !== 503) request.log.error({ err: error }, "request failed");
        return sendProblem(request, reply, status);
    });
}
