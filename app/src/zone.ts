import { z } from "zod";

/**
 * Amazon ECS answers from the same machine, at once; a start on a small share of a busy CPU takes its time to ask. It must not
 * hang on a label for longer.
 */
const TIMEOUT_MS = 3_000;

const TaskMetadata = z.object({ AvailabilityZone: z.string().min(1) });

/** What is reported where nobody knows the zone. */
export const UNKNOWN_ZONE = "unknown";

/**
 * The availability zone of this process: the configured one, else the one that the task metadata endpoint of Amazon ECS
 * reports (version 4, present in every Fargate task), else `unknown`. Never fails: a label is not worth a failed start.
 */
export async function findZone(
    configured: string,
    environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
    if (configured) return configured;
    const endpoint = environment.ECS_CONTAINER_METADATA_URI_V4;
    if (!endpoint) return UNKNOWN_ZONE;
    try {
        const response = await fetch(`${endpoint}/task`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
        return TaskMetadata.parse(await response.json()).AvailabilityZone;
    } catch {
        return UNKNOWN_ZONE;
    }
}
