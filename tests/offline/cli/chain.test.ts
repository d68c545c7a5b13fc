import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { isAtLeast, locate, pinnedDir, PINNED_VERSION } from "../../../offline/cli/locate";
import { provide, run, withLock } from "../../../offline/cli/provide";

/** Each link of the chain is played by an executable of our own. */
describe("the chain that gets the Pulumi CLI", () => {
    let folder: string;
    let said: string[];
    const dir = (name: string) => path.join(folder, name);
    const put = (file: string, script: string) => {
        fs.mkdirSync(path.dirname(dir(file)), { recursive: true });
        fs.writeFileSync(dir(file), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
        return dir(file);
    };
    const cli = (file: string, version: string) => put(file, `echo v${version}`);
    const way = (env: NodeJS.ProcessEnv = {}, reachable = false) => ({
        env: { PATH: dir("path"), HOME: dir("home"), ...env },
        headroomDir: dir("checkout"),
        home: dir("home"),
        say: (line: string) => void said.push(line),
        progress: () => undefined,
        reaches: () => Promise.resolve(reachable),
    });
    const pinned = `home/.pulumi/versions/${PINNED_VERSION}/bin/pulumi`;

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom cli "));
        said = [];
    });
    afterEach(() => {
        fs.chmodSync(folder, 0o755);
        fs.rmSync(folder, { recursive: true });
    });

    it("takes the path that HEADROOM_PULUMI names before all else", () => {
        cli("path/pulumi", "9.0.0");
        const file = cli("mine/pulumi", "3.1.0");
        expect(locate(way({ HEADROOM_PULUMI: file })).found).toMatchObject({ file, from: "HEADROOM_PULUMI" });
    });

    it("refuses a HEADROOM_PULUMI that does not run, by its path", () => {
        expect(() => locate(way({ HEADROOM_PULUMI: dir("none") }))).toThrow(dir("none"));
    });

    it("takes a pulumi on PATH that is new enough", () => {
        const file = cli("path/pulumi", "3.251.0");
        cli(pinned, PINNED_VERSION);
        expect(locate(way()).found).toEqual({ file, from: "PATH", version: "3.251.0" });
    });

    it("passes over a pulumi on PATH that is too old, and says so", () => {
        cli("path/pulumi", "3.100.0");
        const file = cli(pinned, PINNED_VERSION);
        const { found, rejected } = locate(way());
        expect(found).toMatchObject({ file, from: "pinned" });
        expect(rejected[0]).toContain(`version 3.100.0, older than ${PINNED_VERSION}`);
    });

    it("passes over the executable that npm puts on PATH for a package", () => {
        cli("node_modules/.bin/pulumi", "9.9.9");
        expect(locate(way({ PATH: dir("node_modules/.bin") })).found).toBeUndefined();
    });

    it("asks an executable for its version once, and again when it changes", () => {
        const counted = 'echo x >> "${0%/*}/asked"; echo v3.260.0';
        put("path/pulumi", counted);
        const env = { PATH: `${dir("path")}:/usr/bin:/bin` };
        const asked = () => fs.readFileSync(dir("path/asked"), "utf8").trim().split("\n").length;
        locate(way(env));
        locate(way(env));
        expect(asked()).toBe(1);
        put("path/pulumi", `${counted} # changed`);
        locate(way(env));
        expect(asked()).toBe(2);
    });

    it("asks a version manager's shim by its own name, and in the environment that the runner gives it", () => {
        put("manager", 'case "$0" in */pulumi) ;; *) exit 1 ;; esac; [ -z "$MANAGER" ] && echo v3.260.0');
        fs.mkdirSync(dir("path"));
        fs.symlinkSync(dir("manager"), dir("path/pulumi"));
        expect(locate(way()).found).toMatchObject({ from: "PATH", version: "3.260.0" });
        fs.rmSync(dir("path/pulumi"));
        put("path/pulumi", "exec not-on-the-path-of-the-engine version");
        expect(locate(way()).rejected[0]).toContain("does not run by itself");
    });

    it("passes over another major version", () => {
        cli("path/pulumi", "4.0.0");
        expect(locate(way())).toMatchObject({ rejected: [expect.stringContaining("version 4.0.0, not 3")] });
    });

    it("does without a home", () => {
        const homedir = jest.spyOn(jest.requireActual<typeof os>("node:os"), "homedir");
        const { home: _, ...homeless } = way();
        try {
            homedir.mockReturnValue("");
            expect(pinnedDir(homeless)).toBeUndefined();
            homedir.mockImplementation(() => {
                throw new Error("no entry");
            });
            expect(locate(homeless)).toEqual({ rejected: [] });
            cli(`checkout/.headroom/cli/${PINNED_VERSION}/pulumi`, PINNED_VERSION);
            expect(locate(homeless).found).toMatchObject({ from: "checkout" });
        } finally {
            homedir.mockRestore();
        }
    });

    it("builds with Go where the installer's site can't be reached, and says why in one line", async () => {
        put(
            "path/go",
            '[ "$1" = version ] && exit 0\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/sh" > "$2"; /bin/chmod +x "$2"',
        );
        const found = await provide(way());
        expect(found).toMatchObject({ file: dir(pinned), from: "pinned" });
        expect(said).toHaveLength(1);
        expect(said[0]).toMatch(/npm package pulumi@.*can't be reached/);
        expect(fs.readdirSync(path.dirname(dir(pinned)))).toEqual(["pulumi"]);
    });

    it("installs by the npm package where its site can be reached", async () => {
        const script = `const fs = require("fs"), path = require("path"); const bin = path.join(process.env.PULUMI_HOME, "versions", "${PINNED_VERSION}", "bin");
fs.mkdirSync(bin, { recursive: true }); for (const name of ["pulumi", "pulumi-language-nodejs"]) fs.writeFileSync(path.join(bin, name), "#!/bin/sh\\n", { mode: 0o755 });`;
        put(
            "path/npm",
            `/bin/mkdir -p node_modules/pulumi; /bin/cat > node_modules/pulumi/run.js <<'EOF'\n${script}\nEOF`,
        );
        expect(await provide(way({}, true))).toMatchObject({ file: dir(pinned), from: "pinned" });
        expect(fs.readdirSync(path.dirname(dir(pinned))).sort()).toEqual(["pulumi", "pulumi-language-nodejs"]);
        expect(said).toEqual([]);
    });

    it("falls through an npm install and a build that fail, and names all four ways", async () => {
        put("path/npm", "echo no such registry >&2; exit 1");
        put("path/go", '[ "$1" = version ] && exit 0\necho cannot build >&2; exit 1');
        const attempt = provide(way({}, true));
        await expect(attempt).rejects.toThrow(
            /1\. no pulumi on PATH[\s\S]*2\. no .*versions[\s\S]*3\. npm package[\s\S]*no such registry[\s\S]*4\. go build[\s\S]*cannot build/,
        );
        await expect(attempt).rejects.toThrow("HEADROOM_PULUMI");
    });

    it("says that Go is missing where it is", async () => {
        await expect(provide(way())).rejects.toThrow(/4\. go build .*: no Go on PATH/);
    });

    it("leaves no half-built executable behind where the build fails", async () => {
        put("path/go", '[ "$1" = version ] && exit 0\nwhile [ "$1" != -o ]; do shift; done\necho half > "$2"; exit 1');
        await expect(provide(way())).rejects.toThrow();
        expect(fs.readdirSync(path.dirname(dir(pinned)))).toEqual([]);
    });

    it("builds into the checkout where the home can't be written to", async () => {
        fs.writeFileSync(dir("home"), "no folder");
        put(
            "path/go",
            '[ "$1" = version ] && exit 0\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/sh" > "$2"; /bin/chmod +x "$2"',
        );
        const found = await provide(way());
        expect(found.from).toBe("checkout");
        expect(found.file.startsWith(dir("checkout"))).toBe(true);
    });

    it("builds once where two set-ups run at the same time", async () => {
        put(
            "path/go",
            `[ "$1" = version ] && exit 0\necho x >> "${dir("builds")}"; /bin/sleep 0.3\nwhile [ "$1" != -o ]; do shift; done\necho "#!/bin/sh" > "$2"; /bin/chmod +x "$2"`,
        );
        const [one, two] = await Promise.all([provide(way()), provide(way())]);
        expect(one.file).toBe(two.file);
        expect(fs.readFileSync(dir("builds"), "utf8")).toBe("x\n");
    });

    it("takes over the lock of a set-up that was killed", async () => {
        fs.mkdirSync(dir("lock"));
        fs.writeFileSync(dir("lock/pid"), "999999999");
        await expect(withLock(dir("lock"), way(), () => Promise.resolve("done"))).resolves.toBe("done");
        expect(fs.existsSync(dir("lock"))).toBe(false);
    });

    it("takes over the lock of another process of a container that had our number", async () => {
        fs.mkdirSync(dir("lock"));
        fs.writeFileSync(dir("lock/pid"), `${process.pid} ${os.hostname()} earlier`);
        await expect(withLock(dir("lock"), way(), () => Promise.resolve("done"))).resolves.toBe("done");
    });

    it("takes over the lock that no holder has touched for long, and not before", async () => {
        fs.mkdirSync(dir("lock"));
        fs.writeFileSync(dir("lock/pid"), `${process.ppid} elsewhere`);
        const work = withLock(dir("lock"), way(), () => Promise.resolve("done"));
        await new Promise((resolve) => setTimeout(resolve, 600));
        expect(fs.existsSync(dir("lock/pid"))).toBe(true);
        const aMinuteAgo = Date.now() / 1000 - 60;
        fs.utimesSync(dir("lock"), aMinuteAgo, aMinuteAgo);
        await expect(work).resolves.toBe("done");
        expect(fs.readdirSync(folder)).toEqual([]);
    });

    it("ends whatever a command started when it takes too long", async () => {
        const slow = put("slow", `/bin/sleep 60 & echo $! > "${dir("child")}"; wait`);
        const { problem } = await run(slow, [], { cwd: folder, env: {}, limitMs: 600 });
        expect(problem).toContain("took longer than");
        const child = Number(fs.readFileSync(dir("child"), "utf8"));
        // A zombie until init reaps it; it runs no more.
        const state = spawnSync("ps", ["-p", String(child), "-o", "stat="], { encoding: "utf8" }).stdout.trim();
        expect(state).toMatch(/^(Z.*)?$/);
    });

    it("compares versions by their numbers", () => {
        expect(isAtLeast("3.250.0", "3.250.0")).toBe(true);
        expect(isAtLeast("v3.1000.0", "3.250.0")).toBe(true);
        expect(isAtLeast("4.0.0-beta.1", "3.250.0")).toBe(true);
        expect(isAtLeast("3.99.9", "3.250.0")).toBe(false);
    });
});
