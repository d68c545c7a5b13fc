import * as fs from "node:fs";
import * as path from "node:path";

/** What a child process gets of the environment that we were started in: nothing that steers Pulumi, AWS or node. */
const PASSED_ON = ["LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "TEMP", "TMP", "USER", "LOGNAME", "SystemRoot"];

/**
 * A fresh environment. AWS_*, PULUMI_*, proxies and NODE_OPTIONS of the caller are not in it: the same program gives the same
 * answer on every machine, and no credential can leak into a state file.
 */
export function freshEnvironment(from: NodeJS.ProcessEnv, more: Record<string, string>): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const name of PASSED_ON) {
        const value = from[name];
        if (value !== undefined) environment[name] = value;
    }
    return { ...environment, ...more };
}

/**
 * The engine's PATH: the policy shim, and a folder with a link to the node that runs us. All else stays out: the caller's PATH may
 * hold plugins, and the engine would ask a `git` for the state of the whole repository.
 */
export function enginePath(shimDir: string, nodeDir: string): string {
    return [shimDir, nodeDir].join(path.delimiter);
}

/** Makes the folder with the link. */
export function linkNode(nodeDir: string): void {
    const link = path.join(nodeDir, "node");
    try {
        if (fs.readlinkSync(link) === process.execPath) return;
    } catch {
        // Not there yet.
    }
    fs.mkdirSync(nodeDir, { recursive: true });
    // A name of our own first: two runners may be at it.
    const temporary = `${link}.${process.pid}.tmp`;
    fs.symlinkSync(process.execPath, temporary);
    fs.renameSync(temporary, link);
}

/**
 * What a program sees: as on an ordinary installation it has the caller's environment (a program may read CI or a feature
 * switch of its own), less what speaks to AWS, Pulumi, a Kubernetes cluster or Headroom itself.
 */
export function programEnvironment(from: NodeJS.ProcessEnv): Record<string, string> {
    const environment: Record<string, string> = {};
    for (const [name, value] of Object.entries(from)) {
        if (value === undefined || isSteering(name)) continue;
        environment[name] = value;
    }
    return { ...environment, ...withoutProxy(from) };
}

/** What keeps gRPC from asking a proxy of the caller's environment for the engine, which is always on this machine. */
export function withoutProxy(from: NodeJS.ProcessEnv): { no_grpc_proxy: string } {
    // gRPC reads `no_proxy` only where this one is not set.
    const given = from.no_grpc_proxy ?? from.no_proxy ?? from.NO_PROXY;
    return { no_grpc_proxy: [...(given ? [given] : []), "127.0.0.1", "localhost"].join(",") };
}

/** True for a variable that must neither leak in nor out. */
export function isSteering(name: string): boolean {
    return /^(AWS_|PULUMI_|KUBE|HEADROOM_(?!CACHE)|NODE_OPTIONS$|NODE_PATH$|NODE_CHANNEL|NODE_UNIQUE_ID$|TS_NODE_)/i.test(
        name,
    );
}
