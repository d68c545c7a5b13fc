/**
 * What the catalogue says about a package: its resources and functions, and the nested types they use. Everything is plain
 * JSON, so that it can be cached on disk.
 */

/** The type of a property. `any` also stands for what the declaration files do not say more precisely. */
export type TypeSpec =
    | "string"
    | "number"
    | "boolean"
    | "any"
    /** An asset or an archive. */
    | "asset"
    | { array: TypeSpec }
    | { map: TypeSpec }
    /** A named object type, as `namespace.Name`; see `Catalogue.objectType`. */
    | { ref: string }
    | { anyOf: TypeSpec[] }
    /** One fixed string, as in the `kind` of a Kubernetes resource. */
    | { literal: string };

export interface PropertySpec {
    type: TypeSpec;
    /** Inputs: must be given. Outputs: always has a value. */
    required?: true;
    /** The package itself marks the input or the output as secret. */
    secret?: true;
    /** The documentation says that a change makes a new resource. */
    forcesNew?: true;
    /** The default that the documentation names. It is not applied to inputs. */
    documentedDefault?: string | number | boolean;
}

/** The properties of a nested object. */
export type ObjectSpec = Record<string, PropertySpec>;

export interface ResourceSpec {
    token: string;
    /** `component` is registered by the program itself, `remoteComponent` is built by the provider. */
    kind: "resource" | "component" | "remoteComponent" | "provider";
    inputs: Record<string, PropertySpec>;
    /** All outputs, the inputs among them. `required` means that the real provider always fills it. */
    outputs: Record<string, PropertySpec>;
    /** Inputs that the package sets itself (`apiVersion` and `kind` of Kubernetes). */
    constants: Record<string, string>;
    secretOutputs: string[];
    /** Older type tokens of the same resource. */
    aliases: string[];
}

export interface FunctionSpec {
    token: string;
    args: Record<string, PropertySpec>;
    result: Record<string, PropertySpec>;
}

/** Where every token of a package is declared (a path without extension, relative to the package). */
export interface PackageIndex {
    resources: Record<string, string>;
    functions: Record<string, string>;
}
