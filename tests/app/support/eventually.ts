import { setTimeout as wait } from "node:timers/promises";

/** For machines that are busy with other things; what is waited for takes a second or two. */
const PATIENCE_MS = 25_000;
/** Soon enough for a test, seldom enough that looking is not what the machine is busy with. */
const LOOK_AGAIN_MS = 25;

/** Waits until something holds, and fails with what was expected when it does not. */
export async function eventually(expected: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
        if (Date.now() > deadline) throw new Error(`did not happen: ${expected}`);
        await wait(LOOK_AGAIN_MS);
    }
}
