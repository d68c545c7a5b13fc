import type { FastifyRequest } from "fastify";
import type { IncomingMessage } from "node:http";

/** What is taken over from outside into logs and headers: only what is harmless in both. */
const HARMLESS_IDENTIFIER = /^[\w.:=;-]{1,128}$/;

/** Given by a client whose requests belong together; else every request is a journey of its own. */
const CORRELATION_ID_HEADER = "x-correlation-id";

/** The identifier that the client or a proxy has given, where it is harmless. */
export function acceptIdentifier(given: string | string[] | undefined): string | undefined {
    return typeof given === "string" && HARMLESS_IDENTIFIER.test(given) ? given : undefined;
}

/** What a request and everything that comes of it are logged with, in every process. */
export function correlationIdOf(request: FastifyRequest): string {
    return givenCorrelationId(request.raw) ?? request.id;
}

/** The one that came with the request. */
export function givenCorrelationId(request: IncomingMessage): string | undefined {
    return acceptIdentifier(request.headers[CORRELATION_ID_HEADER]);
}
