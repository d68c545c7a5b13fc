import { Manifest } from "./manifest-schemas";

/** A resource, from a state or from mocks. */
interface Resource {
    readonly type: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
}

/** `kubernetes:core/v1:ConfigMap` is the only group that the type names otherwise than the manifest. */
function identify(type: string): { readonly apiVersion: string; readonly kind: string } {
    const [, apiVersion = "", kind = ""] = type.split(":");
    return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** Pulumi's own notes in inputs: secrets are objects around the value. */
function unwrapped(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(unwrapped);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if ("4dabf18193072939515e22adb298388d" in value) {
        throw new Error(`a manifest holds a secret: ${Object.keys(value).join(", ")}`);
    }
    return Object.fromEntries(
        Object.entries(value)
            .filter(([key]) => key !== "__defaults")
            .map(([key, part]) => [key, unwrapped(part)]),
    );
}

/**
 * The objects that resources are in Kubernetes, as they go to the API server. Releases of Helm are none: what they bring is not ours.
 *
 * @throws Error where one of them holds a value that Pulumi marks as a secret
 */
export function manifestsOf(resources: readonly Resource[]): Manifest[] {
    return resources
        .filter(({ type }) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/"))
        .map(({ type, inputs }) => ({ ...identify(type), ...(unwrapped(inputs) as object) }) as Manifest);
}
