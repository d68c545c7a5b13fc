import { setTimeout as wait } from "node:timers/promises";

/** Below a test's own time-out: a loop that goes on after its test would keep the run from ending. */
const PATIENCE_MS = 25_000;

/** Asks again and again until the answer is what it should become; fails with the last answer otherwise. */
export async function eventualAnswer<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
        const answer = await ask();
        if (isSo(answer)) return answer;
        if (Date.now() > deadline) throw new Error(`still not so: ${JSON.stringify(answer).slice(0, 1_000)}`);
        await wait(50);
    }
}
