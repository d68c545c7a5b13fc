import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { ServiceTopology } from "./topology";

const run = promisify(execFile);

const APPLICATION = path.resolve(__dirname, "../app");

/** Half of a container's memory is V8's share of it by default; the rest is for buffers, images and TLS. */
const HEAP_SHARE = 0.5;

/** The application as the image has it: compiled, in a folder of its own inside `app/`, where it finds its packages. */
export interface Application {
    readonly folder: string;
    readonly mainFile: string;
}

/** Makes the folder that the application is compiled to. Twins that run side by side have one each. */
export function createApplication(): Application {
    const parent = path.join(APPLICATION, "dist");
    mkdirSync(parent, { recursive: true });
    const folder = mkdtempSync(path.join(parent, "twin-"));
    return { folder, mainFile: path.join(folder, "main.js") };
}

/** Compiles the application into its folder. */
export async function buildApplication({ folder }: Application): Promise<void> {
    await run(process.execPath, [path.join(APPLICATION, "scripts/build.js"), folder]);
}

/** Where a process of the application starts. */
export const APPLICATION_FOLDER = APPLICATION;

/** The command of a role, with the memory that the stack gives its task. */
export function commandOf(application: Application, role: string, size?: Pick<ServiceTopology, "memory">): string[] {
    const heap = size === undefined ? [] : [`--max-old-space-size=${Math.floor(size.memory * HEAP_SHARE)}`];
    return [process.execPath, "--enable-source-maps", ...heap, application.mainFile, role];
}

/** What the application is told beside the bindings: what a container of the stack gets, and what stands for AWS here. */
export function commonEnvironment(mailFolder: string): Record<string, string> {
    return {
        PATH: process.env.PATH ?? "",
        NODE_ENV: "production",
        // Node 20 is one of those that the service is for.
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
        HOST: "127.0.0.1",
        // Free ones: the process says which it took.
        PORT: "0",
        METRICS_PORT: "0",
        TLS: "on",
        // The balancer is told before a process is, so nobody has to be waited for.
        DRAIN_DELAY_SECONDS: "0.2",
        STOP_TIMEOUT_SECONDS: "20",
        JWT_SECRETS: randomBytes(32).toString("hex"),
        DEMO_SIGN_IN: "on",
        MAIL_TRANSPORT: "file",
        MAIL_FROM: "orders@example.com",
        MAIL_FOLDER: mailFolder,
    };
}
