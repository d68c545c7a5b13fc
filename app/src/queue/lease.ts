import { randomUUID } from "node:crypto";
import type { Database } from "../database/database";
import { giveLeaseBack, takeLease } from "./statements";

/**
 * What one process of all does. Whoever has it renews it; when that one is gone it runs out, and another one takes it. Two may
 * have it for a moment, as after a pause of a process: it spares work, and nothing may depend on it.
 */
export class Lease {
    readonly #holder = randomUUID();
    #heldUntil = 0;

    constructor(
        private readonly database: Database,
        private readonly name: string,
        private readonly seconds: number,
    ) {}

    /** Whether this process has it. */
    get held(): boolean {
        return performance.now() < this.#heldUntil;
    }

    /** Takes or renews it, if nobody else has it. */
    async take(): Promise<boolean> {
        // Counted from before the server counts: it is never held for longer than the server thinks.
        const until = performance.now() + this.seconds * 1_000;
        const values = [this.name, this.#holder, this.seconds];
        const { value } = await this.database.write((tx) => tx.query({ ...takeLease, values }));
        this.#heldUntil = value.length > 0 ? until : 0;
        return this.held;
    }

    /** Leaves it to the next one. Where that fails it runs out. */
    async giveBack(): Promise<void> {
        if (!this.held) return;
        this.#heldUntil = 0;
        await this.database
            .write((tx) => tx.query({ ...giveLeaseBack, values: [this.name, this.#holder] }))
            .catch(() => undefined);
    }
}
