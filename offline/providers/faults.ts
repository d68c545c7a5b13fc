import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { matchesGlob, nameOf, typeOf } from "./glob";
import { loadFile } from "./load-file";

const operations = ["create", "update", "delete", "read", "invoke", "check", "diff"] as const;
export type Operation = (typeof operations)[number];

/** One failure on demand. */
const faultSchema = z.strictObject({
    /** A URN, a type or function token, or a resource's name; `*` and `?` are wildcards. */
    resource: z.string().min(1),
    operation: z.enum(operations),
    /** Only the n-th matching call of this process, counted from 1. Default: every one. */
    nth: z.int().min(1).optional(),
    /** The call fails with this text. */
    error: z.string().optional(),
    /** The call waits this long first, in seconds, as a slow or hanging service does. */
    delaySeconds: z.number().min(0).optional(),
    /** The process exits at this point, as if it had been killed. */
    kill: z.boolean().optional(),
    /** Whether this happens before or after the change is in the journal. Default: before. */
    when: z.enum(["before", "after"]).default("before"),
});
export type Fault = z.output<typeof faultSchema>;

export const faultsSchema = z.array(faultSchema).default([]);

/** Raised where a fault asks for an error. */
export class FaultError extends Error {}

export class Faults {
    private readonly counts = new Map<Fault, number>();

    constructor(
        private readonly faults: Fault[],
        /** Ends the process; replaced in tests. */
        private readonly exit: () => void = () => process.kill(process.pid, "SIGKILL"),
    ) {}

    static load(file: string | undefined): Faults {
        return new Faults(file === undefined ? [] : loadFile("faults", file, faultsSchema));
    }

    /**
     * Picks what happens to one call. The call counts once, then `before` and `after` act at their points; a preview is not
     * a call, so that `nth` means the same with and without one.
     */
    plan(operation: Operation, urnOrToken: string): FaultPlan {
        const names = urnOrToken.startsWith("urn:")
            ? [urnOrToken, typeOf(urnOrToken), nameOf(urnOrToken)]
            : [urnOrToken];
        const due = this.faults.filter((fault) => {
            if (fault.operation !== operation || !names.some((name) => matchesGlob(fault.resource, name))) {
                return false;
            }
            const count = (this.counts.get(fault) ?? 0) + 1;
            this.counts.set(fault, count);
            return fault.nth === undefined || fault.nth === count;
        });
        return new FaultPlan(due, this.exit);
    }
}

export class FaultPlan {
    constructor(
        private readonly faults: Fault[],
        private readonly exit: () => void,
    ) {}

    async before(): Promise<void> {
        await this.act("before");
    }

    async after(): Promise<void> {
        await this.act("after");
    }

    private async act(when: Fault["when"]): Promise<void> {
        for (const fault of this.faults) {
            if (fault.when !== when) {
                continue;
            }
            if (fault.delaySeconds !== undefined) {
                await sleep(fault.delaySeconds * 1000);
            }
            if (fault.kill === true) {
                this.exit();
            }
            if (fault.error !== undefined) {
                throw new FaultError(fault.error);
            }
        }
    }
}
