import Ajv2020, { ValidateFunction } from "ajv/dist/2020";
import * as fs from "node:fs";
import * as path from "node:path";

/** An object as it goes to the API server. */
export interface Manifest {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name?: string; readonly namespace?: string; readonly [key: string]: unknown };
    readonly [key: string]: unknown;
}

/** The versions of Kubernetes whose schemas are there. */
export const schemaVersions = ["1.35", "1.36"] as const;
export type SchemaVersion = (typeof schemaVersions)[number];

type Schema = Readonly<Record<string, unknown>>;

/** As much of a CustomResourceDefinition as a validator reads. */
export interface CustomResourceDefinition {
    readonly metadata: { readonly name: string };
    readonly spec: {
        readonly group: string;
        readonly scope: "Namespaced" | "Cluster";
        readonly names: { readonly kind: string; readonly plural: string };
        readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
    };
}

const folder = path.join(__dirname, "schemas");
const read = (file: string): unknown => JSON.parse(fs.readFileSync(file, "utf8"));

/** The definitions of the custom resources: those that were published, and those that were written by hand. */
export const customResourceDefinitions = ["crds", "written"].flatMap((part) =>
    fs
        .readdirSync(path.join(folder, part))
        .filter((file) => file.endsWith(".json"))
        .map((file) => read(path.join(folder, part, file)) as CustomResourceDefinition),
);

const options = {
    strict: false,
    allErrors: true,
    validateFormats: false,
    // Patterns are Go's, where (?i) is a flag for what follows; it stands at the start wherever it stands.
    code: {
        regExp: Object.assign(
            (pattern: string, flags: string) =>
                new RegExp(pattern.replace("(?i)", ""), pattern.includes("(?i)") ? `${flags}i` : flags),
            { code: "goRegExp" },
        ),
    },
};

const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** Keywords that say nothing to a validator. Formats are Kubernetes' own. */
const silent = new Set(["default", "format", "description"]);

/**
 * The schema of a custom resource as a JSON Schema that refuses unknown fields, as the API server does when it is asked to be strict.
 * Parts under `anyOf` and the like say more about fields that are declared elsewhere, so these stay open.
 */
function closed(schema: unknown): Schema {
    if (!isObject(schema)) {
        return {};
    }
    const { properties, items, additionalProperties, nullable, ...rest } = schema;
    const out: Record<string, unknown> = Object.fromEntries(
        Object.entries(rest).filter(([key]) => !key.startsWith("x-kubernetes") && !silent.has(key)),
    );
    if (isObject(properties)) {
        out["properties"] = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, closed(part)]));
    }
    if (items !== undefined) {
        out["items"] = closed(items);
    }
    if (isObject(additionalProperties)) {
        out["additionalProperties"] = closed(additionalProperties);
    } else if (properties !== undefined && schema["x-kubernetes-preserve-unknown-fields"] !== true) {
        out["additionalProperties"] = schema["x-kubernetes-embedded-resource"] === true;
    }
    if (schema["x-kubernetes-int-or-string"] === true) {
        delete out["anyOf"];
        out["type"] = ["integer", "string"];
    }
    if (nullable === true && typeof out["type"] === "string") {
        out["type"] = [out["type"], "null"];
    }
    return out;
}

type Validator = (kind: string) => ValidateFunction | undefined;

/** Metadata is the same for all kinds, and no part of a custom resource's own schema. */
const metadataDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

function validatorOf(version: SchemaVersion): Validator {
    const { roots, $defs } = read(path.join(folder, `kubernetes-${version}.json`)) as {
        readonly roots: Readonly<Record<string, string>>;
        readonly $defs: Readonly<Record<string, Schema>>;
    };
    const ajv = new Ajv2020(options);
    ajv.addSchema({ $id: "kubernetes", $defs });
    const custom = new Map<string, ValidateFunction>();
    const definitions = new Map(
        customResourceDefinitions.flatMap(({ spec }) =>
            spec.versions.map((one) => [`${spec.group}/${one.name}/${spec.names.kind}`, one.schema.openAPIV3Schema]),
        ),
    );
    return (kind) => {
        const root = roots[kind];
        if (root !== undefined) {
            return ajv.getSchema(`kubernetes#/$defs/${root}`);
        }
        const definition = definitions.get(kind);
        const known = custom.get(kind);
        if (known !== undefined || definition === undefined) {
            return known;
        }
        const schema = closed(definition);
        const made = ajv.compile({
            ...schema,
            required: ["metadata", "spec"],
            properties: {
                ...(schema["properties"] as Schema),
                metadata: { $ref: `kubernetes#/$defs/${metadataDefinition}` },
            },
        });
        custom.set(kind, made);
        return made;
    };
}

/** Made once a version: compiling takes longer than all validations together. */
const validators = new Map<SchemaVersion, Validator>();

/** What is wrong with an object, by the schemas of a version of Kubernetes; nothing, where it is valid. */
export function schemaProblems(manifest: Manifest, version: SchemaVersion): string[] {
    const kind = `${manifest.apiVersion}/${manifest.kind}`;
    const validator = validators.get(version) ?? validatorOf(version);
    validators.set(version, validator);
    const validate = validator(kind);
    if (validate === undefined) {
        return [`there is no schema of ${kind}: add it to tests/kubernetes/schemas`];
    }
    if (validate(manifest)) {
        return [];
    }
    return (validate.errors ?? []).map(({ instancePath, message, params }) => {
        const field = (params as { additionalProperty?: string }).additionalProperty;
        return `${instancePath || "/"} ${message ?? "is invalid"}${field === undefined ? "" : `: ${field}`}`;
    });
}
