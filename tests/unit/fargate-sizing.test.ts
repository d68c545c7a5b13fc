import * as fc from "fast-check";
import { fargateSize, fargateSizes, relativePrice } from "../../components/ecs/fargate-sizing";

const container = fc.record({
    cpu: fc.constantFrom(0.25, 0.5, 1, 2, 4, 8, 16),
    memory: fc.integer({ min: 128, max: 130_000 }),
});

describe("the Fargate size of a task", () => {
    it.each([
        [0.25, 512, 256, 512],
        [0.25, 513, 256, 1024],
        [0.25, 2048, 256, 2048],
        // A quarter of a CPU goes up to 2 GiB only.
        [0.25, 2049, 512, 3072],
        [1, 2048, 1024, 2048],
        // One CPU starts at 2 GiB.
        [1, 512, 1024, 2048],
        [4, 30_720, 4096, 30_720],
        // Eight CPUs go in steps of 4 GiB, sixteen in steps of 8.
        [8, 17_000, 8192, 20_480],
        [16, 33_000, 16_384, 40_960],
        [2, 122_880, 16_384, 122_880],
    ])("of %d vCPU and %i MiB is %i units and %i MiB", (cpu, memory, sizeCpu, sizeMemory) => {
        expect(fargateSize([{ cpu, memory }])).toEqual({ cpu: sizeCpu, memory: sizeMemory });
    });

    it("holds the application's container and its sidecars together", () => {
        const sidecar = { cpu: 0.25, memory: 256 };
        expect(fargateSize([{ cpu: 0.25, memory: 512 }, sidecar])).toEqual({ cpu: 512, memory: 1024 });
    });

    it("does not exist beyond 16 vCPU and 120 GiB", () => {
        expect(fargateSize([{ cpu: 16, memory: 122_881 }])).toBeUndefined();
        expect(
            fargateSize([
                { cpu: 16, memory: 1024 },
                { cpu: 0.25, memory: 128 },
            ]),
        ).toBeUndefined();
    });

    it("is one that Fargate offers, holds everything, and none that does so is cheaper", () => {
        fc.assert(
            fc.property(fc.array(container, { minLength: 1, maxLength: 4 }), (containers) => {
                const cpu = containers.reduce((sum, c) => sum + c.cpu * 1024, 0);
                const memory = containers.reduce((sum, c) => sum + c.memory, 0);
                const holding = fargateSizes.filter((size) => size.cpu >= cpu && size.memory >= memory);
                const size = fargateSize(containers);
                if (size === undefined) {
                    return holding.length === 0;
                }
                return holding.includes(size) && holding.every((other) => relativePrice(size) <= relativePrice(other));
            }),
        );
    });

    it("is chosen among all the pairs of AWS's table", () => {
        // 3 + 4 + 7 + 13 + 23 + 12 + 12: the number of memory values in each row of the table.
        expect(fargateSizes).toHaveLength(74);
        expect(new Set(fargateSizes.map(({ cpu, memory }) => `${String(cpu)}/${String(memory)}`)).size).toBe(74);
    });
});
