import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { z } from "zod";
import { type Cache, cacheKey } from "../cache/cache";
import type { CacheResult } from "../cache/options";
import type { Database, Lsn, Queryable } from "../database/database";
import { Product, type ProductRow, toProduct } from "./product";
import { Refusal } from "./refusal";
import { addProduct, addStock, changeProduct, listProducts, listProductsAfter, readProduct } from "./statements";

/** How long a product may be shown as it was. Changes are told to the cache: this is for what gets lost. */
const PRODUCT_SECONDS = 300;
/** A page holds many products, and is not told when one of them changes: it may be a little old. */
const PAGE_SECONDS = 10;
/** How long an old answer is better than none, while the database does not answer. */
const STALE_SECONDS = 3_600;
/** That there is no such product: long enough to spare the database, and short, since whoever makes up ids makes up many. */
const NOTHING_SECONDS = 10;

/** How many products a page has where nobody says. */
export const PAGE_LENGTH = 20;

/** A page of the catalogue, and where the next one begins. */
export const ProductPage = z.object({
    items: z.array(Product),
    next: z.uuid().nullable().describe("Give it as `cursor` to get the next page; null on the last one"),
});
export type ProductPage = z.output<typeof ProductPage>;

export interface NewProduct {
    readonly sku: string;
    readonly name: string;
    readonly description: string;
    readonly priceCents: number;
    readonly currency: string;
    readonly stock: number;
}

export interface ProductChange {
    readonly name?: string | undefined;
    readonly description?: string | undefined;
    readonly priceCents?: number | undefined;
    /** The version that the change is based on. */
    readonly version: number;
}

export interface CatalogueParts {
    readonly database: Database;
    readonly cache: Cache;
    readonly log: Logger;
}

/** The products. */
export class Catalogue {
    constructor(private readonly parts: CatalogueParts) {}

    /**
     * The products, by name.
     *
     * @param cursor the product that the page before ended with
     */
    async list(cursor: string | undefined, limit: number): Promise<ProductPage> {
        const { value } = await this.lookUpPage(cursor, limit);
        return value;
    }

    /** A page, and where it came from; for warming. */
    lookUpPage(cursor: string | undefined, limit: number): Promise<CacheResult<ProductPage>> {
        return this.parts.cache.getOrLoad(
            cacheKey("catalogue", limit, cursor ?? "first"),
            () => this.parts.database.read((q) => loadPage(q, cursor, limit)),
            {
                schema: ProductPage,
                ttlSeconds: PAGE_SECONDS,
                // Of every other length there are as many pages again: they must not fill the cache, in which sessions are.
                staleSeconds: limit === PAGE_LENGTH ? STALE_SECONDS : 0,
            },
        );
    }

    /** A product, and where it came from; null where there is none. */
    lookUp(id: string): Promise<CacheResult<Product | null>> {
        return this.parts.cache.getOrLoad(
            productKey(id),
            ({ justChanged }) =>
                this.parts.database.read((q) => loadProduct(q, id), justChanged ? { consistency: "writer" } : {}),
            {
                schema: Product.nullable(),
                // That there is none is kept, too: an address that leads nowhere must not lead to the database.
                ttlSeconds: (product) => (product === null ? NOTHING_SECONDS : PRODUCT_SECONDS),
                staleSeconds: (product) => (product === null ? 0 : STALE_SECONDS),
            },
        );
    }

    /**
     * A product.
     *
     * @throws Refusal where there is none
     */
    async get(id: string): Promise<Product> {
        const { value } = await this.lookUp(id);
        if (value === null) throw new Refusal("not found", "There is no such product.");
        return value;
    }

    /** Adds a product with its stock. */
    async add({ sku, name, description, priceCents, currency, stock }: NewProduct): Promise<Written> {
        const { value, lsn } = await this.parts.database.write(async (tx) => {
            const values = [randomUUID(), sku, name, description, priceCents, currency];
            const [row] = await tx.query<ProductRow>({ ...addProduct, values });
            if (row === undefined) throw new Refusal("conflict", "There is a product with this SKU.");
            await tx.query({ ...addStock, values: [row.id, stock] });
            return toProduct(row);
        });
        await this.changed(value.id);
        return { product: value, lsn };
    }

    /** Changes a product, if it is still as the client knows it. */
    async change(id: string, change: ProductChange): Promise<Written> {
        const { value, lsn } = await this.parts.database.write(async (tx) => {
            const { version, name, description, priceCents } = change;
            const values = [id, version, name ?? null, description ?? null, priceCents ?? null];
            const [row] = await tx.query<ProductRow>({ ...changeProduct, values });
            if (row !== undefined) return toProduct(row);
            if ((await loadProduct(tx, id)) === null) throw new Refusal("not found", "There is no such product.");
            throw new Refusal("conflict", "The product has changed meanwhile. Read it again, and change that.");
        });
        await this.changed(id);
        return { product: value, lsn };
    }

    /** Makes every process forget a product. It has been changed already: a failure here is no failure of the change. */
    async changed(id: string): Promise<void> {
        await this.parts.cache.invalidate(productKey(id)).catch((error: unknown) => {
            this.parts.log.warn({ err: error, productId: id }, "a cached product could not be invalidated");
        });
    }
}

/** A product after a change, and the position of the change. */
export interface Written {
    readonly product: Product;
    readonly lsn: Lsn;
}

export function productKey(id: string): ReturnType<typeof cacheKey> {
    return cacheKey("product", id.toLowerCase());
}

async function loadProduct(q: Queryable, id: string): Promise<Product | null> {
    const [row] = await q.query<ProductRow>({ ...readProduct, values: [id] });
    return row === undefined ? null : toProduct(row);
}

async function loadPage(q: Queryable, cursor: string | undefined, limit: number): Promise<ProductPage> {
    // One more than asked for tells whether there is another page.
    const statement =
        cursor === undefined
            ? { ...listProducts, values: [limit + 1] }
            : { ...listProductsAfter, values: [limit + 1, cursor] };
    const items = (await q.query<ProductRow>(statement)).map(toProduct);
    const page = items.slice(0, limit);
    return { items: page, next: items.length > limit ? (page.at(-1)?.id ?? null) : null };
}
