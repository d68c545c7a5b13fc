/** Answers whether something that the process cannot work without is there. */
export type Check = () => Promise<boolean>;

/** How long an answer holds: however many load balancers ask, a dependency is asked once a second. */
const KEPT_MS = 1_000;

/** A health check waits 5 s for its answer. Who does not answer in two is not there. */
const TIMEOUT_MS = 2_000;

/**
 * What the process needs in order to be of use: the database's writer, and the cache, in which the sessions are. A lost
 * replica is made up for by the writer, and what the queue does not take waits in the outbox: no reason to turn customers away.
 */
export class Readiness {
    readonly #checks: readonly [name: string, check: Check][];
    #asked: { at: number; answer: Promise<readonly string[]> } | undefined;

    constructor(checks: Readonly<Record<string, Check>> = {}) {
        this.#checks = Object.entries(checks);
    }

    /** The names of those that do not answer. */
    missing(): Promise<readonly string[]> {
        const now = performance.now();
        if (this.#asked === undefined || now - this.#asked.at > KEPT_MS) {
            this.#asked = { at: now, answer: this.#ask() };
        }
        return this.#asked.answer;
    }

    async #ask(): Promise<readonly string[]> {
        const answers = await Promise.all(
            this.#checks.map(async ([name, check]) => ((await inTime(check)) ? [] : [name])),
        );
        return answers.flat();
    }
}

async function inTime(check: Check): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, TIMEOUT_MS, false);
    });
    try {
        return await Promise.race([check().catch(() => false), late]);
    } finally {
        clearTimeout(timer);
    }
}
