import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findCli } from "../../offline/runner/engine";
import { StandIns, startStandIns } from "../../offline/runner/stand-ins";
import { newFolder, root } from "../engine/workplace";
import { languageHostFolder } from "../plain-cli/language-host";

/** A line of a document that its reader is to run. */
export interface Command {
    /** What the block is marked with: `offline` for a plain one. */
    readonly kind: string;
    readonly line: string;
    /** The heading that it stands under. */
    readonly section: string;
}

/** Every command of a document, in its order: the lines of its blocks of shell. */
export function commandsOf(text: string): Command[] {
    const commands: Command[] = [];
    let section = "";
    let kind: string | undefined;
    for (const line of text.split("\n")) {
        const fence = /^```(?:sh(?: (\w+))?)?$/.exec(line);
        if (fence !== null) {
            kind = kind === undefined && line.startsWith("```sh") ? (fence[1] ?? "offline") : undefined;
        } else if (kind === undefined) {
            section = /^#+ (.+)$/.exec(line)?.[1] ?? section;
        } else if (line.trim() !== "") {
            commands.push({ kind, line, section });
        }
    }
    return commands;
}

/** Links of a document to files, as written: without what stands after a `#`. */
export function linksOf(text: string): string[] {
    return [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
}

/**
 * A reader at a desk: a copy of the checkout and a shell in it. Commands for a real account run on the plain CLI, with stand-ins in
 * place of the cloud, a folder in place of the bucket that keeps the state, and recording tools.
 */
export class Reader {
    readonly place = newFolder();
    readonly checkout = path.join(this.place, "headroom");
    private environment: Record<string, NodeJS.ProcessEnv> = {};
    private standIns: StandIns | undefined;

    /** @param tools what else is on the PATH of account commands: names, and their shell scripts */
    async start(tools: Readonly<Record<string, string>> = {}): Promise<void> {
        this.copyCheckout();
        const host = await languageHostFolder();
        const cli = findCli();
        const folder = path.join(this.place, "tools");
        fs.mkdirSync(path.join(this.place, "state"), { recursive: true });
        fs.mkdirSync(folder);
        for (const [name, script] of Object.entries(tools)) {
            fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        }
        this.standIns = await startStandIns({
            programDir: this.checkout,
            cloudFile: path.join(this.place, "cloud.jsonl"),
        });

        const common = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
        const offline = {
            ...common,
            HEADROOM_PULUMI: cli,
            // Somebody else's: nothing of it may leak in.
            AWS_PROFILE: "nobody",
            AWS_REGION: "eu-south-2",
            PULUMI_STACK: "somebody-else",
            PULUMI_BACKEND_URL: "file:///nonexistent",
            PULUMI_CONFIG_PASSPHRASE: "wrong",
        };
        const account = {
            ...common,
            PATH: [folder, host, path.dirname(cli), process.env["PATH"]].join(path.delimiter),
            PULUMI_HOME: path.join(this.place, "pulumi-home"),
            PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DEBUG_PROVIDERS: this.standIns.providers,
        };
        this.environment = { offline, account, image: account, cluster: account };
    }

    async stop(): Promise<void> {
        this.standIns?.child.process.kill("SIGTERM");
        await this.standIns?.child.ended;
    }

    /** Where the state of account commands is kept, as the CLI wants to be told. */
    get backend(): string {
        return `file://${encodeURI(path.join(this.place, "state"))}`;
    }

    /** Runs a line. The output tells what went wrong; without a failure nobody reads it. */
    async run(line: string, kind: string): Promise<string> {
        return promisify(execFile)("sh", ["-c", line], {
            cwd: this.checkout,
            env: this.environment[kind],
            maxBuffer: 1 << 28,
        }).then(
            () => "success",
            (error: unknown) => {
                const { stdout, stderr } = error as { stdout?: string; stderr?: string };
                return `${String(stdout).slice(-3_000)}\n${String(stderr).slice(-3_000)}`;
            },
        );
    }

    private copyCheckout(): void {
        const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
            cwd: root,
            encoding: "utf8",
        });
        for (const file of files.split("\0").filter((name) => name !== "" && fs.existsSync(path.join(root, name)))) {
            fs.cpSync(path.join(root, file), path.join(this.checkout, file));
        }
        fs.symlinkSync(path.join(root, "node_modules"), path.join(this.checkout, "node_modules"));
    }
}
