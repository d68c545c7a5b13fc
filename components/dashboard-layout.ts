/**
 * Where widgets go on a CloudWatch dashboard. Nothing here knows Pulumi or CloudWatch.
 */

/** Columns of a CloudWatch dashboard. */
export const gridColumns = 24;

/** Something that takes a rectangle of the grid. */
export interface Block<T> {
    /** 1 to 24 columns. */
    readonly width: number;
    readonly height: number;
    readonly content: T;
}

/** A block with its place. */
export interface PlacedBlock<T> extends Block<T> {
    /** Column of the left edge, from 0 on. */
    readonly x: number;
    /** Row of the upper edge, from 0 on. */
    readonly y: number;
}

/**
 * Places sections one below the other, and the blocks of a section from left to right, in lines that are as high as their
 * highest block.
 *
 * @throws RangeError for a block that no line can hold
 */
export function placeBlocks<T>(sections: readonly (readonly Block<T>[])[]): PlacedBlock<T>[] {
    const placed: PlacedBlock<T>[] = [];
    let top = 0;
    for (const section of sections) {
        let x = 0;
        let lineHeight = 0;
        for (const block of section) {
            refuseUnfit(block);
            if (x + block.width > gridColumns) {
                top += lineHeight;
                x = 0;
                lineHeight = 0;
            }
            placed.push({ ...block, x, y: top });
            x += block.width;
            lineHeight = Math.max(lineHeight, block.height);
        }
        top += lineHeight;
    }
    return placed;
}

function refuseUnfit({ width, height }: Block<unknown>): void {
    if (width < 1 || width > gridColumns || height < 1) {
        throw new RangeError(
            `a block of ${String(width)} × ${String(height)} does not fit: allowed are 1 to ${String(gridColumns)} columns and 1 row or more`,
        );
    }
}
