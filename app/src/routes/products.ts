import { z } from "zod";
import { demandScope, identify } from "../auth/identify";
import type { Tokens } from "../auth/tokens";
import { correlationIdOf } from "../correlation";
import { type Catalogue } from "../shop/catalogue";
import { IMAGE_TYPES } from "../shop/image-limits";
import type { Images } from "../shop/images";
import { Product } from "../shop/product";
import { tellLastWrite } from "./position";
import { COMMON_PROBLEMS, CONFLICT, FORBIDDEN, IdParams, NOT_FOUND, SIGNED_IN, text } from "./schemas";
import type { ShopServer } from "./shop-server";

/** What the table takes: a signed number of 32 bits. */
const LARGEST_CENTS = 100_000_000;
const LARGEST_STOCK = 1_000_000_000;

const NewProduct = z.object({
    sku: z.string().regex(/^[A-Z0-9][A-Z0-9-]{0,39}$/),
    name: text(1, 200),
    description: text(0, 5_000).default(""),
    priceCents: z.int().min(0).max(LARGEST_CENTS),
    currency: z.string().regex(/^[A-Z]{3}$/),
    stock: z.int().min(0).max(LARGEST_STOCK).default(0),
});

const ProductChange = z.object({
    version: z.int().min(1).max(2_147_483_647),
    name: text(1, 200).optional(),
    description: text(0, 5_000).optional(),
    priceCents: z.int().min(0).max(LARGEST_CENTS).optional(),
});

const Upload = z.object({
    key: z.string().describe("Give it back when the upload has ended"),
    url: z.url(),
    fields: z.record(z.string(), z.string()).describe("Fields of the form to post; the file comes last, as `file`"),
    expiresAt: z.iso.datetime(),
});

export interface ProductRouteParts {
    readonly catalogue: Catalogue;
    readonly images: Images;
    readonly tokens: Tokens;
}

/** Adds the routes of those who tend the catalogue. All of them want the scope `catalogue:write`. */
export function addProductRoutes(server: ShopServer, { catalogue, images, tokens }: ProductRouteParts): void {
    const common = { tags: ["catalogue administration"], security: SIGNED_IN };
    const problems = { ...FORBIDDEN, ...COMMON_PROBLEMS };

    // Before the input is looked at: who may not do it needs no advice on how to.
    server.addHook("preValidation", async (request) => {
        demandScope(await identify(request, tokens), "catalogue:write");
    });

    server.post(
        "/v1/products",
        {
            schema: {
                ...common,
                operationId: "addProduct",
                summary: "Adds a product with its stock",
                body: NewProduct,
                response: { 201: Product, ...problems, ...CONFLICT },
            },
        },
        async (request, reply) => {
            const { product, lsn } = await catalogue.add(request.body);
            tellLastWrite(reply, lsn);
            return reply.code(201).header("location", `/v1/products/${product.id}`).send(product);
        },
    );

    server.patch(
        "/v1/products/:id",
        {
            schema: {
                ...common,
                operationId: "changeProduct",
                summary: "Changes a product, if it still has the version that is given",
                params: IdParams,
                body: ProductChange,
                response: { 200: Product, ...problems, ...NOT_FOUND, ...CONFLICT },
            },
        },
        async (request, reply) => {
            const { product, lsn } = await catalogue.change(request.params.id, request.body);
            tellLastWrite(reply, lsn);
            return reply.send(product);
        },
    );

    server.post(
        "/v1/products/:id/image",
        {
            schema: {
                ...common,
                operationId: "beginImageUpload",
                summary: "Says where to send an image: straight to the bucket",
                params: IdParams,
                body: z.object({ contentType: z.enum(IMAGE_TYPES) }),
                response: { 201: Upload, ...problems, ...NOT_FOUND },
            },
        },
        async (request, reply) => {
            const { key, upload } = await images.begin(request.params.id, request.body.contentType);
            const { url, fields, expiresAt } = upload;
            return reply.code(201).send({ key, url, fields: { ...fields }, expiresAt: expiresAt.toISOString() });
        },
    );

    server.post(
        "/v1/products/:id/image/complete",
        {
            schema: {
                ...common,
                operationId: "completeImageUpload",
                summary: "Says that the image has been sent; it is shown when a worker has looked at it",
                params: IdParams,
                body: z.object({ key: z.string().max(200) }),
                response: { 202: z.object({ imageState: z.literal("pending") }), ...problems, ...NOT_FOUND },
            },
        },
        async (request, reply) => {
            const { lsn } = await images.complete(request.params.id, request.body.key, correlationIdOf(request));
            tellLastWrite(reply, lsn);
            return reply.code(202).send({ imageState: "pending" });
        },
    );
}
