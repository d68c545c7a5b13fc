import * as fc from "fast-check";

import { parseKey, parsePath, parseValue, setAt } from "../../../offline/runner/config-path";

describe("a configuration path", () => {
    it.each([
        ["region", ["region"]],
        ["database.replicas", ["database", "replicas"]],
        ["list[0].name", ["list", 0, "name"]],
        ['tags["my.key"].x', ["tags", "my.key", "x"]],
        ["a.b[2][3]", ["a", "b", 2, 3]],
    ])("%s is read as %j", (text, parts) => {
        expect(parsePath(text)).toEqual(parts);
    });

    it.each(["", "a..b", "a[", "a[x]", 'a["b', "a.", "]"])("%j is refused", (text) => {
        expect(() => parsePath(text)).toThrow(/configuration/);
    });

    it.each(["__proto__.x", "a.constructor", 'a["prototype"]'])(
        "%s is refused, since it would reach into every object",
        (text) => {
            expect(() => parsePath(text)).toThrow(/not allowed/);
        },
    );

    it("gets the project's namespace where none is written", () => {
        expect(parseKey("database.replicas", "shop")).toEqual({ namespace: "shop", path: ["database", "replicas"] });
        expect(parseKey("aws:region", "shop")).toEqual({ namespace: "aws", path: ["region"] });
    });

    it("reads back what was set at it, for any names and indexes", () => {
        const name = fc
            .stringMatching(/^[a-zA-Z_-][\w-]*$/)
            .filter((n) => !["__proto__", "constructor", "prototype"].includes(n));
        const part = fc.oneof(name, fc.nat({ max: 5 }));
        fc.assert(
            fc.property(name, fc.array(part, { maxLength: 5 }), fc.jsonValue(), (first, rest, value) => {
                const path = [first, ...rest];
                const tree: Record<string, unknown> = {};
                setAt(tree, path, value, "key");
                const found = path.reduce<unknown>((at, p) => (at as Record<string | number, unknown>)[p], tree);
                expect(found).toEqual(value);
                const text = path.map((p, i) => (typeof p === "number" ? `[${p}]` : i === 0 ? p : `.${p}`)).join("");
                expect(parsePath(text)).toEqual(path);
            }),
        );
    });

    it("is refused where it leads through a plain value, with the value in the message", () => {
        expect(() => {
            setAt({ database: 5 }, ["database", "replicas"], 1, "database.replicas");
        }).toThrow("database is 5");
        expect(() => {
            setAt({ list: [] }, ["list", "name"], 1, "list.name");
        }).toThrow("is a list");
    });
});

describe("a value on a command line", () => {
    it.each<[string, unknown]>([
        ["true", true],
        ["false", false],
        ["3", 3],
        ["-0.5", -0.5],
        ["007", "007"],
        ["123456789012345678901", "123456789012345678901"],
        ["1.10", "1.10"],
        ['["a"]', ["a"]],
        ['{"a":1}', { a: 1 }],
        ["{broken", "{broken"],
        ["eu-west-1", "eu-west-1"],
        ["", ""],
    ])("%j is %j", (text, value) => {
        expect(parseValue(text)).toEqual(value);
    });
});
