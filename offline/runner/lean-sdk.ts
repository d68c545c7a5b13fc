import Module from "node:module";

/**
 * Leaves out of the SDK what a run under this runner never uses, and what costs most of a program's time: measured with 320
 * resources, these four halve it. What the engine is told about the resources stays the same, but for the positions in the
 * sources (see below).
 *
 * All of it is inside @pulumi/pulumi: a version that has no such part is left as it is.
 */
export function leaveOutSlowParts(requireSdk: (request: string) => unknown): void {
    const debuggable = internal(requireSdk, "@pulumi/pulumi/runtime/debuggable");
    // It takes a stack trace for each output of each resource, for a message about promises that never end.
    replace(debuggable, "debuggablePromise", (promise: unknown) => promise);

    const log = internal(requireSdk, "@pulumi/pulumi/log");
    // Three calls to the engine for each resource; nobody reads debug messages here.
    replace(log, "debug", () => Promise.resolve());

    const { Resource } = internal(requireSdk, "@pulumi/pulumi/resource") as { Resource?: Record<string, unknown> };
    // The whole stack for each resource, as positions to store in the state: of compiled code, so they would mislead.
    replace(Resource, "stackTrace", () => []);
}

/**
 * Loads two packages of the SDK at their first use: TypeScript and npm's dependency tree, which serve to ship functions of a
 * program to a cloud, are half of what `require("@pulumi/pulumi")` loads. To be called before that.
 */
export function loadLazily(): void {
    const module = Module as unknown as {
        _load(request: string, parent: NodeJS.Module | undefined, isMain: boolean): unknown;
    };
    const load = module._load.bind(Module);
    module._load = function (request, parent, isMain) {
        const from = parent?.filename ?? "";
        if (
            from.includes("/@pulumi/pulumi/runtime/closure/") &&
            (request === "@npmcli/arborist" || request.endsWith("/typescript-shim"))
        )
            return lazy(() => load(request, parent, isMain) as object);
        return load(request, parent, isMain);
    };
}

function lazy(load: () => object): object {
    let loaded: object | undefined;
    const target = () => (loaded ??= load());
    return new Proxy(
        {},
        {
            // Asked by compiled `import * as`, which would otherwise copy all properties at once.
            get: (_, key) => (key === "__esModule" ? true : (Reflect.get(target(), key) as unknown)),
            has: (_, key) => Reflect.has(target(), key),
        },
    );
}

function internal(requireSdk: (request: string) => unknown, request: string): Record<string, unknown> {
    try {
        return requireSdk(request) as Record<string, unknown>;
    } catch {
        return {};
    }
}

function replace(holder: Record<string, unknown> | undefined, name: string, by: unknown): void {
    if (typeof holder?.[name] === "function") holder[name] = by;
}
