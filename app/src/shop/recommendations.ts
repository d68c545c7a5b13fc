import type { Logger } from "pino";
import { z } from "zod";
import { type Cache, cacheKey } from "../cache/cache";
import type { Database } from "../database/database";
import type { Flags } from "../flags/flags";
import { Refusal } from "./refusal";
import { readBoughtTogether } from "./statements";

/** What others bought changes slowly, and the question is not cheap. */
const FRESH_SECONDS = 900;
const STALE_SECONDS = 86_400;
const MOST = 4;

const ProductIds = z.array(z.uuid());

export interface RecommendationsParts {
    readonly database: Database;
    readonly cache: Cache;
    readonly flags: Flags;
    readonly log: Logger;
}

/** What others bought with a product. An extra: a product page is worth showing without it. */
export class Recommendations {
    constructor(private readonly parts: RecommendationsParts) {}

    /**
     * The ids of products; undefined where they are switched off or cannot be told in time. Never fails.
     *
     * @param found the lookup of the product: for an id that leads to none nothing is loaded, and nothing kept
     */
    async of(productId: string, found: Promise<unknown>): Promise<readonly string[] | undefined> {
        const { cache, database, flags, log } = this.parts;
        if (!(await flags.isEnabled("recommendations"))) return undefined;
        try {
            const load = async (): Promise<string[]> => {
                await found;
                return database.read(async (q) => {
                    const statement = { ...readBoughtTogether, values: [productId, MOST] };
                    return (await q.query<{ product_id: string }>(statement)).map(({ product_id: id }) => id);
                });
            };
            const { value } = await cache.getOrLoad(cacheKey("bought-together", productId.toLowerCase()), load, {
                schema: ProductIds,
                ttlSeconds: FRESH_SECONDS,
                staleSeconds: STALE_SECONDS,
            });
            return value;
        } catch (error) {
            // There is no such product: no page of it is shown.
            if (error instanceof Refusal) return undefined;
            log.warn({ err: error }, "a product is shown without recommendations");
            return undefined;
        }
    }
}
