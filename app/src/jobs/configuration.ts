import { z } from "zod";
import type { Setting } from "../setting";
import type { ImageJobSettings } from "./image-job";
import type { OrderRecoverySettings } from "./order-recovery";

/** Every variable of the jobs. */
export const JOBS_SETTINGS = {
    /** Before the keys of images that may be shown: the prefix that the CDN serves (`AssetBucket.servedPrefix`). */
    ASSETS_SERVED_PREFIX: {
        schema: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9/_-]{0,100}\/$/),
        fallback: "assets/",
        allowed: "letters, digits, dashes and slashes, without a slash in front and with one at the end",
        example: "assets/",
    } as Setting<string>,
    /**
     * After how long without a step an order is taken up again. Above what the queue itself needs to try a message for the
     * last time: visibility × receives, 3 minutes.
     */
    ORDER_STALLED_SECONDS: {
        schema: z
            .string()
            .regex(/^\d{1,6}$/)
            .transform(Number)
            .refine((value) => value >= 1 && value <= 604_800),
        fallback: 900,
        allowed: "a whole number of seconds from 1 to 604800",
        example: "900",
    } as Setting<number>,
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `JOBS_SETTINGS`, as read. */
export type JobsValues = {
    readonly [K in keyof typeof JOBS_SETTINGS]: (typeof JOBS_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

export function imageJobSettings(values: JobsValues): ImageJobSettings {
    return { servedPrefix: values.ASSETS_SERVED_PREFIX };
}

export function orderRecoverySettings(values: JobsValues): OrderRecoverySettings {
    return { stalledSeconds: values.ORDER_STALLED_SECONDS };
}
