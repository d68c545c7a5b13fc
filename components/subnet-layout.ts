import { Cidr, contains, formatCidr, parseCidr, sizeOf } from "./cidr";
import { zoneNumber } from "./zones";

/**
 * Where the subnets of a VPC lie. Pure arithmetic: nothing here knows Pulumi.
 *
 * The VPC's range is cut into eight equal blocks, one for each zone number (`az1` gets the first), and each block into
 * sixteen parts that tiers take by a fixed place. A subnet's range depends on the VPC's range, the zone's number and the
 * tier alone, so that adding, removing or reordering zones, and adding a tier, never moves another subnet: moving one
 * would replace it, with everything in it.
 *
 * In a /16, a zone's block is a /19 (8,192 addresses): private /20, isolated /22, public /23, the last 5/16 for tiers to
 * come.
 */

/** A kind of subnet. */
export type SubnetTier = "private" | "isolated" | "public";

/** A tier's place in a zone's block, in sixteenths of the block. `size` is a power of two that divides `offset`. */
export interface TierPlace {
    readonly offset: number;
    readonly size: number;
}

/**
 * The tiers' places. Never change a row: it would re-address networks that exist. New tiers take sixteenths 11 to 15
 * (one of size 4 at 12, or smaller ones).
 *
 * Private subnets get half of the address space, since every container and every endpoint takes an address there;
 * databases and caches are few; a public subnet holds one NAT gateway.
 */
export const subnetTiers: Readonly<Record<SubnetTier, TierPlace>> = {
    private: { offset: 0, size: 8 },
    isolated: { offset: 8, size: 2 },
    public: { offset: 10, size: 1 },
};

/** Zone numbers that a VPC's range has room for. Six is the largest that a region has today. */
export const zoneSlots = 8;

/** Sixteenths that a zone's block is cut into. */
const partsPerZone = 16;

/** AWS takes /16 as the largest range of a VPC. */
export const largestPrefix = 16;

/**
 * The smallest VPC: in a /20, private subnets have 251 usable addresses, isolated ones 59 and public ones 27, of which a
 * load balancer wants 8 to grow into.
 */
export const smallestPrefix = 20;

/** Ranges for private use: RFC 1918, and RFC 6598, which AWS allows and large organisations use for containers. */
const privateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

function isPrivate(cidr: Cidr): boolean {
    return privateRanges.map(parseCidr).some((range) => range !== undefined && contains(range, cidr));
}

/** What a VPC's range may be, in words for messages. */
export const allowedVpcCidr =
    `an IPv4 range from /${String(largestPrefix)} to /${String(smallestPrefix)} that begins at its first address, ` +
    `inside ${privateRanges.join(", ")}`;

/** Whether a VPC of this range has room for the layout. */
export function isVpcCidr(text: string): boolean {
    const cidr = parseCidr(text);
    return cidr !== undefined && cidr.prefix >= largestPrefix && cidr.prefix <= smallestPrefix && isPrivate(cidr);
}

/**
 * The range of one subnet.
 *
 * @throws Error when the VPC's range or the zone has no room in the layout
 */
export function subnetCidr(vpcCidr: string, zoneId: string, { offset, size }: TierPlace): string {
    const vpc = parseCidr(vpcCidr);
    if (vpc === undefined || !isVpcCidr(vpcCidr)) {
        throw new Error(
            `${vpcCidr} is no range for this network; allowed: ${allowedVpcCidr}; write for example 10.0.0.0/16`,
        );
    }
    const slot = zoneNumber(zoneId) - 1;
    if (slot >= zoneSlots) {
        throw new Error(`zone ${zoneId} has no place in the network: zone numbers go to az${String(zoneSlots)}`);
    }
    const part = sizeOf(vpc) / zoneSlots / partsPerZone;
    return formatCidr({
        start: vpc.start + (slot * partsPerZone + offset) * part,
        prefix: 32 - Math.log2(size * part),
    });
}

/** A subnet of the layout. */
export interface PlannedSubnet {
    readonly tier: SubnetTier;
    readonly zoneId: string;
    readonly cidrBlock: string;
}

/** All subnets of a VPC, by tier, then in the order of the zones given. */
export function layOutSubnets(vpcCidr: string, zoneIds: readonly string[]): PlannedSubnet[] {
    return (Object.keys(subnetTiers) as SubnetTier[]).flatMap((tier) =>
        zoneIds.map((zoneId) => ({ tier, zoneId, cidrBlock: subnetCidr(vpcCidr, zoneId, subnetTiers[tier]) })),
    );
}
