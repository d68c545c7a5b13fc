import { setTimeout as wait } from "node:timers/promises";

const PATIENCE_MS = 20_000;

/** Waits until something holds, and fails with what was expected when it does not. */
export async function until(expected: string, holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await holds())) {
        if (Date.now() > deadline) throw new Error(`did not happen: ${expected}`);
        await wait(10);
    }
}
