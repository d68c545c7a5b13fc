import ipaddr from "ipaddr.js";

/** An IPv4 range. */
export interface Cidr {
    /** The first address as a number. */
    readonly start: number;
    readonly prefix: number;
}

/** The number of addresses in a range. */
export function sizeOf(cidr: Cidr): number {
    return 2 ** (32 - cidr.prefix);
}

/** Reads `10.0.0.0/16`; undefined for anything else, a range that does not begin at its own first address included. */
export function parseCidr(text: string): Cidr | undefined {
    if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) {
        return undefined;
    }
    const [address, prefix] = ipaddr.IPv4.parseCIDR(text);
    const cidr = { start: address.octets.reduce((number, octet) => number * 256 + octet, 0), prefix };
    return cidr.start % sizeOf(cidr) === 0 ? cidr : undefined;
}

/** Writes a range as `10.0.0.0/16`. */
export function formatCidr({ start, prefix }: Cidr): string {
    const bytes = [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256);
    return `${bytes.join(".")}/${String(prefix)}`;
}

/** Whether one range lies inside another. */
export function contains(outer: Cidr, inner: Cidr): boolean {
    return inner.start >= outer.start && inner.start + sizeOf(inner) <= outer.start + sizeOf(outer);
}

/** Whether two ranges share an address. */
export function overlap(one: Cidr, other: Cidr): boolean {
    return contains(one, other) || contains(other, one);
}
