import rateLimit, { type RateLimitPluginOptions } from "@fastify/rate-limit";
import { addSessions, type SessionOptions } from "../auth/session-cookie";
import type { Tokens } from "../auth/tokens";
import type { Carts } from "../shop/cart";
import type { Catalogue } from "../shop/catalogue";
import type { Images } from "../shop/images";
import type { Orders } from "../shop/orders";
import type { Recommendations } from "../shop/recommendations";
import type { BusinessMetrics } from "../telemetry/business";
import { addCartRoutes } from "./cart";
import { addCatalogueRoutes } from "./catalogue";
import { addOrderRoutes } from "./orders";
import { addProductRoutes } from "./products";
import { addSessionRoutes } from "./session";
import type { ShopServer } from "./shop-server";

/** Everything that the shop's routes need. */
export interface Shop {
    readonly catalogue: Catalogue;
    readonly recommendations: Recommendations;
    readonly carts: Carts;
    readonly orders: Orders;
    readonly images: Images;
    readonly tokens: Tokens;
    readonly demoSignIn: boolean;
    readonly sessions: SessionOptions;
    /** Undefined sets no limit. */
    readonly rateLimit: RateLimitPluginOptions | undefined;
    readonly metrics: BusinessMetrics;
}

/**
 * Counts every request of the shop before anything is done for it: whoever is over the limit costs no lookup of a session.
 * What is left of the limit is not told with each answer: the CDN would keep it, and tell it to others.
 */
async function limitRate(part: ShopServer, options: RateLimitPluginOptions): Promise<void> {
    const untold = { "x-ratelimit-limit": false, "x-ratelimit-remaining": false, "x-ratelimit-reset": false };
    await part.register(rateLimit, { ...options, addHeadersOnExceeding: untold, global: false });
    part.addHook("onRequest", part.rateLimit());
}

/** Adds the shop. */
export async function addShopRoutes(server: ShopServer, shop: Shop): Promise<void> {
    await server.register(async (part: ShopServer) => {
        if (shop.rateLimit) await limitRate(part, shop.rateLimit);
        await part.register((open: ShopServer, _options, done) => {
            addCatalogueRoutes(open, shop);
            done();
        });
        // Apart, so that what needs no session is answered without the store of the sessions.
        await part.register(async (known: ShopServer) => {
            await addSessions(known, shop.sessions);
            addSessionRoutes(known, shop);
            addCartRoutes(known, shop);
            addOrderRoutes(known, shop);
            await known.register((tended: ShopServer, _options, done) => {
                addProductRoutes(tended, shop);
                done();
            });
        });
    });
}
