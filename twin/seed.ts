import { createHash } from "node:crypto";
import type { Client } from "pg";

/** What the twin's shop sells. */
export interface SeededProduct {
    readonly id: string;
    readonly sku: string;
    readonly name: string;
    readonly priceCents: number;
    /** How many of it there are at the beginning. */
    readonly stock: number;
}

const KINDS = ["Kettle", "Lamp", "Notebook", "Backpack", "Mug", "Chair", "Clock", "Blanket", "Vase", "Tray"] as const;
const MATERIALS = ["Oak", "Steel", "Linen", "Glass", "Wool", "Copper", "Cork", "Clay", "Paper", "Slate"] as const;

/** More than any test buys. */
const PLENTY = 10_000_000;

/** Of every tenth product there is next to nothing: some of its orders come too late. */
const FEW = 2;

/** The payment stub declines amounts that end in .02, and refuses to capture those that end in .03. */
const REFUSED_CENTS: readonly number[] = [2, 3];

/** Whether an order of this amount must come to nothing. */
export function isPaymentRefused(totalCents: number): boolean {
    return REFUSED_CENTS.includes(totalCents % 100);
}

/** Whether an order of a product may come too late. */
export function isScarce({ stock }: SeededProduct): boolean {
    return stock === FEW;
}

/** The products, the same ones every time. */
export function describeProducts(count: number): SeededProduct[] {
    return Array.from({ length: count }, (_, index) => {
        const sku = `SKU-${String(index + 1).padStart(5, "0")}`;
        const hash = createHash("sha256").update(sku).digest();
        const material = MATERIALS[hash.readUInt8(0) % MATERIALS.length] ?? "";
        const kind = KINDS[hash.readUInt8(1) % KINDS.length] ?? "";
        return {
            id: uuidOf(hash),
            sku,
            name: `${material} ${kind} ${index + 1}`,
            priceCents: 500 + (hash.readUInt16BE(2) % 20_000),
            stock: index % 10 === 9 ? FEW : PLENTY,
        };
    });
}

/** Puts the products into the database, with stock; those that are there stay as they are. */
export async function seedProducts(client: Client, products: readonly SeededProduct[]): Promise<void> {
    const column = <T>(get: (product: SeededProduct) => T) => products.map(get);
    await client.query(
        `INSERT INTO products (id, sku, name, description, price_cents, currency)
         SELECT id, sku, name, name || ', made to last.', price, 'EUR'
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS new (id, sku, name, price)
         ON CONFLICT DO NOTHING`,
        [column(({ id }) => id), column(({ sku }) => sku), column(({ name }) => name), column((one) => one.priceCents)],
    );
    await client.query(
        "INSERT INTO stock (product_id, available) SELECT * FROM unnest($1::uuid[], $2::int[]) ON CONFLICT DO NOTHING",
        [column(({ id }) => id), column(({ stock }) => stock)],
    );
}

/** A UUID of version 8, the one that an application makes as it likes (RFC 9562). */
function uuidOf(hash: Buffer): string {
    const bytes = Buffer.from(hash.subarray(0, 16));
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
