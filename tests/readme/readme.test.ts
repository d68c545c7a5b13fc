import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { promisify } from "node:util";
import { findCli } from "../../offline/runner/engine";
import { StandIns, startStandIns } from "../../offline/runner/stand-ins";
import { cleanUp, newFolder, root } from "../engine/workplace";
import { languageHostFolder } from "../plain-cli/language-host";

/**
 * Every command of README.md, in its order, in a copy of the checkout. Blocks marked `sh account` and `sh image` are meant for
 * a real account: they run on the plain CLI with stand-ins in place of the cloud, a folder in place of the bucket that keeps
 * the state, and a recording `docker`.
 */
const readme = fs.readFileSync(path.join(root, "README.md"), "utf8");

interface Command {
    readonly kind: string;
    readonly line: string;
}

const commands: Command[] = [...readme.matchAll(/^```sh(?: (\w+))?\n([\s\S]*?)^```/gm)].flatMap((block) =>
    (block[2] ?? "")
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => ({ kind: block[1] ?? "offline", line })),
);

describe("the commands of README.md", () => {
    const place = newFolder();
    const checkout = path.join(place, "headroom");
    const environment: Record<string, NodeJS.ProcessEnv> = {};
    let standIns: StandIns;

    beforeAll(async () => {
        const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
            cwd: root,
            encoding: "utf8",
        });
        for (const file of files.split("\0").filter((name) => name !== "" && fs.existsSync(path.join(root, name)))) {
            fs.cpSync(path.join(root, file), path.join(checkout, file));
        }
        fs.symlinkSync(path.join(root, "node_modules"), path.join(checkout, "node_modules"));

        const host = await languageHostFolder();
        const cli = findCli();
        const tools = path.join(place, "tools");
        fs.mkdirSync(path.join(place, "state"), { recursive: true });
        fs.mkdirSync(tools);
        fs.writeFileSync(path.join(tools, "docker"), `#!/bin/sh\necho "$@" >> "${place}/docker.txt"\n`, {
            mode: 0o755,
        });
        standIns = await startStandIns({ programDir: checkout, cloudFile: path.join(place, "cloud.jsonl") });

        const common = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
        environment["offline"] = {
            ...common,
            HEADROOM_PULUMI: cli,
            // Somebody else's: nothing of it may leak in.
            AWS_PROFILE: "nobody",
            AWS_REGION: "eu-south-2",
            PULUMI_STACK: "somebody-else",
            PULUMI_BACKEND_URL: "file:///nonexistent",
            PULUMI_CONFIG_PASSPHRASE: "wrong",
        };
        environment["account"] = {
            ...common,
            PATH: [tools, host, path.dirname(cli), process.env["PATH"]].join(path.delimiter),
            PULUMI_HOME: path.join(place, "pulumi-home"),
            PULUMI_CONFIG_PASSPHRASE: "correct horse battery staple",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DEBUG_PROVIDERS: standIns.providers,
        };
        environment["image"] = environment["account"];
    }, 600_000);

    afterAll(async () => {
        standIns.child.process.kill("SIGTERM");
        await standIns.child.ended;
        await cleanUp();
    });

    /** What stands in the README for something of the reader's own. */
    function filledIn(line: string): string {
        return (
            line
                .replace("s3://YOUR-STATE-BUCKET", `"file://${encodeURI(path.join(place, "state"))}"`)
                .replace('"awskms://alias/YOUR-KEY?region=eu-central-1"', "passphrase")
                .replace("path/to/headroom/", "")
                // The copy's packages are those of the checkout: that the lock file can be installed is what is tried.
                .replace(/^npm ci$/, "npm ci --dry-run --prefer-offline")
                .replace(/^pulumi preview --policy-pack/, "pulumi preview --stack prod --policy-pack")
        );
    }

    const others = commands.filter((command) => command.line !== "make test");

    it.each(others.map((command) => [command.line, command.kind]))(
        "%s (%s)",
        async (line, kind) => {
            const run = promisify(execFile)("sh", ["-c", filledIn(line)], {
                cwd: checkout,
                env: environment[kind],
                maxBuffer: 1 << 28,
            });
            // The output tells what went wrong; without a failure nobody reads it.
            const said = await run.then(
                () => "success",
                (error: unknown) => {
                    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
                    return `${String(stdout).slice(-3_000)}\n${String(stderr).slice(-3_000)}`;
                },
            );
            expect(said).toBe("success");
        },
        300_000,
    );

    it("build and push the image from the folder of the application to the stack's repository", () => {
        const [build, push] = fs.readFileSync(path.join(place, "docker.txt"), "utf8").trim().split("\n");
        expect(build).toMatch(/^build .* -t \d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\/[^ ]+:0\.1\.0 app$/);
        expect(fs.existsSync(path.join(checkout, "app/Dockerfile"))).toBe(true);
        expect(push).toMatch(/^push \d{12}\.dkr\.ecr/);
    });

    it("leave the checkout as it was, but for what they say they write", () => {
        expect(fs.existsSync(path.join(checkout, "state.json"))).toBe(true);
        const changed = fs
            .readdirSync(checkout)
            .filter((file) => fs.statSync(path.join(checkout, file)).isFile())
            .filter((file) => !fs.existsSync(path.join(root, file)));
        expect(changed).toEqual(["state.json"]);
    });

    it("name `make test`, which is what .ci/run calls", () => {
        expect(commands.map((command) => command.line)).toContain("make test");
        expect(fs.readFileSync(path.join(root, ".ci/run"), "utf8")).toContain("make test");
    });

    it("name every stack file that exists", () => {
        for (const file of fs.readdirSync(root).filter((name) => /^Pulumi\..+\.yaml$/.test(name))) {
            expect(readme).toContain(`\`${file.split(".")[1] ?? ""}\``);
        }
    });

    it("stand beside links that lead somewhere", () => {
        const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) => match[1] ?? "");
        expect(links.filter((link) => !fs.existsSync(path.join(root, link)))).toEqual([]);
    });
});
