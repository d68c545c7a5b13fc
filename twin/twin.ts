import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import {
    type Application,
    APPLICATION_FOLDER,
    buildApplication,
    commandOf,
    commonEnvironment,
    createApplication,
} from "./application";
import { Autoscaler } from "./autoscaler";
import type { LoadBalancer } from "./balancer/balancer";
import { demandPort, startBalancer } from "./balancer/start-balancer";
import { webMeasurements, workerMeasurements } from "./measurements";
import { Interruption } from "./interruption";
import { QueueCounter } from "./queue-depth";
import { describeProducts, type SeededProduct, seedProducts } from "./seed";
import { type PostgresCluster, startPostgres } from "./servers/postgres";
import { type QueueServer, startQueueServer } from "./servers/queue";
import { startValkey, type ValkeyServer } from "./servers/valkey";
import { Service } from "./service";
import { removeAtEnd } from "./supervised-process";
import type { ServiceTopology, Topology } from "./topology";

const run = promisify(execFile);

/** Minutes of scaling pass this much faster: one takes five seconds. */
export const DEFAULT_SPEED = 12;

/** Ten pages of the catalogue. */
const DEFAULT_PRODUCTS = 200;

const DEREGISTRATION_DELAY_MS = 10_000;
/** Above the application's own STOP_TIMEOUT_SECONDS, as in the stack. */
const STOP_TIMEOUT_MS = 25_000;

export interface TwinOptions {
    readonly topology: Topology;
    /** Of the load balancer; default a free one. */
    readonly port?: number;
    /** Whether the numbers of processes follow the load; default true. */
    readonly autoscale?: boolean;
    /** How much faster than a clock's a minute of scaling is; default 12. */
    readonly speed?: number;
    readonly products?: number;
    /** On top of the application's environment. */
    readonly environment?: Readonly<Record<string, string>>;
    readonly onLine?: (source: string, line: string) => void;
    readonly onEvent?: (text: string) => void;
    /** Ends the start: what has started is stopped, and `start` throws an Interruption. */
    readonly signal?: AbortSignal;
}

/** The whole architecture on this machine. */
export class Twin {
    postgres!: PostgresCluster;
    valkey!: ValkeyServer;
    queue!: QueueServer;
    balancer!: LoadBalancer;
    web!: Service;
    worker!: Service;
    counter!: QueueCounter;
    products: readonly SeededProduct[] = [];
    readonly autoscalers: Autoscaler[] = [];
    #stopping: Promise<void> | undefined;
    #folder = "";
    #application!: Application;
    #environment: Record<string, string> = {};
    #removeFolders: (() => Promise<void>) | undefined;

    private constructor(private readonly options: TwinOptions) {}

    /**
     * Starts everything; the URL answers when this resolves.
     *
     * @throws Interruption where the signal came first, Error of what does not start; everything else is stopped then
     */
    static async start(options: TwinOptions): Promise<Twin> {
        const twin = new Twin(options);
        const { signal } = options;
        // Services that do not come up would be waited for; any other step ends soon by itself.
        const interrupt = (): void => {
            const started = twin as Partial<Twin>;
            void Promise.all([started.web?.stop(), started.worker?.stop()]);
        };
        signal?.addEventListener("abort", interrupt, { once: true });
        try {
            await twin.#start();
            twin.#proceed();
        } catch (error) {
            await twin.stop();
            // Ctrl+C reaches the programs that were running, too: that they failed is no news.
            throw signal?.aborted ? new Interruption() : error;
        } finally {
            signal?.removeEventListener("abort", interrupt);
        }
        return twin;
    }

    get topology(): Topology {
        return this.options.topology;
    }

    get url(): string {
        return this.balancer.url;
    }

    /** Where the mails are that were sent. */
    get mailFolder(): string {
        return path.join(this.#folder, "mails");
    }

    /** What a process of the application is started with. */
    get environment(): Readonly<Record<string, string>> {
        return this.#environment;
    }

    /** Process ids of everything that runs. */
    get pids(): number[] {
        const services = [this.web, this.worker].flatMap((service) => service.tasks.map(({ pid }) => pid));
        const cache = this.valkey.pid === undefined ? [] : [this.valkey.pid];
        return [...this.postgres.pids(), ...cache, this.queue.pid, this.balancer.pid, ...services];
    }

    /** Runs a role that ends by itself: migrate, warm, redrive. */
    async runRole(role: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
        const [command = "", ...words] = commandOf(this.#application, role);
        try {
            const { stdout } = await run(command, words, {
                cwd: APPLICATION_FOLDER,
                env: { ...this.#environment, ...environment },
            });
            return stdout;
        } catch (error) {
            const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
            throw new Error(`the role ${role} failed:\n${(stdout + stderr).slice(-4_000)}`, { cause: error });
        }
    }

    /** Works with the application's database on a connection of its own, as the application's user. */
    async withDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
        const { env } = this.postgres;
        const client = new Client({
            host: env.DATABASE_WRITER_HOST,
            port: Number(env.DATABASE_PORT),
            database: env.DATABASE_NAME,
            user: env.DATABASE_USER,
            password: env.DATABASE_PASSWORD,
            ssl: env.DATABASE_CA_FILE !== undefined && { ca: readFileSync(env.DATABASE_CA_FILE, "utf8") },
        });
        client.on("error", () => undefined);
        await client.connect();
        try {
            return await work(client);
        } finally {
            await client.end();
        }
    }

    /** Starts the queue server again on its port, with everything that it had. */
    async restartQueue(): Promise<void> {
        this.queue = await startQueueServer({ ...this.#queueOptions(), port: this.queue.port });
    }

    /** Stops everything, those first that others are not needed for. */
    stop(): Promise<void> {
        this.#stopping ??= this.#stop();
        return this.#stopping;
    }

    async #start(): Promise<void> {
        const { onEvent = () => undefined, port } = this.options;
        this.#proceed();
        if (port !== undefined) await demandPort(port);
        onEvent("compiling the application; starting PostgreSQL, the cache and the queue");
        this.#folder = await mkdtemp(path.join(tmpdir(), "headroom-twin-"));
        this.#application = createApplication();
        this.#removeFolders = removeAtEnd(this.#folder, this.#application.folder);
        await mkdir(this.mailFolder);
        await this.#startServers();
        this.#environment = {
            ...commonEnvironment(this.mailFolder),
            ...this.postgres.env,
            ...this.valkey.env,
            ...this.queue.env,
            ...this.options.environment,
        };
        this.#proceed();
        onEvent("migrating the schema and filling the shop");
        await this.runRole("migrate", this.postgres.ownerEnv);
        this.#proceed();
        this.products = describeProducts(this.options.products ?? DEFAULT_PRODUCTS);
        await this.withDatabase((client) => seedProducts(client, this.products));
        await this.runRole("warm");
        this.#proceed();
        onEvent("starting the application");
        await this.#startServices();
        if (this.options.autoscale ?? true) this.#startAutoscalers();
    }

    /** @throws Interruption where somebody wants it to stop */
    #proceed(): void {
        if (this.options.signal?.aborted) throw new Interruption();
    }

    async #startServers(): Promise<void> {
        const { topology, port } = this.options;
        // All of them are waited for, also when one fails: what starts later would not be stopped.
        const started = await Promise.allSettled([
            buildApplication(this.#application),
            startPostgres({ replicas: topology.replicas }).then((postgres) => (this.postgres = postgres)),
            startValkey({ tls: true }).then((valkey) => (this.valkey = valkey)),
            startQueueServer(this.#queueOptions()).then((queue) => (this.queue = queue)),
            startBalancer(port === undefined ? {} : { port }).then((balancer) => (this.balancer = balancer)),
        ]);
        for (const result of started) if (result.status === "rejected") throw result.reason;
        this.counter = new QueueCounter(this.queue.env);
    }

    #queueOptions(): Parameters<typeof startQueueServer>[0] {
        const { visibilitySeconds, maxReceives } = this.topology;
        return { folder: path.join(this.#folder, "queue"), visibilitySeconds, maxReceives };
    }

    async #startServices(): Promise<void> {
        const { web, worker } = this.topology;
        this.web = this.#createService("web", web, this.balancer);
        this.worker = this.#createService("worker", worker);
        this.web.scaleTo(web.minimum);
        this.worker.scaleTo(worker.minimum);
        await Promise.all([this.web.settled(), this.worker.settled()]);
    }

    #createService(role: "web" | "worker", size: ServiceTopology, balancer?: LoadBalancer): Service {
        return new Service({
            name: role,
            command: commandOf(this.#application, role, size),
            folder: APPLICATION_FOLDER,
            environment: { ...size.environment, ...this.#environment },
            zones: this.topology.zones,
            ...(balancer && { balancer }),
            deregistrationDelayMs: DEREGISTRATION_DELAY_MS,
            stopTimeoutMs: STOP_TIMEOUT_MS,
            onLine: this.options.onLine ?? (() => undefined),
            onEvent: this.options.onEvent ?? (() => undefined),
        });
    }

    #startAutoscalers(): void {
        const common = {
            speed: this.options.speed ?? DEFAULT_SPEED,
            onEvent: this.options.onEvent ?? (() => undefined),
        };
        const { web, worker } = this.topology;
        this.autoscalers.push(
            new Autoscaler({
                ...common,
                service: this.web,
                topology: web,
                measure: webMeasurements(this.web, this.balancer, web.cpu),
            }),
            new Autoscaler({
                ...common,
                service: this.worker,
                topology: worker,
                measure: workerMeasurements(this.worker, () => this.counter.depth()),
            }),
        );
        for (const autoscaler of this.autoscalers) autoscaler.start();
    }

    async #stop(): Promise<void> {
        for (const autoscaler of this.autoscalers) autoscaler.stop();
        // What did not start is not there.
        const started = this as Partial<Twin>;
        await Promise.all([started.web?.stop(), started.worker?.stop()]);
        started.counter?.close();
        await Promise.all([
            started.balancer?.stop(),
            started.queue?.stop(),
            started.valkey?.stop(),
            started.postgres?.stop(),
        ]);
        await this.#removeFolders?.();
    }
}
