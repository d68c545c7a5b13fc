import { setTimeout as sleep } from "node:timers/promises";
import type { LoadBalancer } from "./balancer/balancer";
import { type Exit, startSupervised, type SupervisedProcess } from "./supervised-process";

export interface ServiceOptions {
    readonly name: "web" | "worker";
    readonly command: readonly string[];
    readonly folder: string;
    readonly environment: Readonly<Record<string, string>>;
    /** Processes are spread over them. */
    readonly zones: readonly string[];
    /** Gets the processes as targets; workers have none. */
    readonly balancer?: LoadBalancer;
    /** How long a process that leaves may finish its requests before it is told to stop. */
    readonly deregistrationDelayMs: number;
    /** How long it may take to stop before it is killed. Above the application's own STOP_TIMEOUT_SECONDS. */
    readonly stopTimeoutMs: number;
    /**
     * How long the balancer may find a process unhealthy before another one takes its place. Default 30 s: what the stack's
     * balancer needs to find it, whereupon the scheduler of ECS replaces it.
     */
    readonly replaceUnhealthyAfterMs?: number;
    readonly onLine: (task: string, line: string) => void;
    /** Is told what happens to tasks, in words. */
    readonly onEvent: (text: string) => void;
}

export type TaskState = "starting" | "running" | "stopping";

/** One process of the service. */
export interface Task {
    readonly id: string;
    readonly zone: string;
    readonly pid: number;
    readonly port: number | undefined;
    readonly state: TaskState;
    readonly exited: Promise<Exit>;
}

interface OwnTask extends Task {
    port: number | undefined;
    state: TaskState;
    readonly process: SupervisedProcess;
}

const REPLACE_UNHEALTHY_MS = 30_000;

/** After a process that ended before it ran, the next one waits: 0.5 s, 1 s, 2 s, … as schedulers do. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Keeps as many processes of one role running as are wanted, as the scheduler of ECS does: what ends is replaced, a new
 * one gets requests when it says that it listens, one that leaves is taken from the load balancer first and stopped then.
 */
export class Service {
    readonly #tasks = new Map<string, OwnTask>();
    #desired = 0;
    #number = 0;
    #failures = 0;
    /** Zones of those that are about to start. */
    readonly #starting: string[] = [];
    readonly #stopping = new AbortController();
    #waiting: (() => void)[] = [];
    readonly #unhealthySince = new Map<string, number>();
    #watch: NodeJS.Timeout | undefined;
    #lastProblem = "";

    constructor(private readonly options: ServiceOptions) {}

    get name(): string {
        return this.options.name;
    }

    get desired(): number {
        return this.#desired;
    }

    get tasks(): readonly Task[] {
        return [...this.#tasks.values()];
    }

    /** Tasks that do their work. */
    get running(): readonly Task[] {
        return this.tasks.filter(({ state }) => state === "running");
    }

    /** Wants another number of processes; `settled` tells when there are as many. */
    scaleTo(count: number): void {
        if (this.#isStopped()) return;
        this.#desired = count;
        if (this.options.balancer !== undefined) this.#watch ??= this.#watchHealth(this.options.balancer);
        this.#reconcile();
    }

    /**
     * Resolves when as many run as are wanted, and none is starting or stopping.
     *
     * @throws Error with the last words of a process, where they end again and again
     */
    async settled(): Promise<void> {
        while (!this.#isSettled) {
            if (this.#failures >= 3) throw new Error(`${this.name} does not start: ${this.#lastProblem}`);
            await this.#change();
        }
    }

    /** Replaces every process, the new ones first: what a deployment does. */
    async roll(): Promise<void> {
        const old = this.running;
        const before = this.#desired;
        this.options.onEvent(`${this.name}: rolling restart of ${old.length}`);
        this.scaleTo(before + old.length);
        await this.settled();
        this.#desired = before;
        await Promise.all(old.map((task) => this.#retire(task as OwnTask)));
        await this.settled();
    }

    /** `kill -9`. Another process takes its place. */
    kill(id: string): void {
        this.#tasks.get(id)?.process.signal("SIGKILL");
    }

    /** Stops all processes in order and starts no more. */
    async stop(): Promise<void> {
        this.#stopping.abort();
        clearInterval(this.#watch);
        this.#desired = 0;
        // Nobody is there any more to be served while they leave.
        await Promise.all([...this.#tasks.values()].map((task) => this.#end(task)));
        // Those that were about to start are stopped as soon as they have.
        while (this.#starting.length > 0 || this.#tasks.size > 0) await this.#change();
    }

    #isStopped(): boolean {
        return this.#stopping.signal.aborted;
    }

    /** Resolves when something about the tasks is different. */
    #change(): Promise<void> {
        return new Promise((resolve) => this.#waiting.push(resolve));
    }

    get #isSettled(): boolean {
        const tasks = this.tasks;
        return tasks.length === this.#desired && this.#starting.length === 0 && this.running.length === tasks.length;
    }

    #notify(): void {
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const resolve of waiting) resolve();
    }

    #reconcile(): void {
        if (this.#isStopped()) return;
        const present = [...this.#tasks.values()].filter(({ state }) => state !== "stopping");
        for (let count = present.length + this.#starting.length; count < this.#desired; count++) void this.#start();
        const surplus = present.length - this.#desired;
        // The youngest go first: zones fill in turn, so they empty in turn.
        for (const task of surplus > 0 ? present.slice(-surplus) : []) void this.#retire(task);
        this.#notify();
    }

    async #start(): Promise<void> {
        const zone = this.#emptiestZone();
        this.#starting.push(zone);
        const delay = this.#failures === 0 ? 0 : Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.#failures);
        await sleep(delay, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        if (this.#isStopped() || this.#tasks.size - this.#leaving >= this.#desired) {
            this.#forget(zone);
            this.#notify();
            return;
        }
        const number = ++this.#number;
        const id = `${this.name}-${number}`;
        const process = await startSupervised(this.options.command, {
            folder: this.options.folder,
            environment: { ...this.options.environment, ZONE: zone },
            onLine: (line) => {
                this.#read(id, line);
            },
        });
        const task: OwnTask = {
            id,
            zone,
            pid: process.pid,
            port: undefined,
            state: "starting",
            exited: process.exited,
            process,
        };
        this.#tasks.set(id, task);
        this.#forget(zone);
        void process.exited.then((exit) => this.#ended(task, exit));
        // It was asked to stop while the process came up.
        if (this.#isStopped()) void this.#end(task);
        else this.#reconcile();
    }

    #watchHealth(balancer: LoadBalancer): NodeJS.Timeout {
        const patience = this.options.replaceUnhealthyAfterMs ?? REPLACE_UNHEALTHY_MS;
        const look = async (): Promise<void> => {
            const { targets } = await balancer.status();
            for (const task of this.#tasks.values()) {
                const unhealthy = targets.find(({ id }) => id === task.id)?.state === "unhealthy";
                if (!unhealthy || task.state !== "running") {
                    this.#unhealthySince.delete(task.id);
                    continue;
                }
                const since = this.#unhealthySince.get(task.id) ?? performance.now();
                this.#unhealthySince.set(task.id, since);
                if (performance.now() - since >= patience) this.#replace(task);
            }
        };
        // While it stops there may be no balancer to ask.
        return setInterval(() => void look().catch(() => undefined), Math.min(1_000, patience));
    }

    #replace(task: OwnTask): void {
        this.options.onEvent(`${task.id}: unhealthy for too long, another one takes its place`);
        this.#unhealthySince.delete(task.id);
        void this.#retire(task);
        this.#reconcile();
    }

    get #leaving(): number {
        return this.tasks.filter(({ state }) => state === "stopping").length;
    }

    #forget(zone: string): void {
        this.#starting.splice(this.#starting.indexOf(zone), 1);
    }

    #emptiestZone(): string {
        const counts = this.options.zones.map((zone) => ({
            zone,
            count:
                this.tasks.filter((task) => task.zone === zone && task.state !== "stopping").length +
                this.#starting.filter((other) => other === zone).length,
        }));
        return counts.sort((a, b) => a.count - b.count)[0]?.zone ?? "";
    }

    #read(id: string, line: string): void {
        this.options.onLine(id, line);
        this.#lastProblem = line;
        if (!line.includes('"listening"')) return;
        const { message, port, tls } = parse(line);
        const task = this.#tasks.get(id);
        if (message !== "listening" || typeof port !== "number" || task?.state !== "starting") return;
        void this.#ready(task, port, tls !== false);
    }

    async #ready(task: OwnTask, port: number, tls: boolean): Promise<void> {
        task.port = port;
        await this.options.balancer?.add({ id: task.id, port, tls });
        await this.#healthy(task);
        if (task.state !== "starting") return;
        task.state = "running";
        this.#failures = 0;
        this.options.onEvent(`${task.id}: running in ${task.zone}, port ${port}, pid ${task.pid}`);
        this.#reconcile();
    }

    /** Waits for the balancer's word that it gets requests. */
    async #healthy(task: OwnTask): Promise<void> {
        const { balancer } = this.options;
        if (balancer === undefined) return;
        while (task.state === "starting") {
            const { targets } = await balancer.status();
            if (targets.find(({ id }) => id === task.id)?.state === "healthy") return;
            await sleep(50);
        }
    }

    async #retire(task: OwnTask): Promise<void> {
        if (task.state === "stopping") return;
        task.state = "stopping";
        this.options.onEvent(`${task.id}: leaving`);
        await this.options.balancer?.remove(task.id, this.options.deregistrationDelayMs).catch(() => undefined);
        await this.#end(task);
    }

    async #end(task: OwnTask): Promise<void> {
        task.state = "stopping";
        task.process.signal("SIGTERM");
        const timer = setTimeout(() => {
            this.options.onEvent(`${task.id}: did not stop in time, killed`);
            task.process.signal("SIGKILL");
        }, this.options.stopTimeoutMs);
        await task.exited;
        clearTimeout(timer);
    }

    async #ended(task: OwnTask, { code, signal }: Exit): Promise<void> {
        const { state } = task;
        task.state = "stopping";
        this.#tasks.delete(task.id);
        if (state === "starting") this.#failures++;
        if (state !== "stopping" || code !== 0) {
            this.options.onEvent(`${task.id}: ended with ${signal ?? `code ${String(code)}`}`);
        }
        this.#notify();
        this.#reconcile();
        // A dead one has nothing to finish.
        if (state !== "stopping") await this.options.balancer?.remove(task.id, 0).catch(() => undefined);
    }
}

function parse(line: string): Record<string, unknown> {
    try {
        const value: unknown = JSON.parse(line);
        return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
        return {};
    }
}
