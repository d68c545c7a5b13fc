import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { HEALTH_CHECK, type LoadBalancer } from "../../twin/balancer/balancer";
import { startProxy } from "../../twin/balancer/proxy";
import { Service, type ServiceOptions } from "../../twin/service";
import { eventually } from "../app/support/eventually";
import { isAlive } from "../app/support/is-alive";

const REPOSITORY = path.resolve(__dirname, "../..");

/** A process that behaves like one of the application: it says that it listens, and stops at SIGTERM. */
const PROGRAM = `
const http = require("node:http");
const say = (fields) => process.stdout.write(JSON.stringify(fields) + "\\n");
if (process.env.FAIL) { say({ message: "no configuration" }); process.exit(78); }
const server = http.createServer((request, response) => {
    if (request.url === "/slow") setTimeout(() => response.end(String(process.pid)), 300);
    else response.end(request.url === "/zone" ? process.env.ZONE : String(process.pid));
});
server.listen(0, "127.0.0.1", () => say({ message: "listening", port: server.address().port, tls: false }));
process.on("SIGTERM", () => { if (!process.env.STUBBORN) server.close(() => process.exit(0)); });
`;

let folder: string;
let balancer: LoadBalancer;
let services: Service[];
let events: string[];
let lines: string[];

function createService(options: Partial<ServiceOptions> = {}): Service {
    const service = new Service({
        name: "web",
        command: [process.execPath, path.join(folder, "program.js")],
        folder,
        environment: { PATH: process.env.PATH ?? "" },
        zones: ["a", "b", "c"],
        balancer,
        deregistrationDelayMs: 5_000,
        stopTimeoutMs: 20_000,
        onLine: (task, line) => lines.push(`${task} ${line}`),
        onEvent: (text) => events.push(text),
        ...options,
    });
    services.push(service);
    return service;
}

async function get(pathname = "/"): Promise<string> {
    const response = await fetch(`${balancer.url}${pathname}`);
    if (!response.ok) throw new Error(String(response.status));
    return response.text();
}

beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "headroom-service-"));
    writeFileSync(path.join(folder, "program.js"), PROGRAM);
    services = [];
    events = [];
    lines = [];
    balancer = await startProxy({ healthCheck: { ...HEALTH_CHECK, intervalMs: 30, timeoutMs: 500 } });
});

afterEach(async () => {
    await Promise.all(services.map((service) => service.stop()));
    await balancer.stop();
    rmSync(folder, { recursive: true, force: true });
});

test("as many processes run as are wanted, in zones of their own, behind the balancer", async () => {
    const service = createService();
    service.scaleTo(3);
    await service.settled();
    expect(service.running.map(({ zone }) => zone).sort()).toEqual(["a", "b", "c"]);
    const answers = new Set([await get(), await get(), await get()]);
    expect(answers).toEqual(new Set(service.running.map(({ pid }) => String(pid))));
    expect(lines).toContainEqual(expect.stringMatching(/^web-1 .*listening/));
});

test("fewer processes are left after scaling in, and no request is lost while they go", async () => {
    const service = createService();
    service.scaleTo(3);
    await service.settled();
    const slow = Array.from({ length: 9 }, () => get("/slow"));
    await sleep(50);
    service.scaleTo(1);
    await service.settled();
    expect(await Promise.all(slow)).toHaveLength(9);
    expect(service.running).toHaveLength(1);
    expect((await balancer.status()).targets).toHaveLength(1);
});

test("a killed process is replaced by another one", async () => {
    const service = createService();
    service.scaleTo(2);
    await service.settled();
    const [victim] = service.running;
    service.kill(victim?.id ?? "");
    expect(await victim?.exited).toEqual({ code: null, signal: "SIGKILL" });
    await service.settled();
    expect(service.running).toHaveLength(2);
    expect(service.running.map(({ pid }) => pid)).not.toContain(victim?.pid);
    expect((await balancer.status()).targets).toHaveLength(2);
    expect(events).toContainEqual(`${victim?.id}: ended with SIGKILL`);
});

test("a rolling restart replaces all processes and answers every request meanwhile", async () => {
    const service = createService();
    service.scaleTo(2);
    await service.settled();
    const before = service.running.map(({ pid }) => pid);
    const state = { rolling: true };
    const rolled = service.roll().finally(() => (state.rolling = false));
    let answered = 0;
    while (state.rolling) {
        await get();
        answered++;
    }
    await rolled;
    expect(answered).toBeGreaterThan(0);
    expect(service.running).toHaveLength(2);
    for (const pid of before) expect(service.running.map((task) => task.pid)).not.toContain(pid);
});

test("a process that ends again and again before it runs is told with its last words", async () => {
    const service = createService({ environment: { PATH: process.env.PATH ?? "", FAIL: "1" } });
    service.scaleTo(1);
    await expect(service.settled()).rejects.toThrow(/web does not start: .*no configuration/);
    expect(events).toContainEqual(expect.stringMatching(/^web-1: ended with code 78$/));
});

test("a process that hangs is replaced by another one", async () => {
    const service = createService({ replaceUnhealthyAfterMs: 100, deregistrationDelayMs: 10, stopTimeoutMs: 100 });
    service.scaleTo(2);
    await service.settled();
    const [victim] = service.running;
    process.kill(victim?.pid ?? 0, "SIGSTOP");
    expect(await victim?.exited).toEqual({ code: null, signal: "SIGKILL" });
    await service.settled();
    expect(service.running).toHaveLength(2);
    expect(events).toContainEqual(`${victim?.id}: unhealthy for too long, another one takes its place`);
});

test("a process that does not stop in time is killed", async () => {
    const service = createService({ environment: { PATH: process.env.PATH ?? "", STUBBORN: "1" }, stopTimeoutMs: 100 });
    service.scaleTo(1);
    await service.settled();
    const [task] = service.running;
    await service.stop();
    expect(await task?.exited).toEqual({ code: null, signal: "SIGKILL" });
});

test("kill -9 of the process that started everything leaves nothing running and no folder", async () => {
    const doomed = mkdtempSync(path.join(tmpdir(), "headroom-doomed-"));
    const script = `
        const { startSupervised, removeAtEnd } = require(${JSON.stringify(path.join(REPOSITORY, "twin/supervised-process.ts"))});
        removeAtEnd(${JSON.stringify(doomed)});
        startSupervised([process.execPath, ${JSON.stringify(path.join(folder, "program.js"))}], {
            environment: { PATH: process.env.PATH }, folder: ${JSON.stringify(folder)}, onLine: () => undefined,
        }).then(({ pid }) => process.stdout.write(pid + "\\n"));
        setInterval(() => undefined, 1_000);`;
    const parent = spawn(process.execPath, ["-r", path.join(REPOSITORY, "offline/register.js"), "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await eventually("the process is gone", () => !isAlive(pid));
    await eventually("the folder is gone", () => !existsSync(doomed));
});
