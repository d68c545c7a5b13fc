import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { buildImage, type Stage } from "./image-steps";
import { RunningApp } from "./running-app";

const APPLICATION = path.resolve(__dirname, "../../app");
const REPOSITORY = path.resolve(APPLICATION, "..");

/** Node's permission model: the process may read everything and write nothing, as on a read-only root file system. */
function withoutWriting(): string[] {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const flag = major > 22 || (major === 22 && minor >= 13) ? "--permission" : "--experimental-permission";
    return [flag, "--allow-fs-read=*", ...(major >= 25 ? ["--allow-net"] : [])];
}

interface LockFile {
    packages: Record<string, { version?: string; dev?: boolean }>;
}
function lockedPackages(file: string): LockFile["packages"] {
    return (JSON.parse(readFileSync(file, "utf8")) as LockFile).packages;
}

/** Installing packages takes its time where npm's cache is empty. */
const BUILD_TIMEOUT_MS = 180_000;

describe("the image, built by the same steps without a container engine", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "headroom image "));
    let runtime: Stage;

    beforeAll(() => {
        runtime = buildImage(APPLICATION, folder, { VERSION: "1.2.3" });
    }, BUILD_TIMEOUT_MS);
    afterAll(() => {
        rmSync(folder, { recursive: true, force: true });
    });

    async function run(options: { role?: string; nodeOptions?: string[] } = {}): Promise<RunningApp> {
        const [node, ...entrypoint] = runtime.entrypoint;
        expect(node).toBe("node");
        const main = entrypoint.at(-1) ?? "";
        return RunningApp.start(main, {
            cwd: runtime.workingFolder,
            environment: runtime.environment,
            arguments: options.role ? [options.role] : runtime.command,
            nodeOptions: [...entrypoint.slice(0, -1), ...(options.nodeOptions ?? [])],
        });
    }

    test("starts as the web role by default and reports the image's version", async () => {
        const app = await run();
        const { status, body } = await app.get("/v1/info");
        await app.kill();
        expect({ status, body: JSON.parse(body) as unknown }).toMatchObject({
            status: 200,
            body: { role: "web", version: "1.2.3" },
        });
    });

    test("starts as the worker by its first argument", async () => {
        const app = await run({ role: "worker" });
        expect(await app.logged("listening")).toMatchObject({ role: "worker" });
        expect(await app.stop()).toBe(0);
    });

    test("serves and stops without writing a single file", async () => {
        const app = await run({ nodeOptions: withoutWriting() });
        expect((await app.get("/v1/info")).status).toBe(200);
        expect(await app.stop()).toBe(0);
    });

    test("has a health check that passes while it runs", async () => {
        const app = await run();
        const [node, ...rest] = runtime.healthCheck;
        expect(node).toBe("node");
        const { status } = spawnSync(process.execPath, rest, {
            cwd: runtime.workingFolder,
            env: { PATH: process.env.PATH, PORT: String(app.port) },
        });
        await app.kill();
        expect(status).toBe(0);
    });

    test("carries the image library for this platform, which the worker needs", () => {
        const { status, stderr } = spawnSync(process.execPath, ["-e", "require('sharp')"], {
            cwd: runtime.workingFolder,
            encoding: "utf8",
        });
        expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    });

    test("tells scanners what is in it: every package that is installed, without time and chance", () => {
        const bill = JSON.parse(readFileSync(path.join(runtime.workingFolder, "sbom.json"), "utf8")) as {
            components: { name: string }[];
            metadata: object;
        };
        const { dependencies } = JSON.parse(readFileSync(path.join(APPLICATION, "package.json"), "utf8")) as {
            dependencies: Record<string, string>;
        };
        const names = bill.components.map(({ name }) => name);
        expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
        expect(names).not.toContain("esbuild");
        expect(bill).not.toHaveProperty("serialNumber");
        expect(bill.metadata).not.toHaveProperty("timestamp");
    });

    test("does not run as root, and names its user by number", () => {
        expect(runtime.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    });

    test("holds the compiled program and the packages that it needs at run time, nothing else", () => {
        expect(readdirSync(runtime.workingFolder).sort()).toEqual([
            "dist",
            "migrations",
            "node_modules",
            "package.json",
            "sbom.json",
        ]);
        expect(existsSync(path.join(runtime.workingFolder, "node_modules/fastify"))).toBe(true);
        expect(existsSync(path.join(runtime.workingFolder, "node_modules/esbuild"))).toBe(false);
    });

    test("is the same, byte by byte, when its sources are compiled in another folder", () => {
        const other = path.join(folder, "other");
        execFileSync(process.execPath, ["scripts/build.js", other], { cwd: APPLICATION });
        // Source maps name their sources relative to themselves: only the programs can be compared across folders.
        for (const file of readdirSync(other).filter((name) => name.endsWith(".js"))) {
            expect(readFileSync(path.join(runtime.workingFolder, "dist", file), "utf8")).toBe(
                readFileSync(path.join(other, file), "utf8"),
            );
        }
    });
});

describe("the image's lock file", () => {
    const locked = lockedPackages(path.join(APPLICATION, "package-lock.json"));

    test("asks for what package.json asks for", () => {
        const wanted = JSON.parse(readFileSync(path.join(APPLICATION, "package.json"), "utf8")) as Record<
            string,
            unknown
        >;
        expect(locked[""]).toMatchObject({
            dependencies: wanted.dependencies,
            devDependencies: wanted.devDependencies,
        });
    });

    test("agrees with the repository's lock file on every package that the service itself asks for", () => {
        const repository = lockedPackages(path.join(REPOSITORY, "package-lock.json"));
        const { dependencies, devDependencies } = locked[""] as Record<string, Record<string, string>>;
        for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
            const inRepository = repository[`app/node_modules/${name}`] ?? repository[`node_modules/${name}`];
            expect([name, locked[`node_modules/${name}`]?.version]).toEqual([name, inRepository?.version]);
        }
    });

    test("names no registry", () => {
        expect(readFileSync(path.join(APPLICATION, "package-lock.json"), "utf8")).not.toContain('"resolved"');
    });
});
