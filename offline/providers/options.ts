import { z } from "zod";

/** What the process of the stand-ins is told by the one that starts it, as JSON in `HEADROOM_STANDIN`. */
const schema = z.strictObject({
    /** Folder of the program: the Pulumi packages are resolved from there, then from Headroom's own modules. */
    programDir: z.string().min(1),
    /** Where catalogues are cached. */
    cacheDir: z.string().min(1),
    /** The journal of what exists; made when the first resource is created. */
    cloudFile: z.string().min(1),
    /** JSON array of `urn\0id`: what the engine's state held when the operation started. */
    knownFile: z.string().optional(),
    /** File with the key of the digests of secrets in the journal: the passphrase of the state. */
    keyFile: z.string().optional(),
    fixturesFile: z.string().optional(),
    faultsFile: z.string().optional(),
    /** The account that every ARN names. */
    accountId: z
        .string()
        .regex(/^\d{12}$/)
        .default("123456789012"),
});

export type StandInOptions = z.input<typeof schema>;
export type ResolvedOptions = z.output<typeof schema>;

export function parseOptions(json: string | undefined): ResolvedOptions {
    if (json === undefined || json === "") {
        throw new Error("HEADROOM_STANDIN is not set: it must hold the options of the stand-ins as JSON.");
    }
    const result = schema.safeParse(JSON.parse(json));
    if (!result.success) {
        throw new Error(`HEADROOM_STANDIN is not valid:\n${z.prettifyError(result.error)}`);
    }
    return result.data;
}
