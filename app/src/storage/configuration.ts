import { z } from "zod";
import type { Setting } from "../setting";
import type { StorageSettings } from "./s3";

/**
 * Every variable of the storage. The stack's bindings (`AssetBucket.uploader`, `AssetBucket.publisher`) give the bucket, which
 * encrypts by itself; region, credentials and endpoint are those of the AWS SDK.
 */
export const STORAGE_SETTINGS = {
    /** Empty: this process has no bucket. */
    ASSETS_BUCKET: {
        schema: z.string().regex(/^(|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/),
        fallback: "",
        allowed: "the name of a bucket",
        example: "assets-1a2b3c4d",
    } as Setting<string>,
    /** For how long a client may begin an upload that it was given. */
    UPLOAD_EXPIRES_SECONDS: {
        schema: z
            .string()
            .regex(/^\d{1,5}$/)
            .transform(Number)
            .refine((value) => value >= 10 && value <= 3_600),
        fallback: 300,
        allowed: "a whole number of seconds from 10 to 3600",
        example: "300",
    } as Setting<number>,
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `STORAGE_SETTINGS`, as read. */
export type StorageValues = {
    readonly [K in keyof typeof STORAGE_SETTINGS]: (typeof STORAGE_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** The settings of the storage; undefined where ASSETS_BUCKET is empty. */
export function storageSettings(values: StorageValues): StorageSettings | undefined {
    if (values.ASSETS_BUCKET === "") return undefined;
    return { bucket: values.ASSETS_BUCKET, uploadExpiresSeconds: values.UPLOAD_EXPIRES_SECONDS };
}
