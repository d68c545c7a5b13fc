import { z } from "zod";
import type { Setting } from "../setting";
import type { PaymentStubSettings } from "./stub";

/** Every variable of the payments. Both are for tests: a stub that is slow, or that does not answer, shows what the saga does. */
export const PAYMENTS_SETTINGS = {
    PAYMENT_STUB_LATENCY_MS: {
        schema: z
            .string()
            .regex(/^\d{1,5}$/)
            .transform(Number)
            .refine((value) => value <= 60_000),
        fallback: 0,
        allowed: "a whole number of milliseconds from 0 to 60000",
        example: "0",
    } as Setting<number>,
    PAYMENT_STUB_FAILURE_PERCENT: {
        schema: z
            .string()
            .regex(/^\d{1,3}$/)
            .transform(Number)
            .refine((value) => value <= 100),
        fallback: 0,
        allowed: "a whole number of percent from 0 to 100",
        example: "0",
    } as Setting<number>,
} satisfies Record<string, Setting<number>>;

/** The values of `PAYMENTS_SETTINGS`, as read. */
export type PaymentsValues = Readonly<Record<keyof typeof PAYMENTS_SETTINGS, number>>;

export function paymentStubSettings(values: PaymentsValues): PaymentStubSettings {
    return {
        latencyMs: values.PAYMENT_STUB_LATENCY_MS,
        failureShare: values.PAYMENT_STUB_FAILURE_PERCENT / 100,
    };
}
