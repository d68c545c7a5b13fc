import type { FastifyReply } from "fastify";
import { createHash } from "node:crypto";
import { z } from "zod";
import { type Catalogue, ProductPage } from "../shop/catalogue";
import { Product } from "../shop/product";
import type { Recommendations } from "../shop/recommendations";
import { COMMON_PROBLEMS, IdParams, NOT_FOUND, PageQuery } from "./schemas";
import type { ShopServer } from "./shop-server";

/**
 * How long the CDN and browsers keep an answer: short, since nobody tells them of changes. While one of them asks again the
 * others still get the old one, and where there is no answer it stands in for an hour, as in the service's own cache.
 */
const CACHE_CONTROL = "public, max-age=5, stale-while-revalidate=5, stale-if-error=3600";

/** Lets a client that has an answer already say so. */
const CachedHeaders = z.looseObject({ "if-none-match": z.string().max(1_000).optional() });
const NOT_MODIFIED = { 304: z.null().describe("The client has it already") } as const;

const ProductAnswer = Product.extend({
    boughtTogether: z
        .array(z.uuid())
        .nullable()
        .describe("Products that others bought with it; null while that cannot be told"),
});

/** Adds the routes that everybody may ask, and that no session is needed for. */
export function addCatalogueRoutes(
    server: ShopServer,
    { catalogue, recommendations }: { catalogue: Catalogue; recommendations: Recommendations },
): void {
    server.get(
        "/v1/products",
        {
            schema: {
                operationId: "listProducts",
                summary: "The catalogue by name, page by page",
                tags: ["catalogue"],
                querystring: PageQuery,
                headers: CachedHeaders,
                response: { 200: ProductPage, ...NOT_MODIFIED, ...COMMON_PROBLEMS },
            },
        },
        async ({ query: { cursor, limit }, headers }, reply) => {
            const page = await catalogue.list(cursor, limit);
            if (offerToKeep(reply, page, headers["if-none-match"])) return reply.code(304).send(null);
            return reply.send(page);
        },
    );

    server.get(
        "/v1/products/:id",
        {
            schema: {
                operationId: "getProduct",
                summary: "A product, and what others bought with it",
                tags: ["catalogue"],
                params: IdParams,
                headers: CachedHeaders,
                response: { 200: ProductAnswer, ...NOT_MODIFIED, ...NOT_FOUND, ...COMMON_PROBLEMS },
            },
        },
        async ({ params: { id }, headers }, reply) => {
            const found = catalogue.get(id);
            // At the same time: each is a way to the cache and back.
            const [product, bought] = await Promise.all([found, recommendations.of(id, found)]);
            const answer = { ...product, boughtTogether: bought === undefined ? null : [...bought] };
            if (offerToKeep(reply, answer, headers["if-none-match"])) return reply.code(304).send(null);
            return reply.send(answer);
        },
    );
}

/** Lets everybody keep an answer for a while. Whether the client has just this one, by the tag that it has kept with it. */
function offerToKeep(reply: Pick<FastifyReply, "header">, answer: object, known: string | undefined): boolean {
    const tag = entityTag(answer);
    reply.header("cache-control", CACHE_CONTROL);
    reply.header("etag", tag);
    return isKnown(known, tag);
}

/** Weak: a proxy that compresses the answer does not make another one of it. */
function entityTag(answer: object): string {
    return `W/"${createHash("sha256").update(JSON.stringify(answer)).digest("base64url").slice(0, 22)}"`;
}

function isKnown(header: string | undefined, tag: string): boolean {
    if (header === undefined) return false;
    return header.trim() === "*" || header.split(",").some((given) => given.trim() === tag);
}
