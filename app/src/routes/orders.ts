import { z } from "zod";
import { identify } from "../auth/identify";
import type { Tokens } from "../auth/tokens";
import { correlationIdOf } from "../correlation";
import { CartLine, MOST_LINES } from "../shop/cart";
import { Order, OrderPage, type Orders } from "../shop/orders";
import { lastWrite, tellLastWrite } from "./position";
import { COMMON_PROBLEMS, CONFLICT, IdParams, NOT_FOUND, PageQuery, SIGNED_IN, UNAUTHENTICATED } from "./schemas";
import type { ShopServer } from "./shop-server";

const OrderRequest = z.object({ items: z.array(CartLine).min(1).max(MOST_LINES) });

/** As a UUID, or what else a client takes for a key: it is compared, and never shown. */
const IdempotencyHeaders = z.looseObject({
    "idempotency-key": z
        .string()
        .regex(/^[\w.:=-]{8,128}$/)
        .describe("Chosen by the client for this order: with the same key the order is made once"),
});

/** Adds the routes of the customer's orders. */
export function addOrderRoutes(server: ShopServer, { orders, tokens }: { orders: Orders; tokens: Tokens }): void {
    server.post(
        "/v1/orders",
        {
            schema: {
                operationId: "placeOrder",
                summary: "Orders products; stock and payment are seen to afterwards",
                tags: ["orders"],
                security: SIGNED_IN,
                headers: IdempotencyHeaders,
                body: OrderRequest,
                response: { 201: Order, ...UNAUTHENTICATED, ...CONFLICT, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId, email } = await identify(request, tokens);
            const { order, lsn } = await orders.place(
                { id: customerId, email },
                { idempotencyKey: request.headers["idempotency-key"], correlationId: correlationIdOf(request) },
                request.body,
            );
            tellLastWrite(reply, lsn);
            // The same status for the second time: the client cannot tell them apart, nor need it.
            return reply.code(201).header("location", `/v1/orders/${order.id}`).send(order);
        },
    );

    server.get(
        "/v1/orders",
        {
            schema: {
                operationId: "listOrders",
                summary: "The customer's orders, the latest first",
                tags: ["orders"],
                security: SIGNED_IN,
                querystring: PageQuery,
                response: { 200: OrderPage, ...UNAUTHENTICATED, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId } = await identify(request, tokens);
            const { cursor, limit } = request.query;
            return reply.send(await orders.list(customerId, cursor, limit, lastWrite(request)));
        },
    );

    server.get(
        "/v1/orders/:id",
        {
            schema: {
                operationId: "getOrder",
                summary: "An order of the customer",
                tags: ["orders"],
                security: SIGNED_IN,
                params: IdParams,
                response: { 200: Order, ...UNAUTHENTICATED, ...NOT_FOUND, ...COMMON_PROBLEMS },
            },
        },
        async (request, reply) => {
            const { customerId } = await identify(request, tokens);
            return reply.send(await orders.get(customerId, request.params.id, lastWrite(request)));
        },
    );
}
