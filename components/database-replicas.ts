/** Where a read replica goes. */
export interface ReplicaPlacement<Z> {
    /** Names the replica for good: `az1`, and `az1-2` for the second one in that zone. */
    readonly key: string;
    readonly zone: Z;
}

/**
 * Spreads read replicas over zones, one after the other.
 *
 * A replica's key and zone depend on nothing but its place in the order, so that adding a replica moves none that
 * exists: changing a replica's zone replaces it.
 *
 * @param zones in a fixed order
 * @param count how many replicas
 */
export function placeReplicas<Z extends { readonly key: string }>(
    zones: readonly Z[],
    count: number,
): ReplicaPlacement<Z>[] {
    const placements: ReplicaPlacement<Z>[] = [];
    for (let round = 1; placements.length < count && zones.length > 0; round++) {
        for (const zone of zones.slice(0, count - placements.length)) {
            placements.push({ key: round === 1 ? zone.key : `${zone.key}-${String(round)}`, zone });
        }
    }
    return placements;
}
