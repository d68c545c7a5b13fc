import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import { SessionStore } from "../../../app/src/cache/session-store";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { bundle } from "../support/bundle";
import { openProcessCache, settingsFor } from "../support/cache";
import type { SessionProcessOptions } from "../support/session-process";
import { eventually } from "../support/eventually";

jest.setTimeout(120_000);

const program = bundle(path.join(__dirname, "../support/session-process.ts"));
afterAll(program.remove);

interface Answer {
    status: number;
    body: string;
    cookie: string;
}

/** A process with sessions. */
class Web {
    private constructor(
        private readonly child: ChildProcess,
        private readonly port: string,
    ) {}

    static async start(options: SessionProcessOptions): Promise<Web> {
        const child = spawn(process.execPath, [program.file, JSON.stringify(options)], {
            stdio: ["ignore", "pipe", "inherit"],
        });
        const [port] = (await once(createInterface(child.stdout), "line")) as [string];
        return new Web(child, port);
    }

    async ask(method: "GET" | "POST", url: string, cookie = ""): Promise<Answer> {
        const response = await fetch(`http://127.0.0.1:${this.port}${url}`, {
            method,
            ...(cookie !== "" && { headers: { cookie } }),
        });
        return {
            status: response.status,
            body: await response.text(),
            cookie: (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "",
        };
    }

    /** Answers the cookie of a new session. */
    async signIn(): Promise<string> {
        const { status, cookie } = await this.ask("POST", "/sign-in");
        expect(status).toBe(200);
        expect(cookie).toMatch(/^sessionId=./);
        return cookie;
    }

    async kill(): Promise<void> {
        if (this.child.exitCode !== null || this.child.signalCode !== null) return;
        const ended = once(this.child, "exit");
        this.child.kill("SIGKILL");
        await ended;
    }
}

const SIGNED_IN = '{"customer":"c1"}';
const NOBODY = '{"customer":null}';

describe("sessions in the cache", () => {
    let server: ValkeyServer;
    let web: Web;
    let other: Web;
    const more: Web[] = [];

    async function start(options: Partial<SessionProcessOptions> = {}): Promise<Web> {
        const started = await Web.start({ cache: settingsFor(server), ttlSeconds: 3_600, ...options });
        more.push(started);
        return started;
    }

    const keys = (): Promise<string[]> => server.administer((client) => client.keys("*session*"));
    const stored = async (): Promise<[string, string]> => {
        const [key = ""] = await keys();
        return [key, (await server.administer((client) => client.get(key))) ?? ""];
    };

    beforeAll(async () => {
        server = await startValkey();
        [web, other] = await Promise.all([start(), start()]);
    });
    afterAll(async () => {
        await Promise.all(more.map((each) => each.kill()));
        await server.stop();
    });
    beforeEach(() => server.administer((client) => client.flushall()));

    test("are the same whichever process answers", async () => {
        const cookie = await web.signIn();
        expect((await other.ask("GET", "/me", cookie)).body).toBe(SIGNED_IN);
        await other.ask("POST", "/visit", cookie);
        expect((await web.ask("POST", "/visit", cookie)).body).toBe('{"visits":2}');
    });

    test("survive the process that made them", async () => {
        const killed = await start();
        const cookie = await killed.signIn();
        await killed.kill();
        expect((await web.ask("GET", "/me", cookie)).body).toBe(SIGNED_IN);
    });

    test("are gone after the sign-out", async () => {
        const cookie = await web.signIn();
        await web.ask("POST", "/sign-out", cookie);
        expect((await other.ask("GET", "/me", cookie)).body).toBe(NOBODY);
        expect(await keys()).toEqual([]);
    });

    test("are prolonged by being used, in the cache and at the client", async () => {
        const cookie = await web.signIn();
        const [key] = await stored();
        await server.administer((client) => client.expire(key, 10));
        expect((await web.ask("GET", "/me", cookie)).cookie).toBe(cookie);
        expect(await server.administer((client) => client.ttl(key))).toBeGreaterThan(3_500);
    });

    test("end some day, however often they are used", async () => {
        const strict = await start({ longestSeconds: 0 });
        const cookie = await strict.signIn();
        await eventually("the session has ended", async () => (await strict.ask("GET", "/me", cookie)).body === NOBODY);
    });

    test("keep their age over a change", async () => {
        const cookie = await web.signIn();
        const { createdAt } = JSON.parse((await stored())[1]) as { createdAt: number };
        await eventually("time goes by", () => Date.now() > createdAt);
        await web.ask("POST", "/visit", cookie);
        expect(JSON.parse((await stored())[1])).toEqual({ customer: "c1", visits: 1, createdAt });
    });

    test("cannot be used by who sees what the cache holds", async () => {
        const cookie = await web.signIn();
        const id = decodeURIComponent(cookie.split("=")[1] ?? "").split(".")[0] ?? "";
        expect(id.length).toBeGreaterThan(20);
        expect((await stored()).join(" ")).not.toContain(id);
    });

    test.each(["{", "[]", '{"customer":"c1"}', ""])("are nobody's where %j is stored", async (text) => {
        const cookie = await web.signIn();
        const [key] = await stored();
        await server.administer((client) => client.set(key, text));
        expect(await web.ask("GET", "/me", cookie)).toMatchObject({ status: 200, body: NOBODY });
    });

    test("are not made for who only looks", async () => {
        expect((await web.ask("GET", "/me")).cookie).toBe("");
        expect(await keys()).toEqual([]);
    });

    test("are answered with 503 while the cache is down, other routes go on, and all is well when it is back", async () => {
        const cookie = await web.signIn();
        server.kill();
        await server.exited();

        const refused = await web.ask("GET", "/me", cookie);
        expect(refused.status).toBe(503);
        expect(refused.body).not.toMatch(/ECONN|127\.0\.0\.1|session/);
        expect(await web.ask("GET", "/catalogue", cookie)).toMatchObject({ status: 200 });
        // Who has none needs none.
        expect(await web.ask("GET", "/me")).toMatchObject({ status: 200 });

        await server.start();
        for (const process of [web, other]) {
            await eventually(
                "sessions work again",
                async () => (await process.ask("GET", "/me", cookie)).status === 200,
            );
        }
        expect((await other.ask("GET", "/me", await web.signIn())).body).toBe(SIGNED_IN);
    });

    test("do not fail a request that has not changed them when the cache goes meanwhile", async () => {
        const { cache, policies } = await openProcessCache(settingsFor(server));
        const store = new SessionStore(cache, policies.for("cache"), { ttlSeconds: 60 });
        await cache.close();
        const set = (modified: boolean): Promise<string> =>
            new Promise((resolve) => {
                const session = { cookie: { originalMaxAge: null }, isModified: () => modified };
                store.set("s1", session, (error) => {
                    resolve(error ? "failed" : "fine");
                });
            });
        expect([await set(false), await set(true)]).toEqual(["fine", "failed"]);
    });
});
