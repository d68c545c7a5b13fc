import {
    defaultZoneIds,
    isZoneId,
    zoneIdPrefixes,
    zoneIsInRegion,
    zoneKey,
    zoneNumber,
    zonesWithoutVpcOrigins,
} from "../../components/zones";

const regions = Object.keys(zoneIdPrefixes);

describe("the zones of a region", () => {
    it.each(regions.filter((region) => region !== "us-west-1"))(
        "of %s by default are three different ones of it",
        (region) => {
            const zones = defaultZoneIds(region) ?? [];
            expect(new Set(zones).size).toBe(3);
            expect(zones.every((zone) => zoneIsInRegion(zone, region))).toBe(true);
        },
    );

    it("never include one by default in which CloudFront makes no VPC origin", () => {
        const all = regions.flatMap((region) => defaultZoneIds(region) ?? []);
        expect(all.filter((zone) => zonesWithoutVpcOrigins.includes(zone))).toEqual([]);
    });

    it.each(["us-west-1", "xx-moon-1"])("have no default in %s, where none holds in every account", (region) => {
        expect(defaultZoneIds(region)).toBeUndefined();
    });

    it("are a list of one's own, so that changing it changes no other program's", () => {
        defaultZoneIds("ap-northeast-1")?.push("apne1-az9");
        expect(defaultZoneIds("ap-northeast-1")).toEqual(["apne1-az1", "apne1-az2", "apne1-az4"]);
    });

    it("have prefixes that no two regions share", () => {
        expect(new Set(Object.values(zoneIdPrefixes)).size).toBe(regions.length);
    });
});

describe("a zone id", () => {
    it("tells its number and its key", () => {
        expect(zoneNumber("apne1-az4")).toBe(4);
        expect(zoneKey("euc1-az2")).toBe("az2");
    });

    it.each(["eu-central-1a", "use1-bos1-az1", "use1-wl1-bos-wlz1", "euc1-az0", "euc1", ""])("is not %p", (text) => {
        expect(isZoneId(text)).toBe(false);
        expect(() => zoneKey(text)).toThrow("write for example euc1-az1");
    });

    it("belongs to the region whose prefix it has, and to no other", () => {
        expect(zoneIsInRegion("euc1-az1", "eu-central-1")).toBe(true);
        expect(zoneIsInRegion("euc1-az1", "eu-central-2")).toBe(false);
        expect(zoneIsInRegion("use1-az1", "eu-central-1")).toBe(false);
    });

    it("is judged by its form alone in a region that is newer than the table", () => {
        expect(zoneIsInRegion("moon1-az1", "xx-moon-1")).toBe(true);
        expect(zoneIsInRegion("xx-moon-1a", "xx-moon-1")).toBe(false);
    });
});
