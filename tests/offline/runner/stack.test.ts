import { execFile, execFileSync, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { OfflineStack } from "../../../offline/stack";
import type { OfflineStackOptions } from "../../../offline/stack";

const main = path.resolve(__dirname, "../../../offline/bin/offline.js");

/** Small programs in a folder with nothing else in it, on the real engine and the real stand-ins. */
describe("a program in an empty folder", () => {
    let folder: string;
    const put = (name: string, text: string) => {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        fs.writeFileSync(path.join(folder, name), text);
    };
    const open = (more: Partial<OfflineStackOptions> = {}) =>
        OfflineStack.open({ cwd: folder, stack: "dev", config: { "aws:region": "eu-west-1" }, ...more });
    const errors = (result: { diagnostics: { severity: string; message: string }[] }) =>
        result.diagnostics.filter((d) => d.severity === "error").map((d) => d.message);
    const command = (args: string[], env: NodeJS.ProcessEnv = {}) =>
        spawnSync(process.execPath, [main, ...args, "--cwd", folder], {
            encoding: "utf8",
            env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
        });

    beforeEach(() => {
        folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "headroom stack ")));
        put("Pulumi.yaml", "name: small\nruntime: nodejs\n");
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true, force: true });
    });

    it("is planned, made, unchanged, deleted; its files stay as they are and no secret is in clear text anywhere", async () => {
        const stackFile = "config:\n  aws:region: eu-west-1\n  small:token:\n    secure: v1:for-somebody-else\n";
        put("Pulumi.dev.yaml", stackFile);
        put(
            "index.ts",
            `import * as fs from "fs"; import * as pulumi from "@pulumi/pulumi"; import * as aws from "@pulumi/aws"; import * as random from "@pulumi/random";
            const password = new random.RandomPassword("password", { length: 24 });
            new aws.ssm.Parameter("stored", { type: "SecureString", value: password.result });
            password.result.apply((clear) => fs.writeFileSync(${JSON.stringify(path.join(os.tmpdir(), "headroom-clear"))}, clear));
            export const secret = password.result;
            export const token = new pulumi.Config().requireSecret("token");
            export const cwd = process.cwd();
            export const seen = Object.keys(process.env).filter((name) => /^AWS_/.test(name) || process.env[name] === "leak").join();`,
        );
        const clear = path.join(os.tmpdir(), "headroom-clear");
        process.env.AWS_REGION = "leak";
        process.env.PULUMI_BACKEND_URL = "leak";
        try {
            const stack = await open({ config: {} });
            const preview = await stack.preview();
            expect(preview).toMatchObject({
                ok: true,
                outputs: { secret: "[secret]", token: "[secret]", cwd: folder, seen: "" },
            });
            const up = await stack.up();
            expect(up).toMatchObject({
                ok: true,
                summary: { create: 3 },
                outputs: { secret: "[secret]", token: "[secret]" },
            });
            expect((await stack.up()).summary).toEqual({ same: 3 });
            expect(await stack.refresh()).toMatchObject({ ok: true, region: "eu-west-1" });

            const password = fs.readFileSync(clear, "utf8");
            expect(password).toHaveLength(24);
            expect(JSON.stringify([preview, up, await stack.exportState()])).not.toContain(password);
            expect(spawnSync("grep", ["-rFl", "--", password, folder], { encoding: "utf8" }).stdout).toBe("");

            const destroyed = await stack.destroy();
            expect(destroyed).toMatchObject({ ok: true, summary: { delete: 3 } });
            expect(stack.cloud()).toEqual([]);
            expect(fs.readFileSync(path.join(folder, "Pulumi.dev.yaml"), "utf8")).toBe(stackFile);
            expect(fs.readdirSync(folder).sort()).toEqual([".headroom", "Pulumi.dev.yaml", "Pulumi.yaml", "index.ts"]);
        } finally {
            delete process.env.AWS_REGION;
            delete process.env.PULUMI_BACKEND_URL;
            fs.rmSync(clear, { force: true });
        }
    }, 120_000);

    it("keeps its passphrase and what the stand-ins hold from other users", async () => {
        put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q");');
        await (await open()).up();
        const mode = (file: string) => fs.statSync(path.join(folder, ".headroom", file)).mode & 0o077;
        expect(mode("passphrase")).toBe(0);
        expect(mode("stacks/small/dev/cloud.jsonl")).toBe(0);
    }, 60_000);

    it.each([
        [
            "throws",
            'import * as aws from "@pulumi/aws";\nnew aws.sqs.Queue("q");\nthrow new Error("no domain");',
            /^no domain\n {4}at .*index\.ts:3:/,
        ],
        [
            "leaves a rejection unhandled",
            '\nvoid Promise.reject(new TypeError("late"));\nexport {};',
            /^TypeError: late\n {4}at .*index\.ts:2:/,
        ],
        ["has a syntax error", "const x: = 1;", /Unexpected token[\s\S]*index\.ts:1:1/],
        [
            "needs a package that is not there",
            'import "not-there";',
            /^Cannot find module 'not-there'\n {4}at .*index\.ts/,
        ],
        ["ends its process", "process.exit(3);", /program's process ended with exit code 3/],
    ])(
        "that %s is reported with the line of its own file",
        async (_, program, message) => {
            put("index.ts", program);
            const result = await (await open()).preview();
            expect(result.exitCode).not.toBe(0);
            expect(errors(result)).toEqual([expect.stringMatching(message)]);
            expect(errors(result).join()).not.toMatch(/node_modules|offline\/runner/);
        },
        60_000,
    );

    it("that waits for what never comes is ended with that word, but not while the engine works", async () => {
        put(
            "index.ts",
            `import * as aws from "@pulumi/aws";
            export = async () => {
                const queue = new aws.sqs.Queue("q");
                await new Promise((resolve) => queue.arn.apply(resolve));
            };`,
        );
        const waiting = await (await open()).preview();
        expect(errors(waiting)).toEqual([expect.stringMatching(/^The program waits for something that never comes/)]);
        put(
            "faults.json",
            '[{"resource":"aws:sqs/queue:Queue","operation":"create","delaySeconds":12,"when":"before"}]',
        );
        expect(await (await open({ faults: path.join(folder, "faults.json") })).up()).toMatchObject({ ok: true });
    }, 90_000);

    it("that waits for a resource's input which never comes is ended too", async () => {
        put(
            "index.ts",
            'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q", { name: new Promise<string>(() => {}) });',
        );
        const waiting = await (await open()).preview();
        expect(errors(waiting)).toEqual([expect.stringMatching(/^The program waits for something that never comes/)]);
    }, 60_000);

    it.each([
        ["exports a function", "index.ts", 'export = () => ({ kind: "function" });', undefined, "function"],
        [
            "exports an async function by default",
            "index.ts",
            'export default async () => ({ kind: "async" });',
            undefined,
            "async",
        ],
        [
            "exports a promise",
            "index.js",
            'module.exports = Promise.resolve({ kind: "promise" });',
            undefined,
            "promise",
        ],
        [
            "is an ES module that awaits",
            "index.js",
            'import "@pulumi/pulumi"; await 1; export const kind = "esm";',
            '{"type":"module"}',
            "esm",
        ],
        [
            "is TypeScript in an ES package",
            "index.ts",
            'import { kind as k } from "./lib.js"; export const kind = k;',
            '{"type":"module"}',
            "lib",
        ],
    ])(
        "that %s gives its outputs",
        async (_, file, program, manifest, kind) => {
            put(file, program);
            put("lib.ts", 'export const kind = "lib";');
            if (manifest) put("package.json", manifest);
            expect(await (await open()).preview()).toMatchObject({ ok: true, outputs: { kind } });
        },
        60_000,
    );

    it("is judged by a pack that has no packages of its own, and refused by a mandatory finding", async () => {
        put("pack/PulumiPolicy.yaml", "runtime: nodejs\n");
        put("pack/package.json", '{"name":"strict","version":"1.2.3"}');
        put(
            "pack/index.ts",
            `import { PolicyPack } from "@pulumi/policy";
            new PolicyPack("strict", { policies: [{ name: "no-queues", description: "d", enforcementLevel: "mandatory",
                configSchema: { properties: { word: { type: "string" } } },
                validateResource: (args, report) => { if (args.type === "aws:sqs/queue:Queue") report("a queue " + args.getConfig<{ word?: string }>().word); } }] });`,
        );
        put("config.json", '{"no-queues":{"word":"configured"}}');
        put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q");');
        const stack = await open({
            policyPacks: [path.join(folder, "pack")],
            policyPackConfigs: [path.join(folder, "config.json")],
        });
        const result = await stack.preview();
        expect(result).toMatchObject({ ok: false, policyPacks: { strict: "1.2.3" } });
        expect(result.policy).toEqual([
            expect.objectContaining({
                pack: "strict",
                policy: "no-queues",
                level: "mandatory",
                message: expect.stringContaining("a queue configured") as string,
            }),
        ]);
    }, 60_000);

    it("whose policy pack can't be loaded is told why", async () => {
        put("pack/PulumiPolicy.yaml", "runtime: nodejs\n");
        put("pack/package.json", '{"name":"broken","version":"1.0.0"}');
        put("pack/index.ts", 'throw new Error("bad pack");');
        put("index.ts", "export {};");
        const result = await (await open({ policyPacks: [path.join(folder, "pack")] })).preview();
        expect(result.ok).toBe(false);
        expect(result.diagnostics.map((d) => d.message).join("\n")).toMatch(/failed: bad pack\n.*index\.ts:1:/);
    }, 60_000);

    it("gives up every policy pack that can't be one in a single error", async () => {
        await expect(open({ policyPacks: ["/none/a", "/none/b"] })).rejects.toThrow(/\/none\/a[\s\S]*\/none\/b/);
    });

    it("that is cancelled ends after the steps that run, and the next update completes it", async () => {
        put(
            "index.ts",
            'import * as aws from "@pulumi/aws"; const a = new aws.sqs.Queue("slow"); new aws.sns.Topic("after", { tags: { a: a.arn } });',
        );
        put(
            "faults.json",
            '[{"resource":"aws:sqs/queue:Queue","operation":"create","delaySeconds":2,"when":"before"}]',
        );
        const stack = await open({
            faults: path.join(folder, "faults.json"),
            onProgress: ({ current }) => {
                if (current === "slow") stack.interrupt();
            },
        });
        const cancelled = await stack.up();
        expect(cancelled).toMatchObject({ ok: false, cancelled: true });
        expect(cancelled.steps.map((s) => s.name)).not.toContain("after");
        fs.rmSync(path.join(folder, "faults.json"));
        const again = await (await open()).up();
        expect(again).toMatchObject({ ok: true });
        expect(
            (await open())
                .cloud()
                .map((r) => r.type)
                .sort(),
        ).toEqual(["aws:sns/topic:Topic", "aws:sqs/queue:Queue"]);
    }, 60_000);

    it("begins nothing more once a person asked for the end", async () => {
        put("index.ts", "export {};");
        const stack = await open();
        stack.interrupt();
        await expect(stack.up()).rejects.toThrow("cancelled");
        await stack.close();
    });

    it("is planned by two first calls at once, each with its own settings, behind a proxy; no working folder stays", async () => {
        put("index.ts", 'import { Config } from "@pulumi/pulumi"; export const n = new Config().require("n");');
        const proxies = { http_proxy: "http://127.0.0.1:9", https_proxy: "http://127.0.0.1:9" };
        const planned = (n: string) =>
            new Promise<{ outputs: unknown }>((resolve, reject) => {
                execFile(
                    process.execPath,
                    [main, "preview", "--stack", "dev", "--cwd", folder, "--json", "--config", `n=${n}`],
                    { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...proxies } },
                    (error, stdout) => {
                        if (error) reject(new Error(error.message));
                        else resolve(JSON.parse(stdout) as { outputs: unknown });
                    },
                );
            });
        const numbers = ["one", "two", "three"];
        const plans = await Promise.all(numbers.map(planned));
        expect(plans.map((plan) => plan.outputs)).toEqual(numbers.map((n) => ({ n })));
        expect(fs.readdirSync(path.join(folder, ".headroom/stacks/small/dev"))).toEqual([]);
    }, 120_000);

    it("reads the same assets from whatever working folder", async () => {
        put("page.html", "hello");
        put(
            "index.ts",
            `import * as pulumi from "@pulumi/pulumi"; import * as aws from "@pulumi/aws";
            new aws.s3.BucketObjectv2("page", { bucket: "b", key: "k", source: new pulumi.asset.FileAsset("page.html") });`,
        );
        await (await open()).up();
        const again = await open();
        expect((await again.preview()).summary).toEqual({ same: 2 });
        expect(JSON.stringify(await again.exportState())).not.toMatch(/work-\d/);
    }, 60_000);

    it("whose stand-ins died in the middle of an update is destroyed without a rest", async () => {
        put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q");');
        put("faults.json", '[{"resource":"aws:sqs/queue:Queue","operation":"create","kill":true,"when":"after"}]');
        const killed = await (await open({ faults: path.join(folder, "faults.json") })).up();
        expect(errors(killed).join()).toContain("The provider stand-ins' process");
        const stack = await open();
        expect(stack.cloud()).toHaveLength(1);
        expect(await stack.destroy()).toMatchObject({ ok: true });
        expect(stack.cloud()).toEqual([]);
        expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
    }, 60_000);

    it("keeps what it asked to retain when it is destroyed after it was killed", async () => {
        put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("kept", {}, { retainOnDelete: true });');
        const stack = await open();
        await stack.up();
        await stack.destroy();
        expect(stack.cloud().map((r) => r.type)).toEqual(["aws:sqs/queue:Queue"]);
        await stack.up();
        await stack.destroy();
        expect(stack.cloud()).toHaveLength(2);
    }, 90_000);

    it("moves with its exported state", async () => {
        put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q");');
        const stack = await open();
        await stack.up();
        const state = await stack.exportState();
        await stack.importState({ ...state, deployment: { ...state.deployment, resources: [] } });
        expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
        await stack.importState(state);
        expect((await stack.preview()).summary).toEqual({ same: 2 });
    }, 60_000);

    describe("from the command line", () => {
        beforeEach(() => {
            put("Pulumi.dev.yaml", "config:\n  aws:region: eu-west-1\n");
            put(
                "index.ts",
                'import * as aws from "@pulumi/aws"; import { Config } from "@pulumi/pulumi"; new aws.sqs.Queue("q"); export const n = new Config().getObject<{ a: number }>("deep")?.a;',
            );
        });

        it("is planned and made by one `up`, and its state is all that `export` prints", () => {
            const up = command(["up", "--stack", "dev", "--config", "deep.a=4"]);
            expect(up.stdout).toMatch(/preview done: 1 to create[\s\S]*n {2}4[\s\S]*up done: 1 created/);
            expect(up.stdout).not.toContain("\u001b[");
            expect(up.status).toBe(0);
            const state = command(["export", "--stack", "dev"]);
            expect(JSON.parse(state.stdout)).toMatchObject({ version: 3 });
            const moved = execFileSync(
                process.execPath,
                [main, "import", "--stack", "dev", "--cwd", folder, "--file", "-"],
                { input: state.stdout, encoding: "utf8" },
            );
            expect(moved).toBe("");
        }, 60_000);

        it("is not touched where the preview before `up` fails", () => {
            put("index.ts", 'import * as aws from "@pulumi/aws"; new aws.sqs.Queue("q"); throw new Error("stop");');
            const up = command(["up", "--stack", "dev"]);
            expect(up.status).not.toBe(0);
            expect(up.stdout).toContain("preview failed");
            expect(up.stdout).not.toContain("up failed");
        }, 60_000);

        it("is left alone after Ctrl-C while a lock is waited for", async () => {
            await (await open()).close();
            const lock = { pid: 1, hostname: "elsewhere", username: "u", timestamp: "2026-01-01T00:00:00Z" };
            put(".headroom/backend/.pulumi/locks/organization/small/dev/a.json", JSON.stringify(lock));
            const child = spawn(process.execPath, [main, "destroy", "--stack", "dev", "--cwd", folder]);
            let stderr = "";
            child.stderr.setEncoding("utf8").on("data", (text: string) => {
                if (!stderr.includes("Waiting") && `${stderr}${text}`.includes("Waiting")) child.kill("SIGINT");
                stderr += text;
            });
            const code = await new Promise((resolve) => child.once("close", resolve));
            expect(stderr).toMatch(/error: cancelled\n$/);
            expect(code).toBe(1);
        }, 60_000);

        it("is told in one line that HEADROOM_PULUMI names no CLI", () => {
            const { stderr } = command(["preview", "--stack", "dev"], { HEADROOM_PULUMI: "/none" });
            expect(stderr.trim().split("\n")).toEqual([expect.stringMatching(/^error: HEADROOM_PULUMI is \/none/)]);
        });

        it("prints to a reader that has read enough without a complaint", () => {
            const script = '"$0" "$1" preview --stack dev --cwd "$2" --json | true';
            const { stderr } = spawnSync("sh", ["-c", script, process.execPath, main, folder], { encoding: "utf8" });
            expect(stderr).not.toContain("EPIPE");
        }, 60_000);

        it("refuses a stack without a file, and lists those that have one", () => {
            put("Pulumi.prod.yaml", "");
            const { stderr, status } = command(["preview", "--stack", "nonsense"]);
            expect(stderr.trim().split("\n")).toEqual([expect.stringContaining("Choose one of dev, prod")]);
            expect(status).toBe(1);
        });

        it("is coloured where FORCE_COLOR asks for it, and its result is JSON where --json does", () => {
            expect(command(["preview", "--stack", "dev"], { FORCE_COLOR: "1" }).stdout).toContain("\u001b[1m");
            expect(JSON.parse(command(["preview", "--stack", "dev", "--json"]).stdout)).toMatchObject({
                ok: true,
                summary: { create: 2 },
            });
        }, 60_000);
    });
});
