import fc from "fast-check";
import { computeRandom } from "../../../offline/providers/random/compute";
import type { ComputeContext } from "../../../offline/providers/rules";
import { asText, Secret, type ValueMap } from "../../../offline/providers/values";
import { StandIns, type Provider } from "./harness";

/** Draws without a process: only the type and the inputs take part. */
function draw(kind: string, inputs: ValueMap): ReturnType<typeof computeRandom> {
    const token = `random:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
    return computeRandom({ spec: { token }, inputs } as unknown as ComputeContext);
}

test("A string has the length, the characters and the minimums that are asked for", () => {
    const counts = fc.record({
        minLower: fc.nat(4),
        minUpper: fc.nat(4),
        minNumeric: fc.nat(4),
        minSpecial: fc.nat(4),
    });
    fc.assert(
        fc.property(
            counts,
            fc.integer({ min: 16, max: 60 }),
            fc.constantFrom("_-", "!"),
            (minimums, length, overrideSpecial) => {
                const result = asText(draw("RandomString", { ...minimums, length, overrideSpecial }).outputs["result"]);
                expect(result).toHaveLength(length);
                const count = (pattern: RegExp): number => result.match(pattern)?.length ?? 0;
                expect(count(/[a-z]/g)).toBeGreaterThanOrEqual(minimums.minLower);
                expect(count(/[A-Z]/g)).toBeGreaterThanOrEqual(minimums.minUpper);
                expect(count(/[0-9]/g)).toBeGreaterThanOrEqual(minimums.minNumeric);
                expect(count(/[_\-!]/g)).toBeGreaterThanOrEqual(minimums.minSpecial);
                expect(result.split("").every((c) => /[a-zA-Z0-9]/.test(c) || overrideSpecial.includes(c))).toBe(true);
            },
        ),
        { numRuns: 50 },
    );
});

test("A class of characters that is switched off does not come up", () => {
    const result = draw("RandomPassword", { length: 200, special: false, upper: false, number: false }).outputs[
        "result"
    ];
    expect(result).toMatch(/^[a-z]{200}$/);
});

test("An id has the same bytes in all of its forms, behind its prefix", () => {
    const { id, outputs } = draw("RandomId", { byteLength: 6, prefix: "p-" });
    const hex = asText(outputs["hex"]).slice(2);
    expect(hex).toMatch(/^[0-9a-f]{12}$/);
    expect(Buffer.from(id, "base64url").toString("hex")).toBe(hex);
    expect(outputs["dec"]).toBe(`p-${BigInt(`0x${hex}`)}`);
});

test("Numbers stay within their bounds; a seed makes them repeat", () => {
    for (let i = 0; i < 50; i++) {
        expect(draw("RandomInteger", { min: 3, max: 5 }).outputs["result"]).toBeGreaterThanOrEqual(3);
        expect(draw("RandomInteger", { min: 3, max: 5 }).outputs["result"]).toBeLessThanOrEqual(5);
    }
    const seeded = (): unknown => draw("RandomInteger", { min: 0, max: 1e9, seed: "s" }).outputs["result"];
    expect(seeded()).toBe(seeded());
});

test("A shuffle returns what it was given, as many as are asked for", () => {
    const inputs = ["a", "b", "c"];
    expect([...(draw("RandomShuffle", { inputs }).outputs["results"] as string[])].sort()).toEqual(inputs);
    expect(draw("RandomShuffle", { inputs, resultCount: 7 }).outputs["results"]).toHaveLength(7);
});

test("A UUID has its version, a pet its words", () => {
    expect(draw("RandomUuid", {}).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(draw("RandomUuid7", {}).id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(draw("RandomPet", { length: 3, prefix: "my" }).id).toMatch(/^my-[a-z]+-[a-z]+-[a-z]+$/);
});

describe("On the real process", () => {
    const standIns = new StandIns();
    const type = "random:index/randomPassword:RandomPassword";
    let random: Provider;
    beforeAll(async () => {
        await standIns.start();
        random = await standIns.provider("random");
    });
    afterAll(async () => {
        await standIns.dispose();
    });

    test("a password is secret, is not in the journal, and survives a refresh", async () => {
        const inputs = { length: 24 };
        const { id, outputs } = await random.create(type, "pw", inputs);
        expect(outputs["result"]).toBeInstanceOf(Secret);
        expect(outputs["bcryptHash"]).toBeInstanceOf(Secret);
        expect(outputs).toMatchObject({ length: 24, special: true, numeric: true, minLower: 0 });
        expect(standIns.journal()).not.toContain((outputs["result"] as Secret).value as string);
        expect((await random.read(type, "pw", id, { inputs, outputs })).outputs).toEqual(outputs);
    });

    test("impossible arguments are refused together", async () => {
        const { failures } = await random.check(type, "pw", { length: 3, minLower: 4, minSpecial: 1, loewer: true });
        expect(failures.map((failure) => failure.property)).toEqual(["loewer", "length"]);
    });
});
