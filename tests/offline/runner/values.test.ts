import * as fc from "fast-check";

import { shown } from "../../../offline/runner/values";

const signature = "4dabf18193072939515e22adb298388d";
const secret = { [signature]: "1b47061264138c4ac30d75fd1eb44270" };

describe("a property value that is shown", () => {
    it("never holds the text of a secret, wherever in the value it is", () => {
        const marker = "s3cr3t-marker";
        const plain = fc.jsonValue();
        const wrapped = fc.oneof(
            fc.constant({ ...secret, value: marker }),
            fc.constant({ ...secret, ciphertext: marker }),
            fc.constant({ ...secret, plaintext: JSON.stringify({ deep: marker }) }),
            fc.constant({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", secret: true, value: marker }),
            fc.constant({ [signature]: "a kind that is not known", value: marker }),
        );
        const tree = fc.letrec<{ node: unknown }>((tie) => ({
            node: fc.oneof(
                { maxDepth: 4 },
                wrapped,
                plain,
                fc.array(tie("node"), { maxLength: 4 }),
                fc.dictionary(fc.string(), tie("node"), { maxKeys: 4 }),
            ),
        })).node;
        fc.assert(fc.property(tree, (value) => !JSON.stringify(shown(value) ?? null).includes(marker)));
    });

    it("is what it was where nothing in it is special", () => {
        const json = fc
            .jsonValue()
            .filter(
                (value) => !JSON.stringify(value).includes("04da6b54") && !JSON.stringify(value).includes("__proto__"),
            );
        fc.assert(
            fc.property(json, (value) => {
                expect(shown(value)).toEqual(value);
            }),
        );
    });

    it("says of an unknown value, a resource, an asset and an output what it is", () => {
        expect(shown("04da6b54-80e4-46f7-96ec-b56ff0331ba9")).toBe("[unknown]");
        expect(shown({ [signature]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x", id: "i-1" })).toBe("i-1");
        expect(shown({ [signature]: "c44067f5952c0a294b673a41bacd8c17", path: "a.txt" })).toBe("[asset a.txt]");
        expect(shown({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" })).toBe("[unknown]");
        expect(shown({ [signature]: "d0e6a833031e9bbcd3f4e8bde6ca49a4", value: 3 })).toBe(3);
    });
});
