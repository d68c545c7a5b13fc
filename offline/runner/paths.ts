import * as fs from "node:fs";
import * as path from "node:path";

/** Headroom's own folder: where its node_modules and the cache that all programs share are. */
export const headroomDir = path.resolve(__dirname, "..", "..");

/**
 * The folder for what does not belong to one program: compiled TypeScript, catalogues.
 * `HEADROOM_CACHE` moves the compiled files only, and is left to register.js.
 */
export const sharedCacheDir = path.join(headroomDir, ".headroom", "cache");

/**
 * The files of one stack below `.headroom/`:
 *
 *     .headroom/passphrase                         random, made once per checkout, readable by its owner only
 *     .headroom/backend/                           Pulumi's own file backend, shared so that stack references work
 *     .headroom/pulumi-home/                       PULUMI_HOME of the CLI: nothing is read from or written to ~/.pulumi
 *     .headroom/bin/                               a link to node, all that the CLI's PATH holds beside the policy shim
 *     .headroom/stacks/<project>/<stack>/work-<pid>-<n>/  Pulumi.yaml and the stack file as the engine of one process sees them
 *     .headroom/stacks/<project>/<stack>/cloud.jsonl  the stand-ins' "cloud"
 *     .headroom/stacks/<project>/<stack>/ledger.json  what existed when the last operation started (recovery.ts)
 */
export class StackPaths {
    readonly root: string;
    readonly passphrase: string;
    readonly backend: string;
    readonly pulumiHome: string;
    readonly bin: string;
    readonly stackDir: string;
    /** Of this process alone: another one may run with other settings at the same time. */
    readonly work: string;
    readonly cloud: string;
    readonly ledger: string;
    readonly state: string;
    readonly locks: string;
    readonly history: string;

    constructor(
        stateDir: string,
        readonly project: string,
        readonly stack: string,
    ) {
        this.root = path.join(path.resolve(stateDir), ".headroom");
        this.passphrase = path.join(this.root, "passphrase");
        this.backend = path.join(this.root, "backend");
        this.pulumiHome = path.join(this.root, "pulumi-home");
        this.bin = path.join(this.root, "bin");
        this.stackDir = path.join(this.root, "stacks", project, stack);
        this.work = path.join(this.stackDir, `work-${process.pid}-${StackPaths.next++}`);
        this.cloud = path.join(this.stackDir, "cloud.jsonl");
        this.ledger = path.join(this.stackDir, "ledger.json");
        this.state = path.join(this.backend, ".pulumi", "stacks", project, `${stack}.json`);
        this.history = path.join(this.backend, ".pulumi", "history", project, stack);
        this.locks = path.join(this.backend, ".pulumi", "locks", "organization", project, stack);
    }

    /** A file of one operation: two operations on one stack at the same time (two previews, say) don't share it. */
    temporary(name: string): string {
        return path.join(this.stackDir, `${name}-${process.pid}-${StackPaths.next++}.tmp`);
    }

    create(): void {
        this.removeAtExit();
        for (const folder of [this.backend, this.pulumiHome, this.work]) fs.mkdirSync(folder, { recursive: true });
        // The CLI keeps a log of all that passes through it: a quarter of its time, and not encrypted until it has the
        // passphrase. There is no switch; where its folder can't be made it goes without.
        const logs = path.join(this.pulumiHome, "logs");
        if (fs.statSync(logs, { throwIfNoEntry: false })?.isDirectory()) fs.rmSync(logs, { recursive: true });
        fs.closeSync(fs.openSync(logs, "a"));
    }

    /** Whether any stack of any project has a state here. */
    hasState(): boolean {
        const stacks = path.join(this.backend, ".pulumi", "stacks");
        if (!fs.existsSync(stacks)) return false;
        return fs.readdirSync(stacks, { recursive: true }).some((name) => String(name).endsWith(".json"));
    }

    /** Removes the working folder. */
    close(): void {
        fs.rmSync(this.work, { recursive: true, force: true });
        StackPaths.open.delete(this);
    }

    private static next = 1;
    private static listens = false;
    private static readonly open = new Set<StackPaths>();

    private removeAtExit(): void {
        if (!StackPaths.listens)
            process.once("exit", () => {
                for (const paths of StackPaths.open) paths.close();
            });
        StackPaths.listens = true;
        StackPaths.open.add(this);
    }
}

/** Writes beside the file and renames, so that a reader or a crash never meets half a file. */
export function writeAtomically(file: string, text: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    const descriptor = fs.openSync(temporary, "w", mode);
    try {
        fs.writeFileSync(descriptor, text);
        // Else a power failure may keep the new name and lose what is behind it.
        fs.fsyncSync(descriptor);
    } finally {
        fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
}

/** Makes or turns a link to a folder, in one step: two previews at the same time don't meet in between. */
export function linkAtomically(target: string, link: string): void {
    if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() && fs.readlinkSync(link) === target) return;
    const temporary = `${link}.${process.pid}.tmp`;
    fs.rmSync(temporary, { force: true });
    fs.symlinkSync(target, temporary, "dir");
    fs.renameSync(temporary, link);
}
