import { randomUUID } from "node:crypto";
import type { SeededProduct } from "../seed";
import type { Route } from "./measure";

/** The routes that are measured. */
export interface Routes {
    /** The same server with all its hooks, answering what never changes: nothing that it does can be faster. */
    readonly constant: Route;
    readonly product: Route;
    readonly page: Route;
    readonly session: Route;
    readonly order: Route;
}

/** The routes, with a customer's headers where they are needed. */
export function describeRoutes(products: readonly SeededProduct[], customer: Readonly<Record<string, string>>): Routes {
    let turn = 0;
    const nextProduct = () => products[turn++ % products.length]?.id ?? "";
    return {
        constant: { name: "constant (the limit)", next: () => ({ path: "/v1/info" }) },
        product: { name: "product", next: () => ({ path: `/v1/products/${nextProduct()}` }) },
        page: { name: "page of the catalogue", next: () => ({ path: "/v1/products?limit=20" }) },
        session: { name: "session", next: () => ({ path: "/v1/session", headers: customer }) },
        order: {
            name: "order",
            next: () => ({
                method: "POST",
                path: "/v1/orders",
                headers: { ...customer, "content-type": "application/json", "idempotency-key": randomUUID() },
                body: JSON.stringify({ items: [{ productId: nextProduct(), quantity: 1 }] }),
            }),
        },
    };
}
