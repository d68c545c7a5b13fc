import { type Meter, metrics } from "@opentelemetry/api";
import { type Cache, openCache } from "../../../app/src/cache/cache";
import { CACHE_SETTINGS, cacheSettings, type CacheSettings } from "../../../app/src/cache/configuration";
import type { ConnectionOptions } from "../../../app/src/cache/connection";
import { createPolicies, DEFAULT_RESILIENCE, type ResilienceSettings } from "../../../app/src/resilience/policies";
import type { ValkeyServer } from "../../../twin/servers/valkey";
import { recordingLog, type RecordingLog } from "./recording-log";

/** A meter that measures nothing. */
const noMeter = metrics.getMeter("tests");

/** Breakers that try again soon: a test waits for it. */
export const QUICK_RESILIENCE: ResilienceSettings = {
    ...DEFAULT_RESILIENCE,
    cache: { ...DEFAULT_RESILIENCE.cache, halfOpenAfterMs: 100 },
};

/** The settings that a process gets from the server's variables. */
export function settingsFor(server: ValkeyServer, override: Partial<CacheSettings> = {}): CacheSettings {
    const { env } = server;
    const values = Object.fromEntries(
        Object.entries(CACHE_SETTINGS).map(([name, setting]) => {
            const given = env[name];
            return [name, given === undefined ? setting.fallback : setting.schema.parse(given)];
        }),
    ) as Parameters<typeof cacheSettings>[0];
    const settings = cacheSettings(values, "test");
    if (settings === undefined) throw new Error("the server gives no CACHE_ENDPOINT");
    return { ...settings, ...override };
}

/** A cache as one process has it: with policies and a log of its own. */
export interface ProcessCache {
    cache: Cache;
    log: RecordingLog;
    policies: ReturnType<typeof createPolicies>;
}

export async function openProcessCache(
    settings: CacheSettings,
    connection: ConnectionOptions = {},
    resilience = QUICK_RESILIENCE,
    meter: Meter = noMeter,
    longestLagMs = 10_000,
): Promise<ProcessCache> {
    const log = recordingLog();
    const policies = createPolicies(resilience, { log: log.log, metrics: meter });
    const cache = await openCache(settings, { log: log.log, metrics: meter, policies, connection, longestLagMs });
    return { cache, log, policies };
}
