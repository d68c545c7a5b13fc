/**
 * A process with sessions and nothing else: routes that need one, and one that does not. Its only argument says how, as JSON;
 * its first line says where it listens.
 */
import cookie from "@fastify/cookie";
import session from "@fastify/session";
import { fastify } from "fastify";
import type { AddressInfo } from "node:net";
import type { CacheSettings } from "../../../app/src/cache/configuration";
import { SessionStore } from "../../../app/src/cache/session-store";
import { answerProblems } from "../../../app/src/problem";
import { openProcessCache } from "./cache";

declare module "fastify" {
    interface Session {
        customer?: string;
        visits?: number;
    }
}

export interface SessionProcessOptions {
    cache: CacheSettings;
    ttlSeconds: number;
    longestSeconds?: number;
}

async function main(options: SessionProcessOptions): Promise<void> {
    const { cache, policies } = await openProcessCache(options.cache);
    const web = fastify();
    answerProblems(web);
    web.get("/catalogue", () => "open to all");
    await web.register(async (scoped) => {
        await scoped.register(cookie);
        await scoped.register(session, {
            secret: "a secret of more than thirty-two characters",
            store: new SessionStore(cache, policies.for("cache"), options),
            cookie: { secure: false, maxAge: options.ttlSeconds * 1_000 },
            saveUninitialized: false,
            rolling: true,
        });
        scoped.post("/sign-in", async (request) => {
            await request.session.regenerate();
            request.session.customer = "c1";
            return "welcome";
        });
        scoped.get("/me", (request) => ({ customer: request.session.customer ?? null }));
        scoped.post("/visit", (request) => {
            request.session.visits = (request.session.visits ?? 0) + 1;
            return { visits: request.session.visits };
        });
        scoped.post("/sign-out", async (request) => {
            await request.session.destroy();
            return "bye";
        });
    });
    await web.listen({ host: "127.0.0.1", port: 0 });
    process.stdout.write(`${(web.server.address() as AddressInfo).port}\n`);
}

void main(JSON.parse(process.argv[2] ?? "{}") as SessionProcessOptions);
