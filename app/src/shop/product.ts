import { z } from "zod";

/** The state of a product's image; `pending` until the worker has looked at the upload. */
export const IMAGE_STATES = ["none", "pending", "shown", "refused"] as const;

/** A product as it is shown. Money is in the smallest unit of the currency: integer cents. */
export const Product = z
    .object({
        id: z.uuid(),
        sku: z.string(),
        name: z.string(),
        description: z.string(),
        priceCents: z.int(),
        currency: z.string(),
        imageKey: z
            .string()
            .nullable()
            .describe("The image's folder below the CDN: small.webp, medium.webp, large.webp"),
        imageState: z.enum(IMAGE_STATES),
        version: z.int().describe("Grows with every change; a change must name the one that it is based on"),
        updatedAt: z.iso.datetime(),
    })
    .describe("A product");
z.globalRegistry.add(Product, { id: "Product" });
export type Product = z.output<typeof Product>;

/** A product as pg gives it: times as dates. */
export interface ProductRow {
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly description: string;
    readonly price_cents: number;
    readonly currency: string;
    readonly image_key: string | null;
    readonly image_state: Product["imageState"];
    readonly version: number;
    readonly updated_at: Date;
}

export function toProduct(row: ProductRow): Product {
    return {
        id: row.id,
        sku: row.sku,
        name: row.name,
        description: row.description,
        priceCents: row.price_cents,
        currency: row.currency,
        imageKey: row.image_key,
        imageState: row.image_state,
        version: row.version,
        updatedAt: row.updated_at.toISOString(),
    };
}
