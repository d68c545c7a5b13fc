import { bulkhead } from "cockatiel";
import { createHash } from "node:crypto";
import sharp from "sharp";

/** What is made of a product's image: the names and the longest widths. */
const VARIANTS = [
    { name: "small", width: 160 },
    { name: "medium", width: 480 },
    { name: "large", width: 1_280 },
] as const;

export type VariantName = (typeof VARIANTS)[number]["name"];
export const VARIANT_NAMES = VARIANTS.map(({ name }) => name);

/** What an uploaded image may be. Photographs of telephones have 12 to 50 million pixels and up to 15 MB. */
export const IMAGE_LIMITS = {
    maxBytes: 15 * 1_024 * 1_024,
    /** 50 million pixels are 200 MB of memory once they are decoded, whatever the file's size: what a worker can bear. */
    maxPixels: 50_000_000,
    contentTypes: ["image/jpeg", "image/png", "image/webp"],
} as const;

/** How long libvips may take for one variant. */
const TIMEOUT_SECONDS = 20;

/** How well WebP keeps what it saves: its default 80 shows no difference at the sizes above. */
const QUALITY = 80;

/** A file that will never be an image that is shown. Trying again does not help. */
export class ImageRefused extends Error {
    constructor(readonly reason: string) {
        super(`the image is refused: ${reason}`);
        this.name = "ImageRefused";
    }
}

export interface Variant {
    readonly name: VariantName;
    readonly width: number;
    readonly height: number;
    readonly body: Buffer;
}

export const VARIANT_CONTENT_TYPE = "image/webp";

/**
 * The key under which the variants of an image lie, one below it for each name. It follows from the content: doing it again
 * writes the same, and a new image never stands under the name of an old one, so that caches may keep it for ever.
 */
export function imageKey(prefix: string, productId: string, original: Buffer): string {
    const digest = createHash("sha256").update(original).digest("hex").slice(0, 32);
    return `${prefix}products/${productId}/${digest}`;
}

/** The key of one variant, of the key that the product has. */
export function variantKey(key: string, name: VariantName): string {
    return `${key}/${name}.webp`;
}

let hardened = false;

/** Only the decoders that are needed: the others (SVG, PDF, ImageMagick, …) have had more holes than the shop has images. */
function harden(): void {
    if (hardened) return;
    sharp.block({ operation: ["VipsForeignLoad"] });
    sharp.unblock({
        operation: ["VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer"],
    });
    // A worker makes several images at the same time: one thread for each is enough, and a cache would only keep memory.
    sharp.concurrency(1);
    sharp.cache(false);
    hardened = true;
}

/**
 * One image at a time in a process, however many messages it has in hand: each may need 200 MB, and a process that is killed
 * for its memory takes all that it has in hand along, time and again. It also keeps Node's few threads free for what connects
 * and reads files.
 */
const turns = bulkhead(1, Number.POSITIVE_INFINITY);

/**
 * Makes what is shown of an uploaded image: upright, in sRGB, as WebP, never larger than it was, and without the metadata,
 * which may tell where and by whom it was taken. Of an animation only the first picture.
 *
 * @throws ImageRefused
 */
export function makeVariants(original: Buffer): Promise<readonly Variant[]> {
    return turns.execute(() => makeThem(original));
}

async function makeThem(original: Buffer): Promise<readonly Variant[]> {
    harden();
    await check(original);
    const variants: Variant[] = [];
    // One after the other: each decodes the whole image.
    for (const { name, width } of VARIANTS) {
        const { data, info } = await open(original)
            .autoOrient()
            .resize({ width, height: width, fit: "inside", withoutEnlargement: true })
            .toColorspace("srgb")
            .webp({ quality: QUALITY })
            .timeout({ seconds: TIMEOUT_SECONDS })
            .toBuffer({ resolveWithObject: true })
            .catch((error: unknown) => {
                // On a busy machine a good image may take too long: that is worth another try.
                if (firstLine(error).startsWith("timeout")) throw error;
                throw new ImageRefused(`it cannot be decoded (${firstLine(error)})`);
            });
        variants.push({ name, width: info.width, height: info.height, body: data });
    }
    return variants;
}

function open(original: Buffer): sharp.Sharp {
    return sharp(original, { limitInputPixels: IMAGE_LIMITS.maxPixels, failOn: "error", pages: 1 });
}

/** From the header alone: nothing is decoded yet. */
async function check(original: Buffer): Promise<void> {
    if (original.length === 0) throw new ImageRefused("it is empty");
    if (original.length > IMAGE_LIMITS.maxBytes) throw new ImageRefused(`more than ${IMAGE_LIMITS.maxBytes} bytes`);
    const { width, height } = await open(original)
        .metadata()
        .catch((error: unknown) => {
            throw new ImageRefused(`not JPEG, PNG or WebP, or too large (${firstLine(error)})`);
        });
    if (width * height > IMAGE_LIMITS.maxPixels) {
        throw new ImageRefused(`more than ${IMAGE_LIMITS.maxPixels} pixels`);
    }
}

function firstLine(error: unknown): string {
    return error instanceof Error ? (error.message.split("\n")[0] ?? "") : "";
}
