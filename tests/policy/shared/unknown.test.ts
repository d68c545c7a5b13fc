import fc from "fast-check";
import * as sdkProxy from "@pulumi/policy/proxy";
import { holdsUnknown, isUnknownValueError, UNKNOWN, Values } from "../../../policies/shared/unknown";

const sdk = sdkProxy as unknown as {
    unknownCheckingProxy(value: object): Record<string, unknown>;
    unknownStringValue: string;
    unknownObjectValue: string;
};
const unknown = sdk.unknownStringValue;

function seen(properties: object): Values {
    return new Values(sdk.unknownCheckingProxy(properties));
}

test("reading an unknown value throws in the SDK, and the error is recognized", () => {
    const properties = sdk.unknownCheckingProxy({ engine: unknown });
    let caught: unknown;
    try {
        expect(properties["engine"]).toBe("never read");
    } catch (error) {
        caught = error;
    }
    expect(isUnknownValueError(caught)).toBe(true);
    expect(isUnknownValueError(new Error("something else"))).toBe(false);
});

test("one unknown property hides no other", () => {
    const values = seen({ engine: unknown, multiAz: true, nested: { a: unknown, b: [1, { c: "x" }] } });
    expect(values.str("engine")).toBe(UNKNOWN);
    expect(values.bool("multiAz")).toBe(true);
    expect(values.get("nested.a")).toBe(UNKNOWN);
    expect(values.get("nested.a.deeper")).toBe(UNKNOWN);
    expect(values.get("nested.b.1.c")).toBe("x");
    expect(values.get("absent.deeper")).toBeUndefined();
});

test("a list keeps its length when its elements are unknown", () => {
    expect(seen({ subnetIds: [unknown, "subnet-1"] }).strings("subnetIds")).toEqual([UNKNOWN, "subnet-1"]);
    const [first, second] = seen({ rules: [unknown, { port: 80 }] }).list("rules") as readonly Values[];
    expect(first?.get("port")).toBe(UNKNOWN);
    expect(second?.num("port")).toBe(80);
});

test("a document is parsed whether it is text or an object, and is unknown as a whole", () => {
    const statement = { Effect: "Allow" };
    expect(
        (seen({ policy: JSON.stringify({ Statement: [statement] }) }).json("policy") as Values).get(
            "Statement.0.Effect",
        ),
    ).toBe("Allow");
    expect((seen({ policy: { Statement: [statement] } }).json("policy") as Values).get("Statement.0.Effect")).toBe(
        "Allow",
    );
    expect(seen({ policy: unknown }).json("policy")).toBe(UNKNOWN);
    expect(seen({ policy: "no JSON" }).json("policy")).toBeUndefined();
});

test("null, the empty string and texts for flags and numbers are read as the provider reads them", () => {
    const values = seen({ none: null, empty: "", flag: "true", count: "3", word: "x" });
    expect(values.get("none")).toBeUndefined();
    expect(values.str("empty")).toBeUndefined();
    expect(values.bool("flag")).toBe(true);
    expect(values.num("count")).toBe(3);
    expect(values.num("word")).toBeUndefined();
});

test("a word may be written as a number or a flag, but not as an object, whatever that has for a text of its own", () => {
    const values = new Values({ word: "on", number: 1, flag: false, object: { toString: 1 } });
    expect(["word", "number", "flag", "object", "none"].map((path) => values.word(path))).toEqual([
        "on",
        "1",
        "false",
        undefined,
        undefined,
    ]);
});

test("a proxy whose target cannot be reached is read through its errors", () => {
    class ForeignUnknown extends Error {
        readonly unknownTypeSentinel = "";
        readonly props = ["engine"];
    }
    const foreign = new Proxy(
        { multiAz: false },
        {
            get: (target, key) => {
                if (key === "engine") {
                    throw new ForeignUnknown();
                }
                return Reflect.get(target, key) as unknown;
            },
        },
    );
    const values = new Values(foreign);
    expect(values.get("engine")).toBe(UNKNOWN);
    expect(values.bool("multiAz")).toBe(false);
});

test("whatever the properties, reading never throws, and unknown is found wherever it is", () => {
    const value = fc.letrec((tie) => ({
        any: fc.oneof(
            { maxDepth: 4 },
            fc.string(),
            fc.integer(),
            fc.boolean(),
            fc.constant(null),
            fc.constant(unknown),
            fc.array(tie("any"), { maxLength: 3 }),
            fc.dictionary(fc.constantFrom("a", "b", "c"), tie("any")),
        ),
    })).any;
    fc.assert(
        fc.property(
            fc.dictionary(fc.constantFrom("a", "b"), value),
            fc.constantFrom("a", "a.b", "b.0", "a.b.c.0"),
            (object, path) => {
                const values = seen(object);
                for (const read of ["get", "str", "bool", "num", "list", "strings", "json"] as const) {
                    values[read](path);
                }
                expect(holdsUnknown(object)).toBe(JSON.stringify(object).includes(unknown));
            },
        ),
    );
});
