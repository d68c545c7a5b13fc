import { spawn } from "node:child_process";
import { once } from "node:events";
import { ProcessWatch, family, latest, parsePs, parseStat, roleOf } from "../../bench/lib/processes";

test("the output of ps is read, with spaces in command lines and times of any length", () => {
    expect(parsePs("    1     0   1024   1:02.50 /sbin/init\n  812     1  20480 01:00:07 node a b.js\n\n")).toEqual([
        { pid: 1, ppid: 0, command: "/sbin/init", peakKiB: 1024, cpuMs: 62_500 },
        { pid: 812, ppid: 1, command: "node a b.js", peakKiB: 20480, cpuMs: 3_607_000 },
    ]);
});

test("Linux's own record of a process is read, whatever its name holds", () => {
    const text = "42 (node (old) 7) S 7 42 42 0 -1 4194560 9000 0 0 0 150 25 0 0 20 0 11 0 100 0";

    expect(parseStat(text)).toEqual({ ppid: 7, cpuMs: 1750 });
});

test("a family is a process and all that descend from it", () => {
    const process = (pid: number, ppid: number) => ({ pid, ppid, command: "", peakKiB: 0, cpuMs: 0 });
    const all = [process(1, 0), process(10, 1), process(11, 10), process(12, 11), process(20, 1)];

    expect(family(all, 10).map(({ pid }) => pid)).toEqual([10, 11, 12]);
});

test.each([
    ["node /x/offline/bin/offline.js preview --cwd . --stack prod", "/x", "runner"],
    ["/home/a/.pulumi/versions/3.250.0/bin/pulumi preview --stack prod", "/x", "engine (CLI)"],
    ["node -r register.js /x/offline/runner/program-host.ts {}", "/x", "program"],
    ["node -r register.js /x/offline/providers/main.ts", "/x", "stand-ins"],
    [
        "node -r register.js /x/offline/runner/policy-host.ts 127.0.0.1:1 .",
        "/x/policies/encryption",
        "policy pack encryption",
    ],
    ["node /x/bench/dist/cdk.cjs out", "/x", "CDK application"],
    ["ps -axo pid=", "/x", undefined],
])("%s is known by its command line", (command, folder, role) => {
    expect(roleOf({ pid: 1, ppid: 0, peakKiB: 0, cpuMs: 0, command, folder })).toBe(role);
});

test("the peak of a process counts, also when it has given the memory back", async () => {
    const mebibytes = 200;
    const script = `let held = Buffer.alloc(${String(mebibytes)} << 20, 1); setTimeout(() => { held = undefined; gc(); }, 300); setTimeout(() => {}, 1500);`;
    const child = spawn(process.execPath, ["--expose-gc", "-e", `/* offline.js */ ${script}`], { stdio: "ignore" });
    const watch = new ProcessWatch(child.pid ?? 0);
    await once(child, "close");

    const { runner } = watch.stop();

    expect((runner?.peakKiB ?? 0) / 1024).toBeGreaterThan(mebibytes);
    expect((runner?.peakKiB ?? 0) / 1024).toBeLessThan(mebibytes * 3);
    expect(runner?.cpuMs).toBeGreaterThan(0);
});

test("a process that was seen between fork and exec, with its parent's command line, is not counted as its parent", () => {
    const forked = { role: "runner", peakKiB: 58_000, cpuMs: 10 };
    const engine = { role: "engine (CLI)", peakKiB: 20_000, cpuMs: 20 };

    expect(latest(forked, engine)).toEqual(engine);
    expect(latest(engine, { ...engine, peakKiB: 15_000, cpuMs: 30 })).toEqual({ ...engine, cpuMs: 30 });
});
