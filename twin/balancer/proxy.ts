import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { type BalancerStatus, HEALTH_CHECK, type HealthCheck, type LoadBalancer } from "./balancer";
import type { Command, ProxySettings, Reply, Request } from "./messages";

const REGISTER = path.resolve(__dirname, "../../offline/register.js");

export interface ProxyOptions {
    /** Default 0, a free one. */
    readonly port?: number;
    readonly healthCheck?: HealthCheck;
}

/** Starts the load balancer of this repository as a process of its own, on the loopback interface. */
export async function startProxy(options: ProxyOptions = {}): Promise<LoadBalancer> {
    const settings: ProxySettings = { port: options.port ?? 0, healthCheck: options.healthCheck ?? HEALTH_CHECK };
    const child = fork(path.join(__dirname, "proxy-process.ts"), [JSON.stringify(settings)], {
        execArgv: ["-r", REGISTER],
        env: { PATH: process.env.PATH },
        stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (errors = (errors + text).slice(-4_000)));

    const waiting = new Map<number, { resolve: (reply: Reply) => void; reject: (error: Error) => void }>();
    const exited = once(child, "exit").then(() => {
        const error = new Error(`the proxy ended:\n${errors}`);
        for (const { reject } of waiting.values()) reject(error);
        waiting.clear();
        return error;
    });
    const port = await Promise.race([
        once(child, "message").then(([message]) => (message as { listening: number }).listening),
        exited.then((error) => {
            throw error;
        }),
    ]);
    child.on("message", (reply: Reply & { call: number }) => {
        waiting.get(reply.call)?.resolve(reply);
        waiting.delete(reply.call);
    });

    let calls = 0;
    const call = async (command: Command): Promise<BalancerStatus | undefined> => {
        const number = calls++;
        const reply = await new Promise<Reply>((resolve, reject) => {
            waiting.set(number, { resolve, reject });
            child.send({ ...command, call: number } satisfies Request, (error) => {
                if (error) reject(error);
            });
        });
        if ("problem" in reply) throw new Error(reply.problem);
        return "status" in reply ? reply.status : undefined;
    };
    return {
        kind: "proxy",
        url: `http://127.0.0.1:${port}`,
        port,
        pid: child.pid ?? 0,
        add: async (target) => {
            await call({ do: "add", target });
        },
        remove: async (id, delayMs) => {
            await call({ do: "remove", id, delayMs });
        },
        status: async () => {
            const status = await call({ do: "status" });
            if (status === undefined) throw new Error("the proxy told no status");
            return status;
        },
        stop: async () => {
            if (child.connected) child.disconnect();
            await exited;
        },
    };
}
