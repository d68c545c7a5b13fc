import fc from "fast-check";
import { actionCovers, statements } from "../../../policies/shared/policy-document";
import { UNKNOWN, Values } from "../../../policies/shared/unknown";

test.each([
    ["kms:*", "kms:Decrypt", true],
    ["kms:?ecrypt", "kms:Decrypt", true],
    ["KMS:decrypt", "kms:Decrypt", true],
    ["kms:Decryp", "kms:Decrypt", false],
    ["kms.Decrypt", "kms:Decrypt", false],
    ["kms:Decrypt?", "kms:Decrypt", false],
    ["*", "kms:Decrypt", true],
])("the pattern %s against the action %s: %s", (pattern, action, covered) => {
    expect(actionCovers(pattern, action)).toBe(covered);
});

test("an action covers itself, and is covered where any part of it is left open", () => {
    const action = fc.stringMatching(/^[a-z0-9-]{1,8}:[A-Za-z]{1,12}$/);
    fc.assert(
        fc.property(action, fc.nat(), fc.nat(), (name, one, other) => {
            const [from, to] = [one % (name.length + 1), other % (name.length + 1)].sort((a, b) => a - b) as [
                number,
                number,
            ];
            expect(actionCovers(name, name)).toBe(true);
            expect(actionCovers(`${name.slice(0, from)}*${name.slice(to)}`, name)).toBe(true);
            expect(actionCovers(`${name}x`, name)).toBe(false);
        }),
    );
});

test("a statement says what it is about, one value or a list of them, and what it leaves out", () => {
    const [first, second] = statements(
        new Values({
            Statement: [
                { Effect: "Allow", Action: "kms:*", Resource: ["a", "b"] },
                { Effect: "Deny", NotAction: ["iam:*"], NotResource: "c" },
            ],
        }),
    ) as Exclude<ReturnType<typeof statements>, typeof UNKNOWN | undefined>;
    expect(first).toMatchObject({ actions: ["kms:*"], resources: ["a", "b"] });
    expect([first?.exceptActions, first?.exceptResources]).toEqual([undefined, undefined]);
    expect(second).toMatchObject({ actions: [], exceptActions: ["iam:*"], resources: [], exceptResources: ["c"] });
});

test("a document that is not known is not known, and one that is none has no statements", () => {
    expect(statements(UNKNOWN)).toBe(UNKNOWN);
    expect(statements(undefined)).toBeUndefined();
    expect(statements(new Values({}))).toBeUndefined();
});
