import type { Meter } from "@opentelemetry/api";
import { type Handlers, inTwoSteps } from "../queue/handler";
import { ObjectNotFound, type ObjectStore, ObjectTooLarge } from "../storage/object-store";
import { IMAGE_LIMITS, imageKey, ImageRefused, makeVariants, VARIANT_CONTENT_TYPE, variantKey } from "./image-variants";
import { refuseImage, showImage } from "./statements";

export interface ImageJobSettings {
    /** Before the keys of images that may be shown. */
    readonly servedPrefix: string;
}

export interface ImageJobParts {
    readonly storage: ObjectStore;
    readonly metrics: Meter;
    /** Runs after a product has changed: what is cached of it is to be forgotten. */
    readonly productChanged: (productId: string) => Promise<void>;
}

/** A year: a key never gets another content. */
const CACHE_CONTROL = "public, max-age=31536000, immutable";

/** The key of the image that is to be shown, or why there is none. */
type Result = { readonly key: string } | { readonly refused: string };

/**
 * Turns what was uploaded for a product into what is shown. The variants are written first, under keys that follow from the
 * content; then the product is pointed at them, if the upload is still its latest. A file that is no image that we take is
 * refused for good: the product says so.
 *
 * ```
 * variants written ── A ── product pointed at them ── B ── commit ── C ── cached product forgotten ── D ── message deleted
 * ```
 *
 * - Dies before A, at A or at B: the message comes again, and writes the same variants under the same keys. Variants that no
 *   product comes to point at, as of an upload that is not the latest any more, stay in the bucket: nobody knows their keys.
 * - Dies at C: the message comes again, is found done, and the cached product is forgotten then. Until that, for as long as a
 *   message is hidden, the product is shown as it was.
 * - Dies at D: it is forgotten once more, which does no harm.
 * - The cache does not answer: the cache goes on trying while this process lives; if that dies too, the old product is shown
 *   for what is left of its time in the cache (`PRODUCT_SECONDS` in shop/catalogue.ts). It was right until now, and the old
 *   image is still there.
 */
export function imageHandlers(
    { servedPrefix }: ImageJobSettings,
    { storage, metrics, productChanged }: ImageJobParts,
): Handlers {
    const images = metrics.createCounter("shop.images", { description: "Uploaded images, by what became of them" });

    const store = async (key: string, productId: string): Promise<Result> => {
        try {
            const original = await storage.get(key, { maxBytes: IMAGE_LIMITS.maxBytes });
            const variants = await makeVariants(original);
            const shownKey = imageKey(servedPrefix, productId, original);
            for (const { name, body } of variants) {
                const options = { contentType: VARIANT_CONTENT_TYPE, cacheControl: CACHE_CONTROL };
                await storage.put(variantKey(shownKey, name), body, options);
            }
            return { key: shownKey };
        } catch (error) {
            if (error instanceof ImageRefused) return { refused: error.reason };
            if (error instanceof ObjectTooLarge) return { refused: `more than ${error.maxBytes} bytes` };
            // The client said that it had uploaded it.
            if (error instanceof ObjectNotFound) return { refused: "nothing was uploaded" };
            throw error;
        }
    };

    return {
        "image.uploaded": inTwoSteps(
            ({ payload: { key, productId } }) => store(key, productId),
            async ({ payload: { key, productId } }, { tx, log, afterCommit }, result) => {
                const rows = await tx.query<{ id: string }>(
                    "key" in result
                        ? { ...showImage, values: [productId, key, result.key] }
                        : { ...refuseImage, values: [productId, key] },
                );
                const outcome = rows.length === 0 ? "superseded" : "key" in result ? "shown" : "refused";
                log.info({ productId, outcome, reason: "refused" in result ? result.refused : undefined }, "image");
                afterCommit(() => {
                    images.add(1, { outcome });
                    return Promise.resolve();
                });
            },
            ({ payload: { productId } }) => productChanged(productId),
        ),
    };
}
