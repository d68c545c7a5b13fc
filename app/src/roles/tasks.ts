import type { Logger } from "pino";
import { warmCache, type WarmTask } from "../cache/warm";
import type { Configuration } from "../configuration";
import { databaseSettings } from "../database/configuration";
import { migrate } from "../database/migrate";
import { createSqsClient } from "../queue/client";
import { redriveSettings } from "../queue/configuration";
import { redrive } from "../queue/redrive";
import { openRuntimeCache, openRuntimeDatabase, type Runtime } from "../runtime";
import { Catalogue, PAGE_LENGTH, type ProductPage } from "../shop/catalogue";

/** The pages that nearly everybody looks at; the rest is loaded when somebody comes. */
const MOST_PAGES = 250;

/** Does what the role is for, and ends. */
export async function runTask(runtime: Runtime, signal: AbortSignal): Promise<void> {
    const { configuration, log } = runtime;
    switch (configuration.role) {
        case "migrate":
            return runMigrate(configuration, log);
        case "warm":
            return runWarm(runtime, signal);
        case "redrive":
            await redrive(redriveSettings(configuration.values), { sqs: createSqsClient(), log, signal });
            return;
        default:
            throw new Error(`the role ${configuration.role} does not end`);
    }
}

async function runMigrate({ values }: Configuration, log: Logger): Promise<void> {
    const settings = databaseSettings(values, "headroom-migrate");
    if (settings === undefined) throw new Error("the role migrate has no database");
    await migrate(settings, log);
}

async function runWarm(runtime: Runtime, signal: AbortSignal): Promise<void> {
    const { log } = runtime;
    const database = await openRuntimeDatabase(runtime);
    const cache = await openRuntimeCache(runtime);
    const catalogue = new Catalogue({ database, cache, log });
    const { failed } = await warmCache([warmCatalogue(catalogue)], { log, signal });
    if (failed > 0) throw new Error(`${failed} values could not be loaded`);
}

/** The pages of the catalogue, and the products on them. */
function warmCatalogue(catalogue: Catalogue): WarmTask {
    return {
        name: "catalogue",
        async *lookups() {
            let cursor: string | undefined;
            for (let number = 0; number < MOST_PAGES; number++) {
                // Where each begins is only known when the one before is there.
                const found = await catalogue.lookUpPage(cursor, PAGE_LENGTH);
                yield () => Promise.resolve(found);
                const page: ProductPage = found.value;
                for (const { id } of page.items) yield () => catalogue.lookUp(id);
                if (page.next === null) return;
                cursor = page.next;
            }
        },
    };
}
