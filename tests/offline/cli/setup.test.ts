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
