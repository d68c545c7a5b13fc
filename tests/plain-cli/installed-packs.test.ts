import { execFile, execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findCli } from "../../offline/runner/engine";
import { StandIns, startStandIns } from "../../offline/runner/stand-ins";
import type { FindingsDocument } from "../../policies/shared/reports/findings-json";
import { cleanUp, newFolder, root } from "../engine/workplace";
import { languageHostFolder } from "./language-host";

const run = promisify(execFile);
const PACKS = ["encryption", "no-single-point-of-failure"];

/** A program that is not ours, with a database that both packs refuse; it needs @pulumi/pulumi only. */
const PROGRAM = `
const pulumi = require("@pulumi/pulumi");
new pulumi.CustomResource("aws:rds/instance:Instance", "orders", {
    engine: "postgres",
    instanceClass: "db.t4g.micro",
    allocatedStorage: 20,
    backupRetentionPeriod: 7,
    deletionProtection: true,
    ...(process.env.ANOTHER_FINDING ? { backupRetentionPeriod: 1 } : {}),
});
`;

interface Ended {
    readonly code: number;
    readonly said: string;
}

/**
 * The packs as packages in a folder that has nothing of this repository but @pulumi/pulumi and @pulumi/policy, on the plain CLI
 * with Pulumi's own language host. Its commands are those of docs/policies/adopt.md, in their order.
 */
describe("the packs, installed beside a program that is not ours", () => {
    const place = newFolder();
    const program = path.join(place, "shop");
    const modules = path.join(program, "node_modules");
    const tarballs = path.join(place, "tarballs");
    const docs = fs.readFileSync(path.join(root, "docs/policies/adopt.md"), "utf8");
    const blocks = [...docs.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, kind = "", text = ""]) => ({
        kind,
        text,
    }));
    const commands = blocks.filter(({ kind }) => kind === "sh").map(({ text }) => text);
    let standIns: StandIns;
    let env: NodeJS.ProcessEnv;

    const sh = async (script: string, more: NodeJS.ProcessEnv = {}): Promise<Ended> => {
        const options = { cwd: program, env: { ...env, ...more }, maxBuffer: 1 << 28 };
        try {
            const { stdout, stderr } = await run("sh", ["-euc", script], options);
            return { code: 0, said: stdout + stderr };
        } catch (error) {
            const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
            return { code, said: stdout + stderr };
        }
    };
    const findings = (): readonly string[] =>
        PACKS.flatMap((pack) => {
            const file = path.join(program, "policy-reports", `${pack}.findings.json`);
            const { complete, findings: found } = JSON.parse(fs.readFileSync(file, "utf8")) as FindingsDocument;
            expect(complete).toBe(true);
            return found.map(({ rule, level }) => `${level} ${rule}`);
        });

    beforeAll(async () => {
        execFileSync(process.execPath, [path.join(root, "scripts/build-packs.mjs")], { stdio: "ignore" });
        for (const folder of [
            tarballs,
            path.join(place, "state"),
            path.join(modules, "@pulumi"),
            path.join(modules, ".bin"),
        ]) {
            fs.mkdirSync(folder, { recursive: true });
        }
        fs.writeFileSync(
            path.join(program, "Pulumi.yaml"),
            "name: shop\nruntime:\n  name: nodejs\n  options:\n    typescript: false\n",
        );
        fs.writeFileSync(path.join(program, "Pulumi.dev.yaml"), "config:\n  aws:region: eu-central-1\n");
        fs.writeFileSync(path.join(program, "index.js"), PROGRAM);
        fs.writeFileSync(
            path.join(program, "package.json"),
            JSON.stringify({ name: "shop", main: "index.js", version: "1.0.0" }),
        );
        for (const name of ["pulumi", "policy"]) {
            fs.symlinkSync(path.join(root, "node_modules/@pulumi", name), path.join(modules, "@pulumi", name));
        }
        const [setUp, makePackages, install = ""] = commands[0]?.split("\n") ?? [];
        expect(setUp).toBe('make -C "$HEADROOM" setup');
        execFileSync("sh", ["-euc", makePackages ?? ""], {
            cwd: program,
            env: { PATH: process.env["PATH"], HOME: process.env["HOME"], HEADROOM: root },
            stdio: "ignore",
        });
        // What `npm install` of the two files does, without asking a registry for the two packages above.
        expect(install).toMatch(/^npm install --save-dev /);
        for (const [file] of install.matchAll(/headroom-policy-\S+\.tgz/g)) {
            fs.renameSync(path.join(program, file), path.join(tarballs, file));
        }
        for (const pack of PACKS) {
            const folder = path.join(modules, "@headroom", `policy-${pack}`);
            fs.mkdirSync(folder, { recursive: true });
            const tarball = path.join(tarballs, `headroom-policy-${pack}-0.1.0.tgz`);
            execFileSync("tar", ["xzf", tarball, "--strip-components", "1", "-C", folder]);
            const { bin } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as {
                bin: Record<string, string>;
            };
            for (const [name, file] of Object.entries(bin)) {
                fs.chmodSync(path.join(folder, file), 0o755);
                fs.rmSync(path.join(modules, ".bin", name), { force: true });
                fs.symlinkSync(path.join(folder, file), path.join(modules, ".bin", name));
            }
        }
        const host = await languageHostFolder();
        const cli = path.join(place, "bin");
        fs.mkdirSync(cli);
        fs.symlinkSync(findCli(), path.join(cli, "pulumi"));
        standIns = await startStandIns({ programDir: root, cloudFile: path.join(place, "cloud.jsonl") });
        env = {
            PATH: [cli, host, process.env["PATH"]].join(path.delimiter),
            HOME: place,
            PULUMI_HOME: path.join(place, "pulumi-home"),
            PULUMI_BACKEND_URL: `file://${encodeURI(path.join(place, "state"))}`,
            PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_DEBUG_PROVIDERS: standIns.providers,
            npm_config_update_notifier: "false",
        };
        expect(await sh("pulumi stack init dev --non-interactive")).toMatchObject({ code: 0 });
    }, 600_000);

    afterAll(async () => {
        standIns.child.process.kill("SIGTERM");
        await standIns.child.ended;
        await cleanUp();
    });

    it.each(PACKS)("%s is packed with what it needs and nothing else", (pack) => {
        const listed = execFileSync("tar", ["tzf", path.join(tarballs, `headroom-policy-${pack}-0.1.0.tgz`)], {
            encoding: "utf8",
        });
        expect(listed.trim().split("\n").sort()).toEqual(
            ["LICENSE", "PulumiPolicy.yaml", "README.md", "dist/baseline.js", "dist/index.js", "package.json"].map(
                (file) => `package/${file}`,
            ),
        );
    });

    it.each(PACKS)("%s starts and its command runs where no package is to be found at all", (pack) => {
        const folder = path.join(newFolder(), "pack");
        fs.cpSync(path.join(modules, "@headroom", `policy-${pack}`), folder, { recursive: true });
        const script = "require(process.argv[1]); setTimeout(() => process.exit(0), 300);";
        const pack1 = spawnSync(process.execPath, ["-e", script, path.join(folder, "dist/index.js")], {
            cwd: folder,
            encoding: "utf8",
        });
        expect(pack1.stderr).toBe("");
        expect(pack1.stdout).toMatch(/^\d+\n$/);
        const command = spawnSync(path.join(folder, "dist/baseline.js"), ["--help"], { cwd: folder, encoding: "utf8" });
        expect(command.stdout).toMatch(/--dry-run/);
    });

    it("the commands of adopt.md are the ones that follow", () => {
        expect(commands.map((command) => command.split("\n")[0])).toEqual([
            expect.stringMatching(/^make -C /),
            "pulumi preview \\",
            "pulumi stack export --file state.json",
            expect.stringMatching(/^export HEADROOM_POLICY_REPORTS=/),
            expect.stringMatching(/^npx headroom-policy-baseline --dry-run/),
            "pulumi preview \\",
        ]);
        // The day in the page must lie ahead, and no more than a year.
        expect(commands[4]).toContain("--expires 2027-03-31");
    });

    it("with everything advisory, the preview shows the findings and passes", async () => {
        fs.writeFileSync(path.join(program, "advisory.json"), blocks.find(({ kind }) => kind === "json")?.text ?? "");
        const { code, said } = await sh(`${commands[1] ?? ""} `);
        expect({ code, said }).toMatchObject({ code: 0 });
        expect(said).toMatch(/\[advisory\].*rds-encrypted/);
        expect(said).toMatch(/\[advisory\].*rds-multi-az/);
    }, 120_000);

    it("a state file is judged without the program", async () => {
        expect(await sh("pulumi up --yes --non-interactive --skip-preview")).toMatchObject({ code: 0 });
        const { code, said } = await sh(commands[2] ?? "");
        expect({ code, said }).toMatchObject({ code: 0 });
        expect(said).toMatch(/rds-encrypted/);
    }, 120_000);

    it("with the packs' own levels the preview fails, and leaves its reports", async () => {
        const { code, said } = await sh(commands[3] ?? "");
        expect(code).not.toBe(0);
        expect(said).toMatch(/\[mandatory\].*rds-encrypted/);
        expect(findings()).toEqual(expect.arrayContaining(["mandatory rds-encrypted", "mandatory rds-multi-az"]));
    }, 120_000);

    it("the command writes an exemption for each, and the preview passes from then on", async () => {
        // The day of the page, brought near for as long as the test lives.
        const expires = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
        const written = await sh((commands[4] ?? "").replaceAll("2027-03-31", expires), {
            HEADROOM_POLICY_REPORTS: "policy-reports",
        });
        expect(written).toMatchObject({
            code: 0,
            said: expect.stringMatching(/Would add \d+ exemptions[^]*Added \d+ exemptions/) as string,
        });
        const passing = await sh(commands[5] ?? "", { HEADROOM_POLICY_REPORTS: "policy-reports" });
        expect(passing).toMatchObject({ code: 0 });
        expect(findings().filter((finding) => finding.startsWith("mandatory"))).toEqual([]);
        const again = await sh((commands[4] ?? "").replaceAll("2027-03-31", expires), {
            HEADROOM_POLICY_REPORTS: "policy-reports",
        });
        expect(again).toMatchObject({ code: 0, said: expect.stringMatching(/Nothing to add/) as string });
    }, 120_000);

    it("a finding that is new stops it", async () => {
        const stopped = await sh(commands[5] ?? "", {
            HEADROOM_POLICY_REPORTS: "policy-reports",
            ANOTHER_FINDING: "yes",
        });
        expect(stopped.code).not.toBe(0);
        expect(findings().filter((finding) => finding.startsWith("mandatory"))).toEqual(["mandatory rds-backup"]);
    }, 120_000);
});
