declare const brand: unique symbol;

/** The key of a cached value, without the cache's prefix. Made by `cacheKey`, so that no unescaped text gets in. */
export type CacheKey = string & { readonly [brand]: true };

/** Longer keys cost more memory than they are worth; a client must not choose how much. */
const LONGEST_KEY = 512;

/**
 * The key of a value: a kind, and what tells the values of this kind apart.
 *
 * ```ts
 * cacheKey("product", id); // product:0190…
 * cacheKey("catalogue", "page", 3); // catalogue:page:3
 * ```
 *
 * @throws RangeError for a key of more than 512 characters: it holds what a client sent, and should have been refused before
 */
export function cacheKey(kind: string, ...parts: readonly (string | number)[]): CacheKey {
    // Escaped, so that ("a:b") and ("a", "b") are two keys, and no `{…}` chooses the slot in the cluster.
    const key = [kind, ...parts].map((part) => encodeURIComponent(String(part))).join(":");
    if (key.length > LONGEST_KEY) {
        throw new RangeError(`a cache key of ${key.length} characters is too long; allowed: ${LONGEST_KEY}`);
    }
    return key as CacheKey;
}
