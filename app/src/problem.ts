import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { DependencyUnavailable } from "./resilience/dependency-unavailable";
import { Refusal, type RefusalKind } from "./shop/refusal";

/** The media type of errors: problem details, RFC 9457. */
const PROBLEM_JSON = "application/problem+json";

const STATUS: Readonly<Record<RefusalKind, number>> = {
    "not found": 404,
    conflict: 409,
    invalid: 422,
    unauthenticated: 401,
    forbidden: 403,
    "switched off": 503,
};

/** For what passes by itself, where nobody knows when. */
const RETRY_AFTER_SECONDS = 2;
/** What is switched off is switched on by people. */
const SWITCHED_OFF_SECONDS = 60;

/** More of them help nobody, and an answer must not be larger than its request by any factor. */
const MOST_ERRORS = 10;

/**
 * What PostgreSQL ends a statement with that might have worked at another moment: cancelled for taking too long, no lock in
 * time, a conflict that was tried again in vain, a transaction that took too long. The client may try again.
 */
const PASSING = new Set(["57014", "55P03", "40001", "40P01", "25P03", "25P04"]);

/** What Node could not make a request of; all else is 400. */
const UNREADABLE: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

interface Answer {
    readonly status: number;
    readonly detail?: string | undefined;
    readonly errors?: readonly { path: string; message: string }[];
    readonly retryAfterSeconds?: number;
    /** The body of the request is still on its way: the connection cannot be used any further. */
    readonly close?: true;
}

function sendProblem(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
    const { status, detail, errors, retryAfterSeconds, close } = answer;
    if (retryAfterSeconds !== undefined) reply.header("retry-after", String(retryAfterSeconds));
    if (status === 401) reply.header("www-authenticate", "Bearer");
    if (close) reply.header("connection", "close");
    return reply
        .code(status)
        .type(PROBLEM_JSON)
        .header("cache-control", "no-store")
        .send(
            JSON.stringify({ title: STATUS_CODES[status] ?? "Error", status, detail, requestId: request.id, errors }),
        );
}

/** Why requests were answered 503, for their line in the log. */
const reasons = new WeakMap<FastifyRequest, string>();

/** Why a request was refused for now; undefined where it was not. */
export function reasonOf(request: FastifyRequest): string | undefined {
    return reasons.get(request);
}

/** Gives every error one shape. What went wrong inside is logged, not told. */
export function answerProblems(server: FastifyInstance): void {
    server.setNotFoundHandler((request, reply) => sendProblem(request, reply, { status: 404 }));

    server.setErrorHandler((error: FastifyError, request, reply) => {
        const answer = toAnswer(error, request);
        // 503 is load shedding at work: a line more and a stack trace for each would add to the load.
        if (answer.status === 503) reasons.set(request, describe(error));
        else if (answer.status >= 500) request.log.error({ err: error }, "request failed");
        return sendProblem(request, reply, answer);
    });
}

/** Answers what no route was looked for, since its address cannot be read: no hook has run. */
export function answerFrameworkError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    void reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    // Its message repeats the address.
    return sendProblem(request, reply, { status: error.statusCode ?? 400, detail: "The address is not valid." });
}

/**
 * Answers what is no request, on the bare connection, and closes it. Nothing of what came is logged, at no level: it may hold
 * a token or a cookie.
 */
export function answerUnreadable(log: Logger): (error: NodeJS.ErrnoException, socket: Socket) => void {
    return ({ code }, socket) => {
        if (code === "ECONNRESET" || socket.destroyed) return;
        const requestId = randomUUID();
        const status = UNREADABLE[code ?? ""] ?? 400;
        const title = STATUS_CODES[status] ?? "Error";
        log.debug({ code, requestId, statusCode: status }, "what came is no request");
        const body = JSON.stringify({ title, status, requestId });
        const headers = [
            `HTTP/1.1 ${status} ${title}`,
            "connection: close",
            "cache-control: no-store",
            "x-content-type-options: nosniff",
            `x-request-id: ${requestId}`,
            `content-type: ${PROBLEM_JSON}`,
            `content-length: ${body.length}`,
        ];
        if (socket.writable) socket.write(`${headers.join("\r\n")}\r\n\r\n${body}`);
        socket.destroySoon();
    };
}

/** PostgreSQL's and Fastify's errors have a code, and a text that may hold a value. Our own say which dependency it is. */
function describe({ code, message }: { readonly code?: string; readonly message: string }): string {
    return code ?? message;
}

function toAnswer(error: FastifyError, request: FastifyRequest): Answer {
    if (error instanceof Refusal) return fromRefusal(error);
    if (error instanceof DependencyUnavailable) return { status: 503, retryAfterSeconds: error.retryAfterSeconds };
    if (PASSING.has(error.code)) return { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS };
    if (error.code === "FST_ERR_HANDLER_TIMEOUT") {
        return request.raw.complete
            ? { status: 503, retryAfterSeconds: RETRY_AFTER_SECONDS }
            : { status: 408, close: true };
    }
    if (error.validation) return fromValidation(error);
    const status = error.statusCode !== undefined && error.statusCode >= 400 ? error.statusCode : 500;
    return status < 500 ? { status, detail: error.message } : { status };
}

function fromRefusal({ kind, message }: Refusal): Answer {
    const status = STATUS[kind];
    return { status, detail: message, ...(status === 503 && { retryAfterSeconds: SWITCHED_OFF_SECONDS }) };
}

/** Every problem at once, each with its place. */
function fromValidation({ validation = [], validationContext }: FastifyError): Answer {
    const errors = validation.slice(0, MOST_ERRORS).map(({ instancePath, message = "is not valid" }) => ({
        path: `${validationContext ?? "request"}${instancePath}`.slice(0, 200),
        message: message.slice(0, 200),
    }));
    return { status: 400, detail: "The request is not valid.", errors };
}
