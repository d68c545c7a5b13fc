/** What may be uploaded as a product's image; the worker looks at what it really is, see jobs/image-variants.ts. */
export const IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp"] as const;

/** As the worker takes it. Not imported from there: the web role shall not load the image library. */
export const LARGEST_IMAGE_BYTES = 15 * 1_024 * 1_024;
