import { randomUUID } from "node:crypto";
import type { Database, Lsn } from "../database/database";
import type { Flags } from "../flags/flags";
import type { Outbox } from "../queue/outbox";
import type { ObjectStore, PresignedUpload } from "../storage/object-store";
import type { BusinessMetrics } from "../telemetry/business";
import type { Catalogue } from "./catalogue";
import { type IMAGE_TYPES, LARGEST_IMAGE_BYTES } from "./image-limits";
import { Refusal } from "./refusal";
import { expectImage } from "./statements";

/** Where uploads lie: outside of what the CDN serves. */
const UPLOADS = "uploads";

export interface ImagesParts {
    readonly database: Database;
    readonly storage: ObjectStore;
    readonly outbox: Outbox;
    readonly flags: Flags;
    readonly catalogue: Catalogue;
    readonly metrics: BusinessMetrics;
}

/** Images of products: uploaded to the bucket by the client itself, made fit to be shown by a worker. */
export class Images {
    constructor(private readonly parts: ImagesParts) {}

    /** Lets a client upload an image of a product. */
    async begin(
        productId: string,
        contentType: (typeof IMAGE_TYPES)[number],
    ): Promise<{ key: string; upload: PresignedUpload }> {
        const { catalogue, flags, metrics, storage } = this.parts;
        if (!(await flags.isEnabled("image-uploads"))) {
            throw new Refusal("switched off", "Images are not taken at the moment.");
        }
        const { id } = await catalogue.get(productId);
        const key = `${UPLOADS}/${id}/${randomUUID()}`;
        const upload = await storage.presignUpload(key, { contentType, maxBytes: LARGEST_IMAGE_BYTES });
        metrics.imageUploadBegun();
        return { key, upload };
    }

    /** Says that the upload has ended: the worker takes over. */
    async complete(productId: string, key: string, correlationId: string): Promise<{ lsn: Lsn }> {
        const { catalogue, database, outbox } = this.parts;
        const id = productId.toLowerCase();
        // A client may only name what it could have been given for this product.
        if (!isUploadKey(key, id)) throw new Refusal("invalid", "The key is not one that was given for this product.");
        const { lsn } = await database.write(async (tx) => {
            const rows = await tx.query({ ...expectImage, values: [id, key] });
            if (rows.length === 0) throw new Refusal("not found", "There is no such product.");
            await outbox.add(tx, { type: "image.uploaded", correlationId, payload: { productId: id, key } });
        });
        await catalogue.changed(id);
        return { lsn };
    }
}

function isUploadKey(key: string, productId: string): boolean {
    const [folder, product, file = "", ...rest] = key.split("/");
    return (
        folder === UPLOADS &&
        product === productId &&
        rest.length === 0 &&
        /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(file)
    );
}
