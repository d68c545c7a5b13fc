/**
 * Builds a Kubernetes API server from the modules that go.mod and go.sum pin: etcd, kube-apiserver and kube-controller-manager.
 * Prints the folder they are in. What is built already is not built again.
 *
 *     node tests/kubernetes/api-server/build.mjs
 *
 * Needs Go and nothing else: no C compiler, no container engine. The first time takes five minutes on two cores that do nothing else,
 * 90 MB of downloads and 3 GB in Go's build cache. Another version of Kubernetes: change it everywhere in go.mod, `go mod tidy`.
 */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../../..");
const { withLock } = createRequire(import.meta.url)("../../../offline/cli/provide.js");
const built = join(root, ".headroom", "kubernetes");

/** GOTOOLCHAIN=local: a Go that is too old says so, and fetches no other. */
const env = { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOWORK: "off", GOFLAGS: "-mod=readonly" };
const options = { cwd: here, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] };

let last = 0;
/** A line at the bottom of a terminal; without a terminal, one line in a quarter of a minute. */
const screen = {
    progress(line) {
        if (process.stderr.isTTY) process.stderr.write(`\r\u001b[2K${line}`);
        else if (Date.now() - last > 15_000) process.stderr.write(`${line}\n`);
        else return;
        last = Date.now();
    },
    say(line) {
        process.stderr.write(`${process.stderr.isTTY ? "\r\u001b[2K" : ""}${line}\n`);
    },
};

function fail(message) {
    screen.say(`error: ${message}`);
    process.exit(1);
}

function go(...args) {
    try {
        return execFileSync("go", args, options).trim();
    } catch (error) {
        fail(
            error.code === "ENOENT"
                ? "the API server is built with Go (https://go.dev/dl), which is not on PATH."
                : `go ${args.join(" ")} failed:\n${String(error.stderr).trim()}`,
        );
    }
}

/** Builds one command; `go build -v` names each package that it compiles. */
function build(name, command, flags, folder) {
    const total = go("list", "-deps", command).split("\n").length;
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    return new Promise((done) => {
        const args = ["build", "-v", "-trimpath", "-ldflags", flags, "-o", join(folder, name), command];
        const child = spawn("go", args, options);
        let compiled = 0;
        let said = "";
        child.stderr.setEncoding("utf8").on("data", (text) => {
            compiled += text.split("\n").length - 1;
            said = (said + text).slice(-4_000);
        });
        const timer = setInterval(
            () => screen.progress(`building ${name}: ${compiled} of ${total} packages, ${seconds()} s`),
            1_000,
        );
        child.once("error", (error) => fail(error.message));
        child.once("close", (code) => {
            clearInterval(timer);
            if (code !== 0) fail(`${name} can't be built:\n${said}`);
            screen.say(`built ${name} in ${seconds()} s`);
            done();
        });
    });
}

const key = createHash("sha256")
    .update(readFileSync(join(here, "go.mod")))
    .update(readFileSync(join(here, "go.sum")))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex")
    .slice(0, 16);
const folder = join(built, key);

if (!existsSync(folder)) {
    mkdirSync(built, { recursive: true });
    await withLock(join(built, "build.lock"), screen, async () => {
        if (existsSync(folder)) return;
        go("mod", "download");
        const version = go("list", "-m", "-f", "{{.Version}}", "k8s.io/kubernetes");
        const minor = version.split(".")[1];
        const base = "k8s.io/component-base/version";
        const stamp = `-s -w -X ${base}.gitVersion=${version} -X ${base}.gitMajor=1 -X ${base}.gitMinor=${minor}`;
        const unfinished = `${folder}.${process.pid}.tmp`;
        await build("etcd", "go.etcd.io/etcd/server/v3", "-s -w", unfinished);
        await build("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", stamp, unfinished);
        await build("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", stamp, unfinished);
        renameSync(unfinished, folder);
        // 230 MB each.
        for (const other of readdirSync(built)) {
            if (other !== key && !other.endsWith(".lock")) rmSync(join(built, other), { recursive: true });
        }
    });
}
process.stdout.write(`${folder}\n`);
