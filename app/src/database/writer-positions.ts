/** Where the writer's log was at a time. */
interface Position {
    readonly atMs: number;
    readonly bytes: bigint;
}

/** An hour of looks, one a second. */
const LONGEST = 3_600;

/**
 * Where the writer's log has been, look by look: tells how old the oldest change is that a replica lacks.
 *
 * `now() - pg_last_xact_replay_timestamp()` would not do: while nobody writes it grows although nothing is missing, and a
 * replica that has lost its primary looks as if it had everything.
 */
export class WriterPositions {
    #positions: Position[] = [];

    /** The newest one. */
    get latest(): bigint | undefined {
        return this.#positions.at(-1)?.bytes;
    }

    add(position: Position): void {
        const last = this.#positions.at(-1);
        // A writer that is behind itself is another one, after a failover that lost the end of the log.
        if (last !== undefined && position.bytes < last.bytes) this.#positions = [];
        // Nothing was written: the first time counts.
        if (last?.bytes === position.bytes) return;
        this.#positions.push(position);
        if (this.#positions.length > LONGEST) this.#positions.shift();
    }

    /** How long ago the writer was seen at a position that a replica has not replayed; undefined if it was never seen. */
    lagSeconds(replayed: bigint, nowMs: number): number | undefined {
        if (this.#positions.length === 0) return undefined;
        const missing = this.#positions.find(({ bytes }) => bytes > replayed);
        return missing === undefined ? 0 : Math.max(0, (nowMs - missing.atMs) / 1_000);
    }

    lagBytes(replayed: bigint): number | undefined {
        if (this.latest === undefined) return undefined;
        return this.latest > replayed ? Number(this.latest - replayed) : 0;
    }
}
