import type { Logger } from "pino";
import type { DatabaseSettings } from "./configuration";

/** Brings the schema to this version's state: the role `migrate`, run before a deployment. */
export function migrate(_settings: DatabaseSettings, _log: Logger): Promise<void> {
    return Promise.reject(new Error("not written yet"));
}
