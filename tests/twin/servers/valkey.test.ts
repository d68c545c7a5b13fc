import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { startValkey, type ValkeyServer } from "../../../twin/servers/valkey";
import { installValkey } from "../../../twin/servers/valkey-installation";
import { bundle } from "../../app/support/bundle";
import { eventually } from "../../app/support/eventually";
import { isAlive } from "../../app/support/is-alive";

jest.setTimeout(120_000);

describe("the cache server on one machine", () => {
    let server: ValkeyServer;
    beforeAll(async () => {
        server = await startValkey();
    });
    afterAll(() => server.stop());

    test("is a cluster of one shard that holds all slots, as in the stage start", async () => {
        const info = await server.administer((client) => client.cluster("INFO"));
        expect(info).toContain("cluster_state:ok");
        expect(info).toContain("cluster_slots_ok:16384");
        expect(info).toContain("cluster_size:1");
    });

    test("gives the variables of the stack's binding", () => {
        expect(server.env).toEqual({
            CACHE_ENDPOINT: `127.0.0.1:${server.port}`,
            CACHE_TLS: "off",
            CACHE_MODE: "cluster",
            CACHE_USER: "cache-app",
            CACHE_AUTH: "password",
            CACHE_PASSWORD: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        });
    });

    test("knows the users of the stack: the application's may nothing dangerous, and nobody comes in without a name", async () => {
        const users = (await server.administer((client) => client.call("ACL", "LIST"))) as string[];
        expect(users.find((user) => user.startsWith("user default "))).toMatch(/ off .*-@all/);
        const may = async (...command: string[]): Promise<string> =>
            String(await server.administer((client) => client.call("ACL", "DRYRUN", "cache-app", ...command)));
        expect([await may("GET", "x"), await may("INFO"), await may("EVAL", "return 1", "0")]).toEqual([
            "OK",
            "OK",
            "OK",
        ]);
        for (const command of [["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "GET", "*"]]) {
            expect(await may(...command)).toMatch(/no permissions/);
        }
    });

    test("keeps no password in clear text on its disk", () => {
        const configuration = readFileSync(path.join(server.folder, "valkey.conf"), "utf8");
        expect(configuration).not.toContain(String(server.env.CACHE_PASSWORD));
    });

    test("comes back empty on the same port after it was killed", async () => {
        await server.administer((client) => client.set("x", "1"));
        const { pid, port } = server;
        server.kill();
        await server.exited();
        expect(server.pid).toBeUndefined();
        await server.start();
        expect(server.pid).not.toBe(pid);
        expect(server.port).toBe(port);
        expect(await server.administer((client) => client.get("x"))).toBeNull();
    });

    test("can be stopped while it hangs, and leaves nothing", async () => {
        const other = await startValkey({ mode: "standalone" });
        const pid = Number(other.pid);
        other.pause();
        await other.stop();
        expect(isAlive(pid)).toBe(false);
        expect(existsSync(other.folder)).toBe(false);
    });

    test("takes TLS only, where it is told to", async () => {
        const other = await startValkey({ mode: "standalone", tls: true });
        try {
            const socket = createConnection({ host: "127.0.0.1", port: other.port });
            socket.write("PING\r\n");
            let answer = "";
            socket.on("data", (data) => (answer += data.toString("latin1")));
            socket.on("error", () => undefined);
            await new Promise((resolve) => socket.once("close", resolve));
            expect(answer).not.toContain("PONG");
            expect(await other.administer((client) => client.ping())).toBe("PONG");
        } finally {
            await other.stop();
        }
    });

    test.each(["SIGKILL", "SIGTERM"] as const)("ends when the process that started it ends by %s", async (signal) => {
        const program = mkdtempSync(path.join(tmpdir(), "headroom-test-"));
        const source = path.join(program, "program.ts");
        writeFileSync(
            source,
            `import { startValkey } from ${JSON.stringify(path.resolve(__dirname, "../../../twin/servers/valkey"))};
             void startValkey({ mode: "standalone" }).then((server) => {
                 console.log(server.pid + " " + server.folder);
                 setInterval(() => undefined, 1000);
             });`,
        );
        const built = bundle(source);
        const child = spawn(process.execPath, [built.file], { stdio: ["ignore", "pipe", "inherit"] });
        const [line] = (await once(createInterface(child.stdout), "line")) as [string];
        const [pid = "", folder = ""] = line.split(" ");
        expect(isAlive(Number(pid))).toBe(true);
        child.kill(signal);
        await eventually("the server has ended", () => !isAlive(Number(pid)));
        await eventually("its folder has gone", () => !existsSync(folder));
        built.remove();
        rmSync(program, { recursive: true });
    });
});

/** A stand-in for Docker's client that runs the server of this machine: it shows what is asked of Docker, and when. */
const DOCKER = `#!/bin/sh
echo "$*" >>"$DOCKER_LOG"
case $1 in
version) echo 28.0 ;;
image) [ -e "$DOCKER_LOG.pulled" ] ;;
pull) touch "$DOCKER_LOG.pulled" ;;
run)
    while [ "$1" != --entrypoint ]; do
        if [ "$1" = --name ]; then name=$2; fi
        shift
    done
    shift 3
    if [ "$1" = --version ]; then echo "Valkey server v=8.1.4 sha=0"; exit; fi
    "$DOCKER_SERVER" "$1" &
    echo $! >"$DOCKER_LOG.$name"
    # As Docker's client: when it is killed, its container runs on.
    wait
    ;;
kill) kill -KILL "$(cat "$DOCKER_LOG.$2")" ;;
esac
`;

test("runs in a container where Docker is asked for: reached on the loopback interface, killed by its name", async () => {
    const { executable, environment } = await installValkey();
    const folder = mkdtempSync(path.join(tmpdir(), "headroom-test-"));
    writeFileSync(path.join(folder, "docker"), DOCKER, { mode: 0o755 });
    const before = { ...process.env };
    Object.assign(process.env, environment, {
        PATH: `${folder}:${process.env.PATH ?? ""}`,
        DOCKER_LOG: path.join(folder, "log"),
        DOCKER_SERVER: executable,
        HEADROOM_VALKEY_SERVER: "docker",
    });
    try {
        const installation = await installValkey({ progress: () => undefined });
        expect(installation).toMatchObject({ version: "8.1.4", inContainer: true });
        const server = await startValkey({ tls: true }, installation);
        try {
            expect(await server.administer((client) => client.ping())).toBe("PONG");
            server.kill();
            await server.exited();
            await server.start();
            expect(await server.administer((client) => client.ping())).toBe("PONG");
        } finally {
            await server.stop();
        }
        const log = readFileSync(path.join(folder, "log"), "utf8");
        expect(log).toContain("pull --quiet valkey/valkey:");
        expect(log).toContain(
            `--publish 127.0.0.1:${server.port}:${server.port} --volume ${server.folder}:${server.folder}`,
        );
        const started = [...log.matchAll(/^run --rm --name (\S+)/gm)].map(([, name]) => name);
        const killed = [...log.matchAll(/^kill (\S+)/gm)].map(([, name]) => name);
        expect(new Set(started).size).toBe(2);
        expect(new Set(killed)).toEqual(new Set(started));
    } finally {
        for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
        Object.assign(process.env, before);
        rmSync(folder, { recursive: true });
    }
});

describe("looking for an executable", () => {
    let folder: string;
    beforeEach(() => {
        folder = mkdtempSync(path.join(tmpdir(), "headroom-test-"));
    });
    afterEach(() => {
        rmSync(folder, { recursive: true });
    });

    function executable(name: string, output: string): string {
        const file = path.join(folder, name);
        writeFileSync(file, `#!/bin/sh\necho '${output}'\n`);
        chmodSync(file, 0o755);
        return file;
    }

    const REDIS = "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64";

    test("takes Valkey before Redis from PATH", async () => {
        const valkey = executable("valkey-server", "Valkey server v=8.1.0 sha=00000000:0");
        executable("redis-server", REDIS);
        const found = await installValkey({ environment: { PATH: folder } });
        expect(found).toEqual({ executable: valkey, version: "8.1.0", environment: {} });
    });

    test("takes what it is told by name before everything else", async () => {
        executable("valkey-server", "Valkey server v=8.1.0 sha=00000000:0");
        const own = executable("my-own", REDIS);
        const environment = { PATH: folder, HEADROOM_VALKEY_SERVER: own };
        expect(await installValkey({ environment })).toMatchObject({ executable: own, version: "7.2.4" });
    });

    test("says so when what it is told by name is of no use, and takes nothing else", async () => {
        executable("valkey-server", "Valkey server v=8.1.0 sha=00000000:0");
        const environment = { PATH: folder, HEADROOM_VALKEY_SERVER: executable("old", "Redis server v=6.0.16 sha=0") };
        await expect(installValkey({ environment })).rejects.toThrow(/HEADROOM_VALKEY_SERVER=.*6\.0\.16 is too old/);
    });

    test("names all that was tried and all that can be done", async () => {
        executable("redis-server", "Redis server v=6.0.16 sha=0");
        // Not a folder: nothing can be unpacked there.
        const blocked = path.join(folder, "file");
        writeFileSync(blocked, "");
        const looking = installValkey({ environment: { PATH: folder }, folder: blocked, progress: () => undefined });
        const message = await looking.then(
            () => "found",
            (error: unknown) => (error as Error).message,
        );
        expect(message).toMatch(/redis-server: version 6\.0\.16 is too old/);
        expect(message).toMatch(/the system's package: /);
        expect(message).toMatch(/Docker: /);
        expect(message).toMatch(/apt install valkey-server.*brew install valkey/);
        expect(message).toContain("HEADROOM_VALKEY_SERVER");
    });
});
