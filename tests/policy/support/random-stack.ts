/**
 * Random stacks of random resources: the types that the rules look at and others, with inputs drawn from the provider's own
 * schema, from what the rules' cases hold, and from what no program should hold.
 */
import fc from "fast-check";
import { Catalogue, type PropertySpec, type ResourceSpec, type TypeSpec } from "../../../offline/catalogue";
import { TOKENS } from "../../../policies/shared/tokens";
import { json, Ref, ref, UNKNOWN_VALUE, type TestResource } from "./harness";
import { copyOf, vocabularyOf, withReferences } from "./vocabulary";

/** Stands at the head of each text that counts as a secret; no message may hold it. */
export const SECRET = "s3cr3t-";

/**
 * Properties that hold a word of a vocabulary that AWS fixes, and refuses anything else in, or the name by which a person
 * finds a variable: messages may show them, and no secret ever stands there.
 */
const SHOWN: ReadonlySet<string> = new Set([
    "availabilityZone",
    "availabilityZoneId",
    "availabilityZoneName",
    "availabilityZones",
    "minimumProtocolVersion",
    "name",
    "originProtocolPolicy",
    "protocol",
    "sslPolicy",
    "viewerProtocolPolicy",
]);

const OUTPUTS = ["id", "arn", "name", "url", "bucket"] as const;

/** Texts of the kinds that properties hold. */
const TEXTS = [
    "",
    "us-east-1a",
    "us-east-1b",
    "use1-az1",
    "subnet-0123456789abcdef0",
    "arn:aws:sns:us-east-1:123456789012:alerts",
    "arn:aws:kms:us-east-1:123456789012:key/1",
    "alias/aws/sns",
    "alias/own",
    "ENABLED",
    "HTTP",
    "TCP",
    "postgres",
    "aurora-postgresql",
    "50%",
    "101%",
    "true",
    "false",
    "2",
    "-1",
    "1e3",
    "0x10",
    "NaN",
    "*",
    "a.b[0]",
    "Ärger ☃ 😀",
    "{ not JSON",
    "[]",
    "null",
    "[null]",
    '{"Statement":null}',
    '{"Statement":[null,1,"x",{"Condition":{"Bool":[]}}]}',
    '[{"environment":[null,{"name":null,"value":3}],"secrets":{}}]',
] as const;

const NUMBERS = [0, -0, 1, 2, 3, -1, 0.5, 7, 100, 1e9, Number.MAX_SAFE_INTEGER, -1e300] as const;

function nested(depth: number): unknown {
    let value: unknown = "bottom";
    for (let level = 0; level < depth; level += 1) {
        value = level % 2 === 0 ? [value] : { inner: value };
    }
    return value;
}

/** What a property of another type, or no property at all, would hold. */
const IMPLAUSIBLE: readonly unknown[] = [
    null,
    UNKNOWN_VALUE,
    UNKNOWN_VALUE,
    [],
    {},
    [null],
    [[]],
    [UNKNOWN_VALUE],
    { "": null },
    { length: 3 },
    { constructor: null, toString: 1, value: UNKNOWN_VALUE },
    "x".repeat(20_000),
    nested(300),
    json(nested(300)),
    json(null),
    json({}),
    json([UNKNOWN_VALUE]),
    json({ Statement: {} }),
    json({ Statement: [{ Effect: "Allow", Principal: null, Action: {}, Resource: 1 }] }),
    json({ Statement: { Effect: "Deny", Principal: "*", Action: ["*", null], Condition: { Bool: null } } }),
    ...TEXTS,
    ...NUMBERS,
    true,
    false,
];

const secret = fc.nat(99).map((n) => `${SECRET}${n}`);
/** A reference to some resource of the stack, by a number that is taken modulo the stack's size. */
const anyReference = fc.tuple(fc.nat(60), fc.constantFrom(...OUTPUTS)).map(([n, output]) => ref(String(n), output));
const word = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...TEXTS) },
    { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
    { weight: 2, arbitrary: anyReference },
);
const text = fc.oneof(
    { weight: 6, arbitrary: word },
    { weight: 2, arbitrary: secret },
    { weight: 1, arbitrary: secret.map((value) => `postgres://user:${value}@db:5432/shop?sslmode=disable`) },
    { weight: 1, arbitrary: secret.map((value) => json({ password: value, Statement: [{ Sid: value }] })) },
);

const ABSENT = Symbol("absent");
/** The deepest that schemas are followed: as far as a variable in a Kubernetes container. */
const DEPTH = 9;

export class RandomStacks {
    readonly #vocabulary: ReadonlyMap<string, readonly unknown[]>;
    readonly #objects = new Map<string, fc.Arbitrary<unknown>>();

    constructor(
        private readonly catalogues: readonly Catalogue[],
        private readonly programs: readonly (readonly TestResource[])[],
    ) {
        this.#vocabulary = vocabularyOf(programs);
    }

    /** Stacks of resources of these types, with all of their inputs at random. */
    of(types: readonly string[], maxLength: number): fc.Arbitrary<readonly TestResource[]> {
        return fc
            .array(fc.oneof(...types.map((type) => this.#resource(type))), { minLength: 1, maxLength, size: "max" })
            .map(connected);
    }

    /** Programs of the rules' cases side by side, of which each resource has some inputs at random. */
    near(maxPrograms: number): fc.Arbitrary<readonly TestResource[]> {
        const programs = this.programs.filter((program) => program.length > 0);
        return fc
            .array(fc.tuple(fc.constantFrom(...programs), fc.nat(2)), { minLength: 1, maxLength: maxPrograms })
            .chain((chosen) =>
                fc.tuple(
                    ...chosen.map(([program, changes], index) =>
                        fc.tuple(...copyOf(program, `-${index}`).map((each) => this.#changed(each, changes))),
                    ),
                ),
            )
            .map((stack) => stack.flat());
    }

    /** A resource with at most so many inputs replaced, also such as it does not have yet. */
    #changed(resource: TestResource, changes: number): fc.Arbitrary<TestResource> {
        const [catalogue, spec] = this.#find(resource.type);
        const properties = Object.entries(spec?.inputs ?? {});
        if (catalogue === undefined || properties.length === 0 || changes === 0) {
            return fc.constant(resource);
        }
        // What the case sets is what matters most.
        const own = properties.filter(([name]) => name in resource.inputs);
        const known = properties.filter(([name]) => this.#vocabulary.has(name));
        const chosen = fc.constantFrom(...own, ...own, ...own, ...known, ...properties.slice(0, 1));
        const change = chosen.chain(([name, { type }]) =>
            fc.tuple(fc.constant(name), this.#property(catalogue, name, type, DEPTH)),
        );
        return fc.array(change, { maxLength: changes }).map((replaced) => ({
            ...resource,
            inputs: withReferences(
                { ...resource.inputs, ...Object.fromEntries(replaced) },
                // A reference at random leads to the resource itself: a cycle.
                (each) => (each instanceof Ref && !/^\d+$/.test(each.name) ? each : ref(resource.name, each.output)),
            ) as Record<string, unknown>,
        }));
    }

    #resource(type: string): fc.Arbitrary<TestResource> {
        const [catalogue, spec] = this.#find(type);
        const properties = spec?.inputs ?? {};
        const inputs = catalogue === undefined ? fc.constant({}) : this.#object(catalogue, properties, DEPTH);
        return fc.record({
            type: fc.constant(type),
            name: fc.constantFrom("", " with spaces", "::", "$x", "[0]", "*"),
            inputs,
            ignoreChanges: fc.array(fc.constantFrom("*", "", "a..b[", ...Object.keys(properties)), { maxLength: 1 }),
        });
    }

    /** What a type takes; that of the kind's usual token where the package no longer has this one. */
    #find(type: string): readonly [Catalogue, ResourceSpec] | readonly [undefined, undefined] {
        const kind = Object.values(TOKENS).find((tokens: readonly string[]) => tokens.includes(type));
        for (const token of [type, ...(kind ?? [])]) {
            for (const catalogue of this.catalogues) {
                const spec = catalogue.resource(token);
                if (spec !== undefined) {
                    return [catalogue, spec];
                }
            }
        }
        return [undefined, undefined];
    }

    #object(
        catalogue: Catalogue,
        properties: Record<string, PropertySpec>,
        depth: number,
    ): fc.Arbitrary<Record<string, unknown>> {
        return fc
            .record(
                Object.fromEntries(
                    Object.entries(properties).map(([name, { type }]) => {
                        // A large object, as a container or an instance, would be full of what no rule reads.
                        const weight = this.#vocabulary.has(name) ? 6 : 1;
                        const value = this.#property(catalogue, name, type, depth);
                        return [
                            name,
                            fc.oneof({ weight: 4, arbitrary: fc.constant(ABSENT) }, { weight, arbitrary: value }),
                        ];
                    }),
                ) as Record<string, fc.Arbitrary<unknown>>,
            )
            .map((object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== ABSENT)));
    }

    #property(catalogue: Catalogue, name: string, type: TypeSpec, depth: number): fc.Arbitrary<unknown> {
        const arbitrary = this.#typed(catalogue, type, depth - 1, SHOWN.has(name) ? word : text);
        const typed = { weight: 6, arbitrary };
        const implausible = { weight: 1, arbitrary: fc.constantFrom(...IMPLAUSIBLE) };
        const words = this.#vocabulary.get(name) ?? [];
        return words.length === 0
            ? fc.oneof(typed, implausible)
            : fc.oneof(typed, implausible, { weight: 7, arbitrary: fc.constantFrom(...words) });
    }

    #typed(
        catalogue: Catalogue,
        type: TypeSpec,
        depth: number,
        texts: fc.Arbitrary<unknown> = text,
    ): fc.Arbitrary<unknown> {
        if (type === "string") {
            return texts;
        }
        if (type === "number") {
            return fc.constantFrom(...NUMBERS);
        }
        if (type === "boolean") {
            return fc.boolean();
        }
        if (type === "any" || type === "asset") {
            return fc.oneof(fc.constantFrom(...IMPLAUSIBLE), fc.jsonValue({ maxDepth: 2 }));
        }
        if ("literal" in type) {
            return fc.constant(type.literal);
        }
        if ("anyOf" in type) {
            return fc.oneof(...type.anyOf.map((each) => this.#typed(catalogue, each, depth, texts)));
        }
        if ("array" in type) {
            return fc.array(this.#typed(catalogue, type.array, depth, texts), { maxLength: 3 });
        }
        if ("map" in type) {
            const keys = fc.constantFrom("QueueName", "a.b", "", "DATABASE_URL", "app", "password");
            return fc.dictionary(keys, this.#typed(catalogue, type.map, depth, texts), { maxKeys: 3 });
        }
        const key = `${catalogue.packageName} ${type.ref} ${depth}`;
        const properties = depth > 0 ? (catalogue.properties("input", type) ?? {}) : {};
        const known = this.#objects.get(key) ?? this.#object(catalogue, properties, depth);
        this.#objects.set(key, known);
        return known;
    }
}

/** The resources under names of their own, with each reference made one to a resource of the stack. */
function connected(resources: readonly TestResource[]): readonly TestResource[] {
    const names = resources.map(({ name }, index) => `r${index}${name}`);
    const byType = new Map<string, string[]>();
    resources.forEach(({ type }, index) => {
        byType.set(type, [...(byType.get(type) ?? []), names[index] ?? ""]);
    });
    return resources.map((resource, index) => ({
        ...resource,
        name: names[index] ?? "",
        inputs: withReferences(resource.inputs, (reference) => {
            const candidates = reference instanceof Ref ? names : (byType.get(reference.type) ?? names);
            const choice = reference instanceof Ref ? Number(reference.name) : index;
            return ref(candidates[choice % candidates.length] ?? "", reference.output);
        }) as Record<string, unknown>,
    }));
}
