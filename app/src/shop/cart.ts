import { z } from "zod";
import type { Cache } from "../cache/cache";
import type { Policies } from "../resilience/policies";
import { Refusal } from "./refusal";

/** A cart that nobody has touched for so long is given up. */
const KEPT_SECONDS = 30 * 86_400;

/** What can be ordered at once. */
export const MOST_LINES = 50;
export const MOST_OF_ONE = 99;

export const CartLine = z.object({
    productId: z.uuid(),
    quantity: z.int().min(1).max(MOST_OF_ONE),
});
z.globalRegistry.add(CartLine, { id: "CartLine" });

export const Cart = z
    .object({
        version: z
            .int()
            .min(0)
            .describe("0 for a cart that was never written; a change must name the one it is based on"),
        items: z.array(CartLine).max(MOST_LINES),
    })
    .describe("What a customer means to order");
z.globalRegistry.add(Cart, { id: "Cart" });
export type Cart = z.output<typeof Cart>;

/** What is looked at of a cart that cannot be read otherwise; the same as in the script below. */
const Versioned = z.looseObject({ version: z.int().min(0) });

/** Writes the cart if it still has the version that the client knows; else answers the one that it has. */
const REPLACE = `
local current = redis.call("GET", KEYS[1])
local version = 0
if current then
    local ok, cart = pcall(cjson.decode, current)
    if ok and type(cart) == "table" and type(cart.version) == "number" then version = cart.version end
end
if version ~= tonumber(ARGV[1]) then return version end
redis.call("SET", KEYS[1], ARGV[2], "EX", ARGV[3])
return -1`;

export interface CartsParts {
    readonly cache: Pick<Cache, "client" | "keyPrefix">;
    readonly policies: Policies;
}

/** The customers' carts. They live in the cache alone: losing one is a nuisance, and no order is made of it by itself. */
export class Carts {
    constructor(private readonly parts: CartsParts) {}

    async get(customerId: string): Promise<Cart> {
        const { cache, policies } = this.parts;
        const text = await policies
            .for("cache")
            .run(() => cache.client.get(this.#key(customerId)), { idempotent: true });
        const stored = text === null ? undefined : parseJson(text);
        const cart = Cart.safeParse(stored);
        if (cart.success) return cart.data;
        // What another release wrote and this one cannot read is as good as empty. It has its version all the same: with
        // another one the customer could not replace it.
        const versioned = Versioned.safeParse(stored);
        return { version: versioned.success ? versioned.data.version : 0, items: [] };
    }

    /**
     * Replaces a cart: two windows of the same customer do not overwrite each other unseen.
     *
     * @throws Refusal where the cart has another version than the one that the change is based on
     */
    async replace(customerId: string, { version, items }: Cart): Promise<Cart> {
        const { cache, policies } = this.parts;
        const cart: Cart = { version: version + 1, items };
        const found = await policies
            .for("cache")
            .run(() =>
                cache.client.eval(REPLACE, 1, this.#key(customerId), version, JSON.stringify(cart), KEPT_SECONDS),
            );
        if (found !== -1) {
            throw new Refusal("conflict", `The cart has version ${Number(found)}. Read it again, and change that.`);
        }
        return cart;
    }

    #key(customerId: string): string {
        return `${this.parts.cache.keyPrefix}:cart:{${customerId}}`;
    }
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
