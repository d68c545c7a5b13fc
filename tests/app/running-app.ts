import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import {
    type IncomingHttpHeaders,
    request as plainRequest,
    type RequestOptions as NodeRequestOptions,
} from "node:http";
import { request as tlsRequest } from "node:https";
import path from "node:path";
import { createInterface } from "node:readline";
import { eventualAnswer } from "./support/eventual-answer";

const APPLICATION = path.resolve(__dirname, "../../app");

/**
 * Bindings that lead nowhere: nobody listens on port 1. The process starts with them, is alive and not ready; what does not
 * depend on a backing service can be tested without one.
 */
export const DEAD_BINDINGS: Readonly<Record<string, string>> = {
    DATABASE_WRITER_HOST: "127.0.0.1:1",
    DATABASE_READER_HOSTS: "127.0.0.1:1",
    DATABASE_AUTH: "password",
    DATABASE_PASSWORD: "s3cret-database",
    DATABASE_TLS: "off",
    CACHE_ENDPOINT: "127.0.0.1:1",
    CACHE_TLS: "off",
    CACHE_AUTH: "none",
    JOBS_QUEUE_URL: "http://127.0.0.1:1/000000000000/jobs",
    ASSETS_BUCKET: "assets",
    AWS_REGION: "eu-central-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
};

/** One line of the application's log. */
export type LogLine = Record<string, unknown> & { level: string; message: string };

/** Compiles the application as the image does, to a folder of its own: test files run side by side. */
export function buildApp(): { folder: string; remove: () => void } {
    // Inside app/, so that the application finds its packages.
    const parent = path.join(APPLICATION, "dist");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(path.join(parent, "test-"));
    execFileSync(process.execPath, [path.join(APPLICATION, "scripts/build.js"), folder]);
    return {
        folder,
        remove: () => {
            rmSync(folder, { recursive: true, force: true });
        },
    };
}

/** An answer, read to its end. */
export interface Answer {
    status: number;
    headers: IncomingHttpHeaders;
    body: string;
}

export interface AppOptions {
    /** Environment variables; nothing is inherited but PATH. Without bindings of its own the process gets dead ones. */
    environment?: Record<string, string>;
    /** Command line arguments. */
    arguments?: string[];
    /** Options of Node itself. */
    nodeOptions?: string[];
    /** Where the process starts; by default the application's folder. */
    cwd?: string;
}

/** A process of the application. */
export class RunningApp {
    readonly log: LogLine[] = [];
    /** Everything that the process wrote, as text. */
    output = "";
    readonly exited: Promise<number | null>;
    #waiting: { test: (line: LogLine) => boolean; resolve: (line: LogLine) => void }[] = [];

    private constructor(
        readonly process: ChildProcess,
        readonly tls: boolean,
    ) {
        this.exited = once(process, "close").then(([code]) => code as number | null);
        if (!process.stdout || !process.stderr) throw new Error("the process was started without pipes");
        createInterface(process.stdout).on("line", (line) => {
            this.#read(line);
        });
        createInterface(process.stderr).on("line", (line) => (this.output += `${line}\n`));
    }

    /** Starts the process without waiting for anything. */
    static spawn(mainFile: string, options: AppOptions = {}): RunningApp {
        const environment = {
            ...DEAD_BINDINGS,
            PORT: "0",
            METRICS_PORT: "0",
            HOST: "127.0.0.1",
            DRAIN_DELAY_SECONDS: "0",
            // On a machine that is busy with other tests a process would refuse what they ask it.
            MAX_EVENT_LOOP_DELAY_MS: "60000",
            ...options.environment,
        };
        const child = spawn(
            process.execPath,
            [...(options.nodeOptions ?? []), mainFile, ...(options.arguments ?? [])],
            {
                cwd: options.cwd ?? APPLICATION,
                env: { PATH: process.env.PATH, ...environment },
                stdio: ["ignore", "pipe", "pipe"],
            },
        );
        return new RunningApp(child, !("TLS" in environment && environment.TLS === "off"));
    }

    /** Starts the process and waits until it listens. */
    static async start(mainFile: string, options: AppOptions = {}): Promise<RunningApp> {
        const app = RunningApp.spawn(mainFile, options);
        await Promise.race([
            app.logged("listening"),
            app.exited.then((code) => {
                throw new Error(`the application ended with code ${code} before it listened:\n${app.output}`);
            }),
        ]);
        return app;
    }

    /** Resolves when all that the process depends on is there: it listens before that, and answers 503 until then. */
    async ready(): Promise<void> {
        await eventualAnswer(
            () => this.get("/health/ready"),
            ({ status }) => status === 200,
        );
    }

    /** The port that the process listens on. */
    get port(): number {
        return Number(this.log.find((line) => line.message === "listening")?.port);
    }

    /** Resolves with the first line that has this message, or that the test accepts; those already written count. */
    logged(wanted: string | ((line: LogLine) => boolean)): Promise<LogLine> {
        const test = typeof wanted === "string" ? (line: LogLine) => line.message === wanted : wanted;
        const found = this.log.find(test);
        return found ? Promise.resolve(found) : new Promise((resolve) => this.#waiting.push({ test, resolve }));
    }

    /** Opens a request; the caller writes its body and ends it. */
    open(
        url: string,
        options: NodeRequestOptions = {},
    ): { request: ReturnType<typeof plainRequest>; answer: Promise<Answer> } {
        const target = { host: "127.0.0.1", port: this.port, path: url, agent: false, ...options };
        // The certificate is made at the process's start: nobody can know it before.
        const request = this.tls ? tlsRequest({ ...target, rejectUnauthorized: false }) : plainRequest(target);
        const answer = new Promise<Answer>((resolve, reject) => {
            request.on("error", reject).on("response", (response) => {
                let body = "";
                response
                    .setEncoding("utf8")
                    .on("data", (chunk: string) => (body += chunk))
                    .on("error", reject)
                    .on("end", () => {
                        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
                    });
            });
        });
        return { request, answer };
    }

    /** A request whose headers have arrived at the server and whose body has not: it runs until the caller writes `1}` and ends it. */
    async openRunning(): Promise<ReturnType<RunningApp["open"]>> {
        const opened = this.open("/v1/anything", {
            method: "POST",
            // The server says "100 Continue" once it has taken up the request.
            headers: { "content-type": "application/json", "content-length": "10", expect: "100-continue" },
        });
        opened.request.flushHeaders();
        await once(opened.request, "continue");
        opened.request.write('{"half":');
        return opened;
    }

    get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
        const { request, answer } = this.open(url, { headers });
        request.end();
        return answer;
    }

    post(url: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
        const { request, answer } = this.open(url, {
            method: "POST",
            headers: {
                "content-type": "application/json",
                "content-length": String(Buffer.byteLength(body)),
                ...headers,
            },
        });
        request.end(body);
        return answer;
    }

    /** Asks the process to stop and resolves with its exit code. */
    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
        this.process.kill(signal);
        return this.exited;
    }

    /** Ends the process whatever it does. */
    async kill(): Promise<void> {
        this.process.kill("SIGKILL");
        await this.exited;
    }

    #read(text: string): void {
        this.output += `${text}\n`;
        const line = JSON.parse(text) as LogLine;
        this.log.push(line);
        this.#waiting = this.#waiting.filter(({ test, resolve }) => {
            if (!test(line)) return true;
            resolve(line);
            return false;
        });
    }
}
