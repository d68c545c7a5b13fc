import type { ResourceSpec } from "../../catalogue";
import { refuseKubernetesFunction, decodeYaml } from "./functions";
import { noSession } from "../session";
import type { CheckContext, Environment, PackageRules } from "../rules";
import { isMap, nested, open, text, type ValueMap } from "../values";
import { computeKubernetes } from "./compute";
import { nameOfObject } from "./names";
import { replacesKubernetes } from "./replacement";

export const kubernetesRules: PackageRules = {
    name: "kubernetes",
    declaresWhatIsFilled: false,
    adoptsOrphans: true,
    ownFunctions: new Set(["kubernetes:yaml:decode", "kubernetes:helm:template", "kubernetes:kustomize:directory"]),
    configure: noSession,
    sessionFor: (session) => session,
    specOf,
    refuseType,
    prepare: withName,
    validate: () => [],
    replaces: replacesKubernetes,
    // Two objects of one kind, namespace and name cannot exist at once; where the name was made up, the other one gets another.
    deleteBeforeReplace: (_spec, changes, olds, news) =>
        !changes.some((change) => /^metadata\.(name|namespace)\b/.test(change.path)) &&
        text(nested(nested(news, "metadata"), "annotations"), autonamed) !== "true" &&
        nameOfObject(olds) === nameOfObject(news),
    compute: computeKubernetes,
    knownInPreview: () => ({}),
    refuseDelete: () => undefined,
    refuseUpdate: () => undefined,
    describeById(spec, id, given) {
        const parts = id.split("/");
        const metadata = { name: parts.at(-1) ?? id, ...(parts.length > 1 ? { namespace: parts[0] ?? "" } : {}) };
        return { ...spec.constants, metadata, ...given };
    },
    invoke(context, args) {
        if (context.token === "kubernetes:yaml:decode") {
            return decodeYaml(args);
        }
        refuseKubernetesFunction(context.token);
        return undefined;
    },
};

/** Custom resources are not in the package: their type names a group and a version, their inputs say the rest. */
function specOf(environment: Environment, type: string, inputs: ValueMap): ResourceSpec | undefined {
    const spec = environment.catalogue.resource(type);
    if (spec) {
        return spec;
    }
    const [, apiVersion = "", kind = ""] = type.split(":");
    const group = /^([^/]+)\/v[^/]+$/.exec(apiVersion)?.[1];
    const given = text(inputs, "apiVersion");
    if (kind === "" || !(group?.includes(".") || (given === apiVersion && text(inputs, "kind") === kind))) {
        return undefined;
    }
    const any = { type: "any" as const };
    const properties: Record<string, typeof any> = {
        apiVersion: any,
        kind: any,
        metadata: any,
        spec: any,
        status: any,
    };
    for (const name of Object.keys(inputs)) {
        properties[name] = any;
    }
    return {
        token: type,
        kind: "resource",
        inputs: properties,
        outputs: properties,
        constants: { apiVersion, kind },
        secretOutputs: [],
        aliases: [],
    };
}

const remoteComponents = new Set([
    "kubernetes:yaml/v2:ConfigFile",
    "kubernetes:yaml/v2:ConfigGroup",
    "kubernetes:kustomize/v2:Directory",
    "kubernetes:helm.sh/v4:Chart",
]);

function refuseType(type: string): string | undefined {
    if (!remoteComponents.has(type)) {
        return undefined;
    }
    return (
        `The offline engine cannot build ${type}: the real provider renders it itself, from charts and files that it fetches. ` +
        "Declare its resources one by one, or use kubernetes.yaml.ConfigFile or ConfigGroup of version 1 for local manifests."
    );
}

/** Objects without a name get the resource's, with a suffix, unless the API server is to generate it. */
function withName(context: CheckContext, inputs: ValueMap): ReturnType<PackageRules["prepare"]> {
    const metadata = open(inputs["metadata"] ?? {});
    const kind = context.spec.token.slice(context.spec.token.lastIndexOf(":") + 1);
    // Lists are no objects of their own, a patch names the object it changes, and helm releases name themselves.
    if (!isObject(context.spec) || /(List|Patch)$/.test(kind) || !isMap(metadata)) {
        return { inputs, problems: [] };
    }
    if (metadata["name"] !== undefined || metadata["generateName"] !== undefined) {
        return { inputs, problems: [] };
    }
    const old = nested(context.olds ?? {}, "metadata");
    const wasGenerated = text(nested(old, "annotations"), autonamed) === "true";
    const oldName = text(old, "name");
    const proposed = context.autonaming?.mode === "disable" ? undefined : context.autonaming?.proposedName;
    if (context.autonaming?.mode === "disable") {
        const message = `Property "metadata.name" of "${context.name}" (${context.spec.token}) must be set, since autonaming is disabled.`;
        return { inputs, problems: [{ path: "metadata.name", message }] };
    }
    const generated = proposed ? proposed : `${context.name.toLowerCase()}-${context.randomDigits(8)}`;
    const annotations = open(metadata["annotations"] ?? {});
    return {
        inputs: {
            ...inputs,
            metadata: {
                ...metadata,
                name: wasGenerated && oldName !== undefined ? oldName : generated,
                ...(isMap(annotations) ? { annotations: { ...annotations, [autonamed]: "true" } } : {}),
            },
        },
        problems: [],
    };
}

/** Whether a resource has the metadata of an object, which a list or a status has not. */
function isObject(spec: ResourceSpec): boolean {
    const type = spec.inputs["metadata"]?.type;
    return type === "any" || (typeof type === "object" && "ref" in type && type.ref === "meta.v1.ObjectMeta");
}

const autonamed = "pulumi.com/autonamed";
