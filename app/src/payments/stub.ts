import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { Policies } from "../resilience/policies";
import type { PaymentPort } from "./payment-port";

export interface PaymentStubSettings {
    /** How long every call takes; for tests. */
    readonly latencyMs: number;
    /** The share of calls that get no answer, from 0 to 1; for tests. */
    readonly failureShare: number;
}

/** An authorization of an amount that ends in these cents is declined: 10.02, 1234.02. */
export const DECLINED_CENTS = 2;

/** An amount that ends in these cents is authorized, and its capture refused. */
export const REFUSED_CAPTURE_CENTS = 3;

/** A call that got no answer, as the client of a real provider would throw it. */
class NoAnswer extends Error {
    readonly code = "ECONNRESET";

    constructor() {
        super("the payment provider did not answer");
        this.name = "NoAnswer";
    }
}

/**
 * Stands in for a payment provider. It moves no money and keeps nothing: its answers follow from what it is asked, so that
 * every process gives the same one, now and after a restart. Amounts that end in `.02` are declined, in `.03` refused later.
 */
export function createPaymentStub(
    { latencyMs, failureShare }: PaymentStubSettings,
    { policies }: { policies: Policies },
): PaymentPort {
    const call = <T>(answer: T): Promise<T> =>
        policies.for("payments").run(
            async (signal) => {
                await wait(latencyMs, undefined, { signal });
                if (Math.random() < failureShare) throw new NoAnswer();
                return answer;
            },
            { idempotent: true },
        );
    return {
        authorize: ({ amountCents, idempotencyKey }) => {
            const cents = amountCents % 100;
            return call({
                state: cents === DECLINED_CENTS ? "declined" : "authorized",
                reference: reference(idempotencyKey, cents === REFUSED_CAPTURE_CENTS),
            });
        },
        capture: (authorization) => call({ state: authorization.startsWith(ENDS_EARLY) ? "refused" : "captured" }),
        void: () => call(undefined),
    };
}

const ENDS_EARLY = "stub-ends-early-";

/** The same key gives the same reference. */
function reference(idempotencyKey: string, endsEarly: boolean): string {
    const digest = createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 24);
    return `${endsEarly ? ENDS_EARLY : "stub-"}${digest}`;
}
