import { setTimeout as wait } from "node:timers/promises";

/** Asks again and again until the answer is what it should become; a test's own time-out ends it. */
export async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
    for (;;) {
        const answer = await ask();
        if (isSo(answer)) return answer;
        await wait(50);
    }
}
