import * as path from "node:path";

import { describeEnd, start } from "./children";
import type { Child } from "./children";
import { freshEnvironment } from "./environment";
import { headroomDir, sharedCacheDir } from "./paths";
import type { RunningProcess } from "./types";
import type { StandInOptions } from "../providers/options";

export interface StandIns {
    child: Child;
    /** `aws:PORT,random:PORT,…` as the engine takes it. */
    providers: string;
}

/** The stand-ins' entry; a test puts a smaller one in its place. */
const ENTRY = process.env.HEADROOM_STANDIN_ENTRY || path.join(headroomDir, "offline", "providers", "main.ts");

/** Starts the provider stand-ins and waits until they listen. */
export async function startStandIns(
    options: Omit<StandInOptions, "cacheDir">,
    onSpawn?: (child: RunningProcess) => void,
): Promise<StandIns> {
    const settings: StandInOptions = { ...options, cacheDir: sharedCacheDir };
    const child = start(
        "stand-in",
        process.execPath,
        ["-r", path.join(headroomDir, "offline", "register.js"), ENTRY],
        {
            cwd: headroomDir,
            env: freshEnvironment(process.env, {
                PATH: process.env.PATH ?? "",
                HEADROOM_STANDIN: JSON.stringify(settings),
            }),
            stdio: ["pipe", "pipe", "pipe"],
        },
        onSpawn,
    );
    const line = await firstLine(child);
    const ports = JSON.parse(line) as Record<string, number>;
    return {
        child,
        providers: Object.entries(ports)
            .map(([name, port]) => `${name}:${port}`)
            .join(","),
    };
}

/** Reading the packages' catalogues for the first time takes seconds; this is for a process that never answers. */
const START_MS = 120_000;

function firstLine(child: Child): Promise<string> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => child.process.kill("SIGKILL"), START_MS).unref();
        let text = "";
        child.process.stdout?.setEncoding("utf8").on("data", (part: string) => {
            text += part;
            const end = text.indexOf("\n");
            if (end < 0) return;
            clearTimeout(timer);
            resolve(text.slice(0, end));
        });
        void child.ended.then((end) => {
            reject(
                new Error(
                    `The provider stand-ins did not start: the process ${describeEnd(end)}.\n${child.stderr.trim()}`,
                ),
            );
        });
    });
}
