import cookie from "@fastify/cookie";
import session, { type FastifySessionOptions } from "@fastify/session";
import type { ShopServer } from "../routes/shop-server";
import { randomBytes } from "node:crypto";

/** What the sessions are made with. */
export interface SessionOptions {
    readonly store: NonNullable<FastifySessionOptions["store"]>;
    readonly seconds: number;
}

/**
 * Identifiers are 256 random bits, valid only while the store knows them: a signature would prove nothing more. What has not
 * the form of one is not looked up.
 */
const SESSION_ID = /^[\w-]{43}$/;
const unsigned = {
    sign: (id: string) => id,
    unsign: (text: string) => {
        const valid = SESSION_ID.test(text);
        return { valid, renew: false, value: valid ? text : null };
    },
};

export const SESSION_COOKIE = "session";

/**
 * Adds sessions to a part of the server: the routes that know their client. The others do not wait for the store, and work
 * without it.
 */
export async function addSessions(server: ShopServer, { store, seconds }: SessionOptions): Promise<void> {
    await server.register(cookie);
    await server.register(session, {
        secret: unsigned,
        idGenerator: () => randomBytes(32).toString("base64url"),
        cookieName: SESSION_COOKIE,
        store,
        // Nothing is kept of a client that has not signed in.
        saveUninitialized: false,
        rolling: true,
        cookie: {
            path: "/",
            httpOnly: true,
            // Not sent with what another site makes the browser do: no request is forged with it.
            sameSite: "strict",
            // By HTTPS only, where the client came by HTTPS: a CDN without a certificate for its origin says "http" here.
            secure: "auto",
            maxAge: seconds * 1_000,
        },
    });
}
