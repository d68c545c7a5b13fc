import fc from "fast-check";
import { join } from "node:path";
import { Catalogue, type PackageName, type PropertySpec, type TypeSpec } from "../../../offline/catalogue";
import type { Value, ValueMap } from "../../../offline/providers/values";
import { root, StandIns, type Provider } from "./harness";

const standIns = new StandIns();
const providers = new Map<PackageName, Provider>();
const packages: PackageName[] = ["aws", "random", "kubernetes"];
const catalogues = new Map(
    packages.map((name) => [name, Catalogue.open(name, [root], join(root, ".headroom/cache/catalogue"))]),
);

beforeAll(async () => {
    await standIns.start();
    for (const name of packages) {
        providers.set(name, await standIns.provider(name));
    }
});
afterAll(async () => {
    await standIns.dispose();
});

/** Valid values of a declared type, as far as types go. */
function value(catalogue: Catalogue, type: TypeSpec, depth: number): fc.Arbitrary<Value> {
    if (typeof type === "string") {
        const scalars: Record<string, fc.Arbitrary<Value>> = {
            string: fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/),
            number: fc.integer({ min: 1, max: 99 }),
            boolean: fc.boolean(),
        };
        return scalars[type] ?? fc.constant({ any: "thing" });
    }
    if ("literal" in type) {
        return fc.constant(type.literal);
    }
    if ("anyOf" in type) {
        return fc.oneof(...type.anyOf.map((one) => value(catalogue, one, depth)));
    }
    if ("array" in type) {
        return fc.array(value(catalogue, type.array, depth), { maxLength: 2 });
    }
    if ("map" in type) {
        return fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), value(catalogue, type.map, depth), {
            maxKeys: 2,
            noNullPrototype: true,
        });
    }
    return object(catalogue, catalogue.objectType("input", type.ref) ?? {}, depth - 1);
}

function object(catalogue: Catalogue, properties: Record<string, PropertySpec>, depth: number): fc.Arbitrary<ValueMap> {
    const required = Object.keys(properties).filter((name) => properties[name]?.required);
    const optional = Object.keys(properties).filter(
        (name) => !properties[name]?.required && properties[name]?.type !== "asset",
    );
    const chosen = depth > 0 ? fc.subarray(optional, { maxLength: Math.min(3, optional.length) }) : fc.constant([]);
    return chosen.chain((names) =>
        fc.record(
            Object.fromEntries(
                [...required, ...names].map((name) => [name, value(catalogue, properties[name]?.type ?? "any", depth)]),
            ),
            { noNullPrototype: true },
        ),
    );
}

/** Resources that can be made of generated inputs: a few check what their values mean, or are built by the provider. */
const peculiar =
    /:(RandomString|RandomPassword|RandomInteger|RandomShuffle|RandomPet|RandomId|RandomBytes|ReplicationGroup)$|sqs\/queue:Queue$|rds\/instance:Instance$/;

const resources = [...catalogues].flatMap(([name, catalogue]) =>
    Object.keys(catalogue.index.resources)
        .filter((type) => catalogue.resource(type)?.kind === "resource" && !peculiar.test(type))
        .map((type) => ({ name, type })),
);

test("Valid inputs of any resource type survive check, preview, creation, refresh and deletion without a difference", async () => {
    let count = 0;
    await fc.assert(
        fc.asyncProperty(
            fc.constantFrom(...resources).chain(({ name, type }) => {
                const catalogue = catalogues.get(name) as Catalogue;
                const inputs = catalogue.resource(type)?.inputs ?? {};
                // The region is of the provider's choice, and names are kept short enough for every service.
                const {
                    region: _,
                    deletionProtection: __,
                    enableDeletionProtection: ___,
                    deletionProtectionEnabled: ____,
                    ...own
                } = inputs;
                return fc.record({
                    name: fc.constant(name),
                    type: fc.constant(type),
                    inputs: object(catalogue, own, 3),
                });
            }),
            async ({ name, type, inputs }) => {
                const provider = providers.get(name) as Provider;
                const resource = `r${count++}`;
                const checked = await provider.check(type, resource, inputs);
                expect({ type, failures: checked.failures }).toEqual({ type, failures: [] });
                const again = await provider.check(type, resource, inputs, checked.inputs);
                expect(again.inputs).toEqual(checked.inputs);
                const preview = await provider.create(type, resource, checked.inputs, true);
                const { id, outputs } = await provider.create(type, resource, checked.inputs);
                expect(id).not.toBe("");
                expect(Object.keys(outputs).sort()).toEqual(Object.keys(preview.outputs).sort());
                const read = await provider.read(type, resource, id, { inputs: checked.inputs, outputs });
                expect(read.outputs).toEqual(outputs);
                const diff = await provider.diff(type, resource, read.inputs, checked.inputs);
                expect({ type, ...diff }).toMatchObject({ type, changes: "none" });
                await provider.delete(type, resource, id, outputs);
                expect((await provider.read(type, resource, id, { inputs: checked.inputs, outputs })).id).toBe("");
            },
        ),
        { numRuns: 120 },
    );
}, 120_000);
