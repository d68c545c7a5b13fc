import type { FastifyInstance } from "fastify";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Configuration } from "./configuration";

/**
 * How long the headers of a request may take, and a TLS handshake. A connection that is kept between two requests is not
 * meant: it has the keep-alive time-out.
 */
export const HEADERS_TIMEOUT_MS = 15_000;

/** How often connections are looked at: what is late is cut off at most so much later. Node's default is 30 s. */
export const CHECK_INTERVAL_MS = 5_000;

/** A slow body is answered 408 by the request's own time-out. Only where that does not help is the connection cut. */
const AFTER_REQUEST_TIMEOUT_MS = 5_000;

/** Sets how long a connection may keep the process waiting, in each of its states. */
export function limitConnections(
    { server }: FastifyInstance,
    { keepAliveTimeoutMs, requestTimeoutMs }: Pick<Configuration, "keepAliveTimeoutMs" | "requestTimeoutMs">,
): void {
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = HEADERS_TIMEOUT_MS + requestTimeoutMs + AFTER_REQUEST_TIMEOUT_MS;
    // A client that does not read its answer: nothing moves, in either direction. Longer than any request takes.
    server.timeout = keepAliveTimeoutMs;
}

/**
 * Ends, when the server closes, every connection that carries no request. Node closes those that are idle between two requests
 * and waits for all others, without any time-out: one that was opened and never used, or that is still at its headers or its
 * handshake, would hold up the stop until all connections are cut.
 */
export function releaseQuietConnections(server: FastifyInstance): void {
    const sockets = new Set<Socket>();
    let running = 0;
    let closing = false;
    const release = (): void => {
        if (!closing || running > 0) return;
        // What has been written is sent first.
        for (const socket of sockets) socket.destroySoon();
    };
    server.server
        .on("connection", (socket: Socket) => {
            sockets.add(socket);
            socket.once("close", () => sockets.delete(socket));
            if (closing) release();
        })
        .prependListener("request", (_request: unknown, response: ServerResponse) => {
            running++;
            response.once("close", () => {
                running--;
                release();
            });
        });
    server.addHook("preClose", (done) => {
        closing = true;
        // Once the server takes no more of them.
        setImmediate(release);
        done();
    });
}
