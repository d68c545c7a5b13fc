import * as fc from "fast-check";
import { databaseParameters, parameterFamily } from "../../components/database-parameters";
import { placeReplicas } from "../../components/database-replicas";
import { connectionThreshold } from "../../components/database-signals";
import { gp3Baseline, instanceClass, nominalMaxConnections } from "../../components/database-sizing";

const gib = 1024 ** 3;

describe("an instance class", () => {
    it.each([
        ["db.t4g.micro", 2, 1, true],
        ["db.t4g.2xlarge", 8, 32, true],
        ["db.m8g.large", 2, 8, false],
        ["db.m7g.xlarge", 4, 16, false],
        ["db.r8g.16xlarge", 64, 512, false],
        ["db.m6gd.4xlarge", 16, 64, false],
        ["db.x2iedn.xlarge", 4, 128, false],
        ["db.x2g.large", 2, 32, false],
    ])("%s has %d CPUs and %d GiB", (name, virtualCpus, memory, burstable) => {
        expect(instanceClass(name)).toEqual({ virtualCpus, memoryBytes: memory * gib, burstable });
    });

    it.each([
        "m8g.large",
        "db.m8g",
        "db.q1.large",
        "db.m8g.medium",
        "db.t4g.4xlarge",
        "db.m8g.0xlarge",
        "cache.m8g.large",
        "",
    ])("%p is none", (name) => {
        expect(instanceClass(name)).toBeUndefined();
    });

    it("has more CPU and memory the larger its size", () => {
        fc.assert(
            fc.property(
                fc.constantFrom("m8g", "r8g", "c7gd", "x2g"),
                fc.integer({ min: 1, max: 47 }),
                (family, times) => {
                    const smaller = instanceClass(`db.${family}.${times === 1 ? "" : String(times)}xlarge`);
                    const larger = instanceClass(`db.${family}.${String(times + 1)}xlarge`);
                    expect(larger?.virtualCpus).toBeGreaterThan(smaller?.virtualCpus ?? Infinity);
                    expect(larger?.memoryBytes).toBeGreaterThan(smaller?.memoryBytes ?? Infinity);
                },
            ),
        );
    });
});

describe("the connections of a class", () => {
    it("follow RDS' formula and end at 5000", () => {
        expect(nominalMaxConnections(8 * gib)).toBe(901);
        expect(nominalMaxConnections(1024 * gib)).toBe(5000);
    });

    it("raise the alarm below what the smallest class really accepts", () => {
        // db.t3.micro and db.t4g.micro accept 81 to 87 connections, of the nominal 112.
        const micro = instanceClass("db.t4g.micro");
        expect(micro && connectionThreshold(micro)).toBeLessThan(81);
        expect(micro && connectionThreshold(micro)).toBeGreaterThan(60);
    });
});

describe("a gp3 volume", () => {
    it("has four times the operations from 400 GiB on", () => {
        expect(gp3Baseline(399)).toEqual({ iops: 3000, throughput: 125 });
        expect(gp3Baseline(400)).toEqual({ iops: 12000, throughput: 500 });
    });
});

describe("the placement of read replicas", () => {
    const zones = fc
        .uniqueArray(fc.constantFrom("az1", "az2", "az3", "az4", "az5", "az6"), { minLength: 1 })
        .map((keys) => keys.map((key) => ({ key })));
    const count = fc.integer({ min: 0, max: 15 });

    it("makes as many as asked, each with a key of its own", () => {
        fc.assert(
            fc.property(zones, count, (places, replicas) => {
                const keys = placeReplicas(places, replicas).map(({ key }) => key);
                expect(keys).toHaveLength(replicas);
                expect(new Set(keys).size).toBe(replicas);
            }),
        );
    });

    it("never moves a replica when another is added", () => {
        fc.assert(
            fc.property(zones, count, (places, replicas) => {
                expect(placeReplicas(places, replicas + 1).slice(0, replicas)).toEqual(placeReplicas(places, replicas));
            }),
        );
    });

    it("fills zones evenly", () => {
        fc.assert(
            fc.property(zones, count, (places, replicas) => {
                const placed = placeReplicas(places, replicas);
                const counts = places.map((zone) => placed.filter((replica) => replica.zone === zone).length);
                expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
            }),
        );
    });
});

describe("the parameters of an instance", () => {
    it("belong to the major version's family", () => {
        expect(parameterFamily("17")).toBe("postgres17");
        expect(parameterFamily("18.1")).toBe("postgres18");
    });

    it("never log the values bound to a statement", () => {
        expect(databaseParameters(1000)).toContainEqual({
            name: "log_parameter_max_length",
            value: "0",
            applyMethod: "immediate",
        });
    });

    it("take overrides instead of the defaults, each once and in a fixed order", () => {
        fc.assert(
            fc.property(
                fc.dictionary(
                    fc.constantFrom("work_mem", "log_temp_files", "random_page_cost", "rds.force_ssl"),
                    fc.string(),
                ),
                (overrides) => {
                    const names = databaseParameters(1000, overrides).map(({ name }) => name);
                    expect(names).toEqual([...new Set(names)].sort());
                    for (const [name, value] of Object.entries(overrides)) {
                        expect(databaseParameters(1000, overrides)).toContainEqual(
                            expect.objectContaining({ name, value }),
                        );
                    }
                },
            ),
        );
    });
});
