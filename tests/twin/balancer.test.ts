import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createTls } from "node:https";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { createCertificate } from "../../app/src/certificate";
import { HEALTH_CHECK, type LoadBalancer } from "../../twin/balancer/balancer";
import { findHaproxy, startHaproxy } from "../../twin/balancer/haproxy";
import { startProxy } from "../../twin/balancer/proxy";
import { eventually } from "../app/support/eventually";

const run = promisify(execFile);

const FAST = { ...HEALTH_CHECK, intervalMs: 30, timeoutMs: 2_000 };

/** A target that answers with its name, and that can be told to be slow or unwell. */
class Target {
    well = true;
    /** While it is set, answers wait for it. */
    gate: Promise<void> | undefined;
    readonly seen: { url: string; body: string; headers: Record<string, string | string[] | undefined> }[] = [];

    private constructor(
        readonly name: string,
        readonly tls: boolean,
        readonly server: Server,
    ) {}

    static async start(name: string, tls = false): Promise<Target> {
        const listener: RequestListener = (request, response) => {
            void target.#answer(request, response);
        };
        const server = tls ? createTls(await certificate(), listener) : createPlain(listener);
        const target: Target = new Target(name, tls, server);
        await once(server.listen(0, "127.0.0.1"), "listening");
        return target;
    }

    get description(): { id: string; port: number; tls: boolean } {
        return { id: this.name, port: (this.server.address() as AddressInfo).port, tls: this.tls };
    }

    stop(): void {
        this.server.close();
        this.server.closeAllConnections();
    }

    async #answer(request: Parameters<RequestListener>[0], response: Parameters<RequestListener>[1]): Promise<void> {
        if (request.url === HEALTH_CHECK.path) {
            response.statusCode = this.well ? 200 : 503;
            response.end();
            return;
        }
        let body = "";
        for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
        this.seen.push({ url: request.url ?? "", body, headers: request.headers });
        await this.gate;
        response.setHeader("x-target", this.name);
        response.end(`${this.name}:${body}`);
    }
}

async function certificate(): Promise<{ cert: string; key: string }> {
    const { cert, key } = await createCertificate();
    return { cert, key };
}

let balancer: LoadBalancer;
let targets: Target[];

async function addTarget(name: string, tls = false): Promise<Target> {
    const target = await Target.start(name, tls);
    targets.push(target);
    await balancer.add(target.description);
    await until(name, "healthy");
    return target;
}

async function until(name: string, state: string): Promise<void> {
    await eventually(`${name} is ${state}`, async () => {
        const { targets: all } = await balancer.status();
        return all.find(({ id }) => id === name)?.state === state;
    });
}

async function get(path = "/", init: RequestInit = {}): Promise<{ status: number; text: string }> {
    const response = await fetch(`${balancer.url}${path}`, init);
    return { status: response.status, text: await response.text() };
}

function gate(): { promise: Promise<void>; open: () => void } {
    let open: () => void = () => undefined;
    const promise = new Promise<void>((resolve) => (open = resolve));
    return { promise, open };
}

/** Both kinds: HAProxy only where there is one. */
const kinds = [
    { kind: "proxy", start: () => startProxy({ healthCheck: FAST }) },
    {
        kind: "haproxy",
        start: async () => {
            const executable = await findHaproxy();
            return executable === undefined ? undefined : startHaproxy(executable, { healthCheck: FAST });
        },
    },
] as const;

describe.each(kinds)("$kind", ({ kind, start }) => {
    /** Skipped in words where there is no HAProxy: jest decides what to skip before it can be looked for. */
    const test = (name: string, work: () => Promise<void>) => {
        globalThis.test(name, async () => {
            if (missing) return;
            await work();
        });
    };
    let missing = false;

    beforeEach(async () => {
        targets = [];
        const started = await start();
        missing = started === undefined;
        if (started !== undefined) balancer = started;
    });

    afterEach(async () => {
        if (!missing) await balancer.stop();
        for (const target of targets) target.stop();
    });

    test("requests are passed on with method, path, body and headers, and the client's address is told", async () => {
        const target = await addTarget("a");
        const answer = await get("/orders?page=2", {
            method: "POST",
            body: "ü".repeat(50_000),
            headers: { "x-custom": "1", "x-forwarded-for": "10.0.0.1" },
        });
        expect(answer.status).toBe(200);
        // Compared as a whole: a difference would be printed with all of it.
        expect(answer.text === `a:${"ü".repeat(50_000)}`).toBe(true);
        expect(target.seen[0]).toMatchObject({
            url: "/orders?page=2",
            headers: {
                "x-custom": "1",
                "x-forwarded-for": "10.0.0.1, 127.0.0.1",
                "x-amzn-trace-id": expect.stringMatching(/^Root=1-[0-9a-f-]{33,36}$/) as string,
            },
        });
    });

    test("targets are spoken to by TLS without a check of their certificate", async () => {
        await addTarget("secure", true);
        expect(await get()).toEqual({ status: 200, text: "secure:" });
    });

    test("a request goes to the target with the fewest that run", async () => {
        const slow = await addTarget("slow");
        const { promise, open } = gate();
        slow.gate = promise;
        const held = get();
        await eventually("the slow one has the request", () => slow.seen.length > 0);
        await addTarget("free");
        const answers = [await get(), await get(), await get()];
        expect(answers.map(({ text }) => text)).toEqual(["free:", "free:", "free:"]);
        open();
        expect((await held).text).toBe("slow:");
    });

    test("equal targets take turns", async () => {
        await addTarget("a");
        await addTarget("b");
        const answers = [await get(), await get(), await get(), await get()].map(({ text }) => text);
        expect(answers.filter((text) => text === "a:")).toHaveLength(2);
        expect(answers.filter((text) => text === "b:")).toHaveLength(2);
    });

    test("an unhealthy target gets nothing until it is healthy again", async () => {
        const [a] = [await addTarget("a"), await addTarget("b")];
        a.well = false;
        await until("a", "unhealthy");
        expect(new Set([await get(), await get(), await get()].map(({ text }) => text))).toEqual(new Set(["b:"]));
        a.well = true;
        await until("a", "healthy");
        expect(new Set([await get(), await get()].map(({ text }) => text))).toEqual(new Set(["a:", "b:"]));
    });

    test("with no healthy target all of them are asked, as an Application Load Balancer does", async () => {
        const a = await addTarget("a");
        a.well = false;
        await until("a", "unhealthy");
        expect(await get()).toEqual({ status: 200, text: "a:" });
    });

    test("a target that leaves finishes its requests and gets no new ones", async () => {
        const [leaving, staying] = [await addTarget("leaving"), await addTarget("staying")];
        const { promise, open } = gate();
        leaving.gate = promise;
        const held = [get("/held"), get("/held")];
        await eventually("both requests are there", () => leaving.seen.length + staying.seen.length === 2);
        const removed = balancer.remove("leaving", 20_000);
        await until("leaving", "draining");
        expect([await get(), await get()].map(({ text }) => text)).toEqual(["staying:", "staying:"]);
        open();
        await removed;
        expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
        expect((await balancer.status()).targets.map(({ id }) => id)).toEqual(["staying"]);
    });

    test("what a target does not finish in time is cut off with 502", async () => {
        const target = await addTarget("a");
        target.gate = gate().promise;
        const held = get();
        await eventually("the target has the request", () => target.seen.length > 0);
        await balancer.remove("a", 50);
        expect((await held).status).toBe(502);
    });

    test("without a target the answer is 503, and from a dead one an error of the balancer; both are counted", async () => {
        expect((await get()).status).toBe(503);
        const target = await addTarget("a");
        target.stop();
        // HAProxy says 503 where it gets no connection.
        expect((await get()).status).toBe(kind === "haproxy" ? 503 : 502);
        expect(await balancer.status()).toMatchObject({ requests: 2, errors: 2 });
    });

    test("an answer that breaks off in the middle reaches the client as broken, not as complete", async () => {
        const server = createPlain((_request, response) => {
            response.writeHead(200, { "content-length": "100" });
            response.write("half");
            setTimeout(() => response.destroy(), 50);
        });
        await once(server.listen(0, "127.0.0.1"), "listening");
        await balancer.add({ id: "a", port: (server.address() as AddressInfo).port, tls: false });
        await expect(get()).rejects.toThrow();
        server.close();
    });

    test("the status tells the latency of the last seconds", async () => {
        await addTarget("a");
        expect((await balancer.status()).latencyMs).toBeUndefined();
        await get();
        const { latencyMs } = await balancer.status();
        expect(latencyMs?.p50).toBeGreaterThan(0);
        expect(latencyMs?.p99).toBeGreaterThanOrEqual(latencyMs?.p50 ?? 0);
    });

    test("a target of a name that is taken is refused", async () => {
        const target = await addTarget("a");
        await expect(balancer.add(target.description)).rejects.toThrow("there is a target a already");
    });

    test("the proxy listens on the loopback interface only", async () => {
        if (process.platform !== "linux") return;
        const hexPort = balancer.port.toString(16).toUpperCase().padStart(4, "0");
        const { stdout } = await run("grep", ["-h", `:${hexPort} 00000000:0000 0A`, "/proc/net/tcp"]);
        expect(stdout.trim().split("\n")).toHaveLength(1);
        expect(stdout).toContain(`0100007F:${hexPort}`);
    });
});

test("a HAProxy that is named and will not do is refused, with what is allowed", async () => {
    await expect(findHaproxy({ HEADROOM_HAPROXY: "/bin/false" })).rejects.toThrow(
        "HEADROOM_HAPROXY=/bin/false cannot be used: it does not say its version. Allowed: the path of HAProxy 2.6 or newer, or none.",
    );
    await expect(findHaproxy({ HEADROOM_HAPROXY: "none", PATH: process.env.PATH })).resolves.toBeUndefined();
});
