import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findCli } from "../../offline/runner/engine";
import { StandIns, startStandIns } from "../../offline/runner/stand-ins";
import { changes, cleanUp, expectSuccess, newFolder, open, packs, root } from "../engine/workplace";
import { languageHostFolder } from "./language-host";

const run = promisify(execFile);

/**
 * The plain CLI with Pulumi's own language host and our program as it is checked out. Only the cloud is missing: its
 * providers are the stand-ins, attached from outside.
 */
describe("the plain CLI", () => {
    const place = newFolder();
    const program = path.join(place, "headroom");
    let standIns: StandIns;
    let pulumi: (...args: string[]) => Promise<string>;

    beforeAll(async () => {
        const host = await languageHostFolder();
        for (const part of [
            "index.ts",
            "components",
            "Pulumi.yaml",
            "Pulumi.dev.yaml",
            "package.json",
            "tsconfig.json",
            "policy-exemptions.yaml",
        ]) {
            fs.cpSync(path.join(root, part), path.join(program, part), { recursive: true });
        }
        fs.symlinkSync(path.join(root, "node_modules"), path.join(program, "node_modules"));
        for (const pack of packs) {
            fs.cpSync(pack, path.join(program, path.relative(root, pack)), { recursive: true });
        }
        standIns = await startStandIns({ programDir: program, cloudFile: path.join(place, "cloud.jsonl") });
        fs.mkdirSync(path.join(place, "state"));
        const env = {
            PATH: `${host}${path.delimiter}${String(process.env["PATH"])}`,
            HOME: place,
            PULUMI_HOME: path.join(place, "pulumi-home"),
            PULUMI_BACKEND_URL: `file://${encodeURI(path.join(place, "state"))}`,
            PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DEBUG_PROVIDERS: standIns.providers,
        };
        const cli = findCli();
        pulumi = async (...args) =>
            (await run(cli, [...args, "--non-interactive"], { cwd: program, env, maxBuffer: 1 << 28 })).stdout;
    }, 600_000);

    afterAll(async () => {
        standIns.child.process.kill("SIGTERM");
        await standIns.child.ended;
        await cleanUp();
    });

    it("plans the same as `make preview`, with both packs", async () => {
        await pulumi("stack", "init", "dev");
        const offline = await (await open({ cwd: root, stack: "dev", policyPacks: packs })).preview();
        expectSuccess(offline);

        const packArguments = packs.flatMap((pack) => ["--policy-pack", path.relative(root, pack)]);
        const plain = JSON.parse(await pulumi("preview", "--stack", "dev", "--json", ...packArguments)) as {
            steps: { op: string; urn: string }[];
        };

        // Whether default providers are listed depends on the language host's version.
        const ours = (urn: string) => !/::pulumi:(pulumi:Stack|providers:)/.test(urn);
        const planned = plain.steps.filter((step) => ours(step.urn));
        const types = (urns: string[]) => urns.map((urn) => urn.split("::").slice(2).join(" ")).sort();
        const expected = offline.steps.filter((step) => step.op === "create" && ours(step.urn));
        expect(planned.every((step) => step.op === "create")).toBe(true);
        expect(types(planned.map((step) => step.urn))).toEqual(types(expected.map((step) => step.urn)));
        expect(changes(offline).length).toBeGreaterThan(150);
    }, 240_000);
});
