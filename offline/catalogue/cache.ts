import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * JSON files in a folder, safe for several processes at once: a file is written beside its place and moved there in one step,
 * so a reader sees a whole file or none.
 */
export class JsonCache {
    constructor(private readonly folder: string) {}

    /** Returns the cached value of `key`, or makes, stores and returns it. A folder that cannot be written costs time only. */
    get<T>(key: string, make: () => T): T {
        const file = join(this.folder, `${key.replace(/[^\w.-]+/g, "_")}.json`);
        const cached = this.read(file) as T | undefined;
        if (cached !== undefined) {
            return cached;
        }
        const value = make();
        this.write(file, value);
        return value;
    }

    private read(file: string): unknown {
        try {
            return JSON.parse(readFileSync(file, "utf8")) as unknown;
        } catch {
            // Not there, or damaged by something else: made anew either way.
            return undefined;
        }
    }

    private write(file: string, value: unknown): void {
        const temporary = `${file}.${process.pid}.${process.hrtime.bigint().toString(36)}.tmp`;
        try {
            mkdirSync(dirname(file), { recursive: true });
            writeFileSync(temporary, JSON.stringify(value));
            renameSync(temporary, file);
        } catch {
            rmSync(temporary, { force: true });
        }
    }
}
