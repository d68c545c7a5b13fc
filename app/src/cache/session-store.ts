import type * as fastifySession from "@fastify/session";
import type { Session } from "fastify";
import { createHash } from "node:crypto";
import { z } from "zod";
import type { DependencyPolicy } from "../resilience/policies";
import type { Cache } from "./cache";

declare module "fastify" {
    interface Session {
        /** When the session was first stored, in milliseconds since 1970. Set by the store. */
        createdAt?: number;
    }
}

export interface SessionStoreSettings {
    /** How long a session lives after its last request. */
    ttlSeconds: number;
    /** How long it lives at most, however often it is used: a stolen one must end some day. The default is 30 days. */
    longestSeconds?: number;
}

const DAY_SECONDS = 24 * 60 * 60;

const Stored = z.looseObject({ createdAt: z.number() });

/** The session itself, where the plugin gave one: it knows whether it was changed. */
interface MaybeModified {
    isModified?: () => boolean;
}

/**
 * Sessions for @fastify/session, in the cache: any process can serve any request. A session is kept as JSON below the hash of
 * its id, so that nobody who sees the keys can use them.
 *
 * Reading a session prolongs it, in the same command. A request that does not change its session writes nothing, and so does
 * not fail after its work is done because the cache has gone meanwhile. What is kept of the cookie is nothing: its lifetime is
 * the entry's.
 *
 * With the cache down, requests that carry a session fail with 503 and Retry-After: register the plugin only for the routes
 * that need a session, and the others go on. A session that was evicted, or was lost with its node, is a signed-out user.
 */
export class SessionStore implements fastifySession.SessionStore {
    readonly #ttlSeconds: number;
    readonly #longestMs: number;

    constructor(
        private readonly cache: Pick<Cache, "client" | "keyPrefix">,
        private readonly policy: DependencyPolicy,
        { ttlSeconds, longestSeconds = 30 * DAY_SECONDS }: SessionStoreSettings,
    ) {
        this.#ttlSeconds = Math.ceil(ttlSeconds);
        this.#longestMs = longestSeconds * 1_000;
    }

    get(id: string, callback: (error: unknown, session?: Session | null) => void): void {
        report(this.#read(id), callback);
    }

    set(id: string, session: Session, callback: (error?: unknown) => void): void {
        report(this.#write(id, session), callback);
    }

    destroy(id: string, callback: (error?: unknown) => void): void {
        report(
            this.policy.run(() => this.cache.client.del(this.#key(id)), { idempotent: true }),
            callback,
        );
    }

    async #read(id: string): Promise<Session | null> {
        const text = await this.policy.run(() => this.cache.client.getex(this.#key(id), "EX", this.#ttlSeconds), {
            idempotent: true,
        });
        const stored = Stored.safeParse(parseJson(text));
        // What cannot be read is no session: the user signs in again.
        if (!stored.success || Date.now() > stored.data.createdAt + this.#longestMs) return null;
        // The plugin makes the cookie anew, from its options.
        return stored.data as unknown as Session;
    }

    async #write(id: string, session: Session): Promise<void> {
        const isModified = (session as MaybeModified).isModified?.bind(session);
        if (isModified?.() === false) return;
        const { cookie: _cookie, ...data } = session;
        const text = JSON.stringify({ ...data, createdAt: session.createdAt ?? Date.now() });
        await this.policy.run(() => this.cache.client.set(this.#key(id), text, "EX", this.#ttlSeconds), {
            idempotent: true,
        });
    }

    #key(id: string): string {
        return `${this.cache.keyPrefix}:session:${createHash("sha256").update(id).digest("base64url")}`;
    }
}

/** The plugin speaks callbacks. What a callback throws is not the store's: it must not come back as a second call. */
function report<T>(work: Promise<T>, callback: (error: unknown, value?: T) => void): void {
    work.then(
        (value) => {
            setImmediate(callback, null, value);
        },
        (error: unknown) => {
            setImmediate(callback, error);
        },
    );
}

function parseJson(text: string | null): unknown {
    try {
        return text === null ? undefined : JSON.parse(text);
    } catch {
        return undefined;
    }
}
