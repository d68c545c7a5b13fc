import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { clearLocks } from "../../../offline/runner/locks";

describe("the locks of a stack", () => {
    let folder: string;
    const notes: string[] = [];
    const note = (text: string) => void notes.push(text);
    const write = (name: string, content: object | string) => {
        fs.writeFileSync(path.join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
    };
    const lock = (pid: number, hostname = os.hostname()) => ({
        pid,
        hostname,
        username: "u",
        timestamp: "2026-01-01T00:00:00Z",
    });

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-locks-"));
        notes.length = 0;
    });
    afterEach(() => {
        fs.rmSync(folder, { recursive: true });
    });

    it("are removed, with a note, where their process is gone", async () => {
        const gone = spawn(process.execPath, ["-e", ""]);
        await new Promise((resolve) => gone.once("exit", resolve));
        write("a.json", lock(gone.pid ?? 0));
        write("a.json.attrs", "{}");
        await clearLocks(folder, note);
        expect(fs.readdirSync(folder)).toEqual([]);
        expect(notes.join()).toContain(`process ${gone.pid} is gone`);
    });

    it("are removed where their process id was given to another program since", async () => {
        write("a.json", lock(process.pid));
        await clearLocks(folder, note);
        expect(fs.readdirSync(folder)).toEqual([]);
    });

    it("are removed where they were cut off while they were written", async () => {
        write("a.json", '{"pid":');
        await clearLocks(folder, note);
        expect(fs.readdirSync(folder)).toEqual([]);
    });

    it.each(["", '{"pid":', "null"])(
        "are removed where %j was left in a temporary file, once it is old enough",
        async (content) => {
            write("a.json.0f3a.tmp", content);
            const aMinuteAgo = Date.now() / 1000 - 60;
            fs.utimesSync(path.join(folder, "a.json.0f3a.tmp"), aMinuteAgo, aMinuteAgo);
            await clearLocks(folder, note, { waitMs: 0 });
            expect(fs.readdirSync(folder)).toEqual([]);
            expect(notes.join()).toContain("Removed the lock");
        },
    );

    it("are waited for while they are being written", async () => {
        write("a.json.0f3a.tmp", "");
        await expect(clearLocks(folder, note, { waitMs: 0 })).rejects.toThrow("about to lock this stack");
        expect(fs.readdirSync(folder)).toEqual(["a.json.0f3a.tmp"]);
    });

    it("are waited for no longer than a person wants to", async () => {
        write("a.json", lock(1, "elsewhere"));
        let looks = 0;
        const checkCancelled = () => {
            if (++looks > 1) throw new Error("cancelled");
        };
        await expect(clearLocks(folder, note, { checkCancelled })).rejects.toThrow("cancelled");
    });

    it("are left to another machine, and the error names the machine, the process and the file", async () => {
        write("a.json", lock(1, "elsewhere"));
        const refused = clearLocks(folder, note, { waitMs: 0 });
        await expect(refused).rejects.toThrow("process 1 on elsewhere");
        await expect(refused).rejects.toThrow(`remove ${path.join(folder, "a.json")}`);
        expect(fs.readdirSync(folder)).toEqual(["a.json"]);
    });

    it("are waited for while the engine that holds them lives", async () => {
        // A link named like the CLI: that is what the process is called.
        const cli = path.join(folder, "pulumi");
        fs.copyFileSync("/bin/sleep", cli);
        fs.chmodSync(cli, 0o755);
        const engine = spawn(cli, ["0.5"]);
        const ended = new Promise((resolve) => engine.once("exit", resolve));
        write("a.json", lock(engine.pid ?? 0));
        await clearLocks(folder, note);
        await ended;
        expect(notes[0]).toContain(`Waiting for the engine that still works on this stack (process ${engine.pid})`);
        expect(fs.existsSync(path.join(folder, "a.json"))).toBe(false);
    });

    it("need not have a folder yet", async () => {
        await expect(clearLocks(path.join(folder, "none"), note)).resolves.toBeUndefined();
    });
});
