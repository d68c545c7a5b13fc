import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

const root = path.resolve(__dirname, "../../..");

/** A checkout with nothing in it but what set-up is made of, and an npm of our own. */
describe("set-up", () => {
    let folder: string;

    beforeEach(() => {
        folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "headroom setup ")));
        for (const part of ["scripts/setup.mjs", "offline/cli/provide.js", "offline/cli/locate.js"])
            fs.cpSync(path.join(root, part), path.join(folder, part));
        fs.writeFileSync(path.join(folder, "package-lock.json"), '{"packages":{"node_modules/a":{"version":"1.0.0"}}}');
        fs.mkdirSync(path.join(folder, "path"));
        fs.writeFileSync(path.join(folder, "path/npm"), `#!/bin/sh\necho "$@" >&2; exit 1\n`, { mode: 0o755 });
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("installs what the commands are made with, also where NODE_ENV asks for production, and shows why npm failed", () => {
        const { stderr, status } = spawnSync(process.execPath, [path.join(folder, "scripts/setup.mjs")], {
            encoding: "utf8",
            env: { PATH: path.join(folder, "path"), NODE_ENV: "production" },
        });
        expect(stderr).toContain("npm ci failed:\nci --include=dev");
        expect(status).toBe(1);
    });
});

describe("make", () => {
    const config = (args: string[], env: NodeJS.ProcessEnv) =>
        spawnSync("sh", ["-c", '"$0" "$@"', "make", "--eval", 'show:; @echo "[$$CONFIG]"', "show", ...args], {
            cwd: root,
            encoding: "utf8",
            env: { PATH: process.env.PATH, ...env },
        }).stdout.trim();

    it("takes settings from its own command line alone", () => {
        expect(config(["CONFIG=a=1 b=2"], {})).toBe("[a=1 b=2]");
        expect(config([], { CONFIG: "Release" })).toBe("[]");
    });
});

describe("the command that destroys a stack", () => {
    it("lifts the deletion protection first, however long the state is that says so", () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom stack "));
        try {
            fs.cpSync(path.join(root, "scripts/stack.sh"), path.join(folder, "scripts/stack.sh"));
            fs.writeFileSync(path.join(folder, "scripts/setup.sh"), "#!/bin/sh\n", { mode: 0o755 });
            fs.mkdirSync(path.join(folder, "offline/bin"), { recursive: true });
            const cli = `const [command, ...rest] = process.argv.slice(2);
if (command === "export") {
    process.stdout.on("error", (error) => { console.error(error.code); });
    process.stdout.write('"deletionProtection": true\\n');
    setTimeout(() => process.stdout.write("x\\n".repeat(1_000_000)), 100);
} else console.log(command, rest.join(" "));`;
            fs.writeFileSync(path.join(folder, "offline/bin/offline.js"), cli);
            const { stdout, stderr } = spawnSync("sh", [path.join(folder, "scripts/stack.sh"), "destroy"], {
                encoding: "utf8",
                env: { PATH: process.env.PATH },
            });
            expect(stderr).not.toContain("EPIPE");
            expect(stdout.trim().split("\n")).toEqual([
                "up --cwd . --stack dev --config deletionProtection=false",
                "destroy --cwd . --stack dev",
            ]);
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    });
});
