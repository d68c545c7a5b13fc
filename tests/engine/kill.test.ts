import * as path from "node:path";
import { OfflineStack, ProcessRole, RunningProcess } from "../../offline/stack";
import { cleanUp, expectSuccess, newFolder, open, root } from "./workplace";

afterAll(cleanUp);

/**
 * Every process of an update is killed with SIGKILL, each at random moments; the next update must complete, and every
 * resource must exist exactly once, in the state and in the stand-ins' cloud.
 *
 * CI does it with a small program, at five moments each. `make kill` does it with prod, at ten. A failing run names its seed:
 * HEADROOM_KILL_SEED repeats it.
 */
const long = process.env["HEADROOM_KILL"] === "prod";
const seed = Number(process.env["HEADROOM_KILL_SEED"] ?? Date.now() % 1_000_000);
const momentsPerRole = long ? 10 : 5;
const target = long
    ? { cwd: root, stack: "prod" }
    : { cwd: path.join(root, "tests/programs/standalone-database"), stack: "test" };

/** Mulberry32: a small generator whose sequence depends on the seed alone. */
function randomNumbers(start: number): () => number {
    let state = start;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
}

/** Runs an update and kills one of its processes after a while; says whether it was still running then. */
async function killDuring(stateDir: string, role: ProcessRole, afterMs: number): Promise<boolean> {
    const outcome = { killed: false };
    let timer: NodeJS.Timeout | undefined;
    const onSpawn = (child: RunningProcess) => {
        if (child.role !== role) {
            return;
        }
        clearTimeout(timer);
        timer = setTimeout(() => {
            try {
                process.kill(child.pid, "SIGKILL");
                outcome.killed = true;
            } catch {
                // It had ended before its time came.
            }
        }, afterMs);
    };
    const stack = await open({ ...target, stateDir, onSpawn });
    const result = await stack.up().catch((error: unknown) => error);
    clearTimeout(timer);
    await stack.close();
    // Killed in its last moments, an operation may have succeeded already: that moment proves nothing.
    const succeeded = typeof result === "object" && result !== null && "exitCode" in result && result.exitCode === 0;
    return outcome.killed && !succeeded;
}

/** What exists, by URN, in the state and in the cloud. */
async function expectEachOnce(stack: OfflineStack, expected: readonly string[]): Promise<void> {
    const { deployment } = await stack.exportState();
    const resources = deployment.resources ?? [];
    expect(deployment.pending_operations ?? []).toEqual([]);
    expect(resources.filter((resource) => resource.delete)).toEqual([]);
    expect(resources.map((resource) => resource.urn).sort()).toEqual([...expected].sort());
    const real = resources.filter((resource) => resource.custom && !resource.type.startsWith("pulumi:"));
    const inState = real.map((resource) => `${resource.urn} ${String(resource.id)}`).sort();
    const inCloud = stack
        .cloud()
        .map((resource) => `${resource.urn} ${resource.id}`)
        .sort();
    expect(inCloud).toEqual(inState);
}

describe(`an update that is killed (seed ${String(seed)})`, () => {
    const random = randomNumbers(seed);
    let expected: string[];
    let typicalMs: number;

    beforeAll(async () => {
        const stack = await open({ ...target });
        expectSuccess(await stack.up());
        expected = ((await stack.exportState()).deployment.resources ?? []).map((resource) => resource.urn);
        // The first run fills caches; the second says how long an update takes.
        const again = await open({ ...target });
        const begun = Date.now();
        expectSuccess(await again.up());
        typicalMs = Date.now() - begun;
    }, 300_000);

    const roles: ProcessRole[] = ["engine", "program", "stand-in"];
    it.each(roles)(
        "in its %s at random moments completes the next time, with nothing twice and nothing lost",
        async (role) => {
            let hits = 0;
            // How long the process is known to live: one that had ended at its moment lives shorter than was thought.
            let livesMs = typicalMs;
            for (let moment = 0; moment < momentsPerRole; moment++) {
                const stateDir = newFolder();
                const afterMs = random() * livesMs;
                if (await killDuring(stateDir, role, afterMs)) {
                    hits++;
                } else {
                    livesMs = afterMs;
                }
                const next = await open({ ...target, stateDir });
                expectSuccess(await next.up());
                await expectEachOnce(next, expected);
            }
            // Some moments fall after the end; most must not, or the test proves nothing.
            expect(hits).toBeGreaterThanOrEqual(Math.floor(momentsPerRole / 2));
        },
        long ? 1_800_000 : 300_000,
    );
});
