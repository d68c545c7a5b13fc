import type { FastifyReply, FastifyRequest } from "fastify";
import type { Lsn } from "../database/database";

/**
 * Carries the position of a client's last write. The client holds it, so that it lives through the loss of every cache and
 * process; a client that makes one up gets its own reads from the writer, and nothing else.
 */
const HEADER = "x-last-write";
/** A replica that is further behind is not asked anyway. */
const KEPT_SECONDS = 300;

/** As PostgreSQL writes it. */
const POSITION = /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/;

/** The position of the client's last write: by its header, else by its cookie. */
export function lastWrite(request: FastifyRequest): Lsn | undefined {
    const given = request.headers[HEADER] ?? request.cookies[HEADER];
    return typeof given === "string" && POSITION.test(given) ? given : undefined;
}

/** Tells the client the position of its write: browsers send it back by themselves, others by the header. */
export function tellLastWrite(reply: FastifyReply, position: Lsn): void {
    void reply.header(HEADER, position);
    void reply.setCookie(HEADER, position, {
        path: "/",
        httpOnly: true,
        sameSite: "strict",
        secure: "auto",
        maxAge: KEPT_SECONDS,
    });
}
