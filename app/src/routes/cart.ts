import { identify } from "../auth/identify";
import type { Tokens } from "../auth/tokens";
import { Cart, type Carts } from "../shop/cart";
import { COMMON_PROBLEMS, CONFLICT, SIGNED_IN, UNAUTHENTICATED } from "./schemas";
import type { ShopServer } from "./shop-server";

/** Adds the routes of the customer's cart. */
export function addCartRoutes(server: ShopServer, { carts, tokens }: { carts: Carts; tokens: Tokens }): void {
    server.get(
        "/v1/cart",
        {
            schema: {
                operationId: "getCart",
                summary: "The customer's cart",
                tags: ["cart"],
                security: SIGNED_IN,
                response: { 200: Cart, ...UNAUTHENTICATED, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId } = await identify(request, tokens);
            return reply.send(await carts.get(customerId));
        },
    );

    server.put(
        "/v1/cart",
        {
            schema: {
                operationId: "replaceCart",
                summary: "Replaces the cart, if it still has the version that is given",
                tags: ["cart"],
                security: SIGNED_IN,
                body: Cart,
                response: { 200: Cart, ...UNAUTHENTICATED, ...CONFLICT, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId } = await identify(request, tokens);
            return reply.send(await carts.replace(customerId, request.body));
        },
    );
}
