import fc from "fast-check";
import { isLsn, lsnToBytes } from "../../../app/src/database/lsn";
import { WriterPositions } from "../../../app/src/database/writer-positions";

describe("the lag of a replica", () => {
    it("is unknown while the writer was never seen", () => {
        const positions = new WriterPositions();
        expect([positions.lagSeconds(5n, 1_000), positions.lagBytes(5n)]).toEqual([undefined, undefined]);
    });

    it("is nothing while nobody writes, however long", () => {
        const positions = new WriterPositions();
        for (const atMs of [0, 1_000, 100_000]) positions.add({ atMs, bytes: 10n });
        expect([positions.lagSeconds(10n, 200_000), positions.lagBytes(10n)]).toEqual([0, 0]);
    });

    it("is the age of the oldest change that is missing", () => {
        const positions = new WriterPositions();
        positions.add({ atMs: 0, bytes: 10n });
        positions.add({ atMs: 60_000, bytes: 20n });
        positions.add({ atMs: 61_000, bytes: 30n });
        expect(positions.lagSeconds(10n, 62_000)).toBe(2);
        expect(positions.lagSeconds(25n, 62_000)).toBe(1);
        expect(positions.lagSeconds(30n, 62_000)).toBe(0);
        expect(positions.lagBytes(12n)).toBe(18);
    });

    it("is told from the new writer's log after a failover that lost the end of the old one's", () => {
        const positions = new WriterPositions();
        positions.add({ atMs: 0, bytes: 100n });
        positions.add({ atMs: 1_000, bytes: 90n });
        expect([positions.lagSeconds(90n, 60_000), positions.lagBytes(90n)]).toEqual([0, 0]);
    });

    it("never grows when a replica has replayed more", () => {
        fc.assert(
            fc.property(fc.array(fc.nat(100), { minLength: 1 }), fc.nat(2_000), fc.nat(2_000), (steps, one, other) => {
                const positions = new WriterPositions();
                let bytes = 0n;
                steps.forEach((step, index) => {
                    bytes += BigInt(step);
                    positions.add({ atMs: index * 1_000, bytes });
                });
                const at = steps.length * 1_000;
                const lagOf = (replayed: number): number => positions.lagSeconds(BigInt(replayed), at) ?? -1;
                expect(lagOf(Math.max(one, other))).toBeLessThanOrEqual(lagOf(Math.min(one, other)));
            }),
        );
    });
});

describe("positions in the log", () => {
    it("are ordered as numbers, not as texts", () => {
        expect(lsnToBytes("16/B374D848")).toBe(0x16_b374_d848n);
        expect(lsnToBytes("2/0") > lsnToBytes("1/FFFFFFFF")).toBe(true);
        expect(lsnToBytes("A/0") > lsnToBytes("9/0")).toBe(true);
    });

    it.each(["", "/", "1", "1/", "/1", "1/2/3", "G/0", "123456789/0", "1/2 ", "0x1/2"])("are not %j", (text) => {
        expect(isLsn(text)).toBe(false);
    });
});
