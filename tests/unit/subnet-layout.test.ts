import fc from "fast-check";
import { contains, formatCidr, overlap, parseCidr } from "../../components/cidr";
import {
    isVpcCidr,
    layOutSubnets,
    PlannedSubnet,
    SubnetTier,
    subnetCidr,
    subnetTiers,
    zoneSlots,
} from "../../components/subnet-layout";

const cidrOf = (text: string) => {
    const cidr = parseCidr(text);
    if (cidr === undefined) {
        throw new Error(`${text} is no range`);
    }
    return cidr;
};

const vpcCidrs = fc
    .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 15 }), fc.integer({ min: 16, max: 20 }))
    .map(([second, third, prefix]) => {
        const start = (10 * 256 + second) * 65536 + third * 4096;
        return formatCidr({ start: start - (start % 2 ** (32 - prefix)), prefix });
    });

const zoneLists = fc
    .uniqueArray(fc.integer({ min: 1, max: zoneSlots }), { minLength: 1, maxLength: 6 })
    .map((numbers) => numbers.map((number) => `euc1-az${String(number)}`));

const byPlace = (subnets: PlannedSubnet[]) =>
    new Map(subnets.map((subnet) => [`${subnet.tier} ${subnet.zoneId}`, subnet.cidrBlock]));

describe("the layout of subnets", () => {
    it("puts every subnet inside the network, apart from all others, and no smaller than AWS allows", () => {
        fc.assert(
            fc.property(vpcCidrs, zoneLists, (vpc, zones) => {
                const ranges = layOutSubnets(vpc, zones).map((subnet) => cidrOf(subnet.cidrBlock));
                expect(ranges).toHaveLength(3 * zones.length);
                for (const [place, range] of ranges.entries()) {
                    expect(contains(cidrOf(vpc), range)).toBe(true);
                    expect(range.prefix).toBeLessThanOrEqual(28);
                    expect(ranges.slice(place + 1).some((other) => overlap(range, other))).toBe(false);
                }
            }),
        );
    });

    it("moves no subnet when a zone is added, in whatever place of the list", () => {
        fc.assert(
            fc.property(
                vpcCidrs,
                zoneLists,
                fc.integer({ min: 1, max: zoneSlots }),
                fc.nat(),
                (vpc, zones, added, place) => {
                    const id = `euc1-az${String(added)}`;
                    fc.pre(!zones.includes(id));
                    const at = place % (zones.length + 1);
                    const more = byPlace(layOutSubnets(vpc, [...zones.slice(0, at), id, ...zones.slice(at)]));
                    for (const [subnet, cidrBlock] of byPlace(layOutSubnets(vpc, zones))) {
                        expect(more.get(subnet)).toBe(cidrBlock);
                    }
                },
            ),
        );
    });

    it("leaves room in each zone for tiers to come, which take nothing from those that exist", () => {
        fc.assert(
            fc.property(vpcCidrs, zoneLists, (vpc, zones) => {
                const existing = layOutSubnets(vpc, zones).map((subnet) => cidrOf(subnet.cidrBlock));
                for (const place of [
                    { offset: 11, size: 1 },
                    { offset: 12, size: 4 },
                ]) {
                    const coming = zones.map((zone) => cidrOf(subnetCidr(vpc, zone, place)));
                    expect(coming.some((range) => existing.some((other) => overlap(range, other)))).toBe(false);
                }
            }),
        );
    });

    // The places of subnets in networks that exist: whoever changes this table replaces them.
    it.each<[SubnetTier, string, string]>([
        ["private", "euc1-az1", "10.0.0.0/20"],
        ["private", "euc1-az2", "10.0.32.0/20"],
        ["private", "euc1-az6", "10.0.160.0/20"],
        ["isolated", "euc1-az1", "10.0.16.0/22"],
        ["isolated", "euc1-az3", "10.0.80.0/22"],
        ["public", "euc1-az1", "10.0.20.0/23"],
        ["public", "euc1-az2", "10.0.52.0/23"],
    ])("puts the %s subnet of %s in 10.0.0.0/16 at %s for good", (tier, zone, expected) => {
        expect(subnetCidr("10.0.0.0/16", zone, subnetTiers[tier])).toBe(expected);
    });

    it.each([
        "10.0.0.0/15",
        "10.0.0.0/21",
        "10.0.1.0/16",
        "8.0.0.0/16",
        "172.32.0.0/16",
        "10.0.0.0",
        "10.0.0.256/16",
        "ten",
    ])("refuses %s and says what is allowed", (text) => {
        expect(isVpcCidr(text)).toBe(false);
        expect(() => layOutSubnets(text, ["euc1-az1"])).toThrow("write for example 10.0.0.0/16");
    });

    it.each(["10.0.0.0/16", "10.255.240.0/20", "172.31.0.0/16", "192.168.0.0/16", "100.64.0.0/16"])(
        "takes %s",
        (text) => {
            expect(isVpcCidr(text)).toBe(true);
        },
    );

    it("refuses a zone that has no place", () => {
        expect(() => layOutSubnets("10.0.0.0/16", ["euc1-az9"])).toThrow("zone numbers go to az8");
    });
});
