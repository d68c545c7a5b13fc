import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { JsonCache } from "./cache";
import { indexNamespaces, indexPackage, type NamespaceIndex } from "./package-index";
import { parseFunction, parseResource } from "./parse-resource";
import { parseInterfaces } from "./parse-types";
import type { FunctionSpec, ObjectSpec, PackageIndex, ResourceSpec, TypeSpec } from "./types";

export type { FunctionSpec, ObjectSpec, PackageIndex, PropertySpec, ResourceSpec, TypeSpec } from "./types";

/** Raised by one whenever what is stored changes, so that a stale cache is never read. */
const format = 2;

/** Whether a nested type belongs to what a program gives or to what it gets back. */
export type Side = "input" | "output";

export type PackageName = "aws" | "random" | "kubernetes";

/**
 * What one installed Pulumi package declares. Nothing is parsed before it is asked for, and what was parsed is kept in
 * `cacheDir` under the package's name and version.
 */
export class Catalogue {
    readonly version: string;
    private readonly cache: JsonCache;
    private readonly resources = new Map<string, ResourceSpec | undefined>();
    private readonly functions = new Map<string, FunctionSpec | undefined>();
    private readonly namespaces = new Map<string, Record<string, ObjectSpec>>();
    private readonly namespaceIndexes = new Map<Side, NamespaceIndex>();
    private packageIndex?: PackageIndex;

    constructor(
        readonly packageName: string,
        readonly folder: string,
        cacheDir: string,
    ) {
        const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
        this.version = manifest.version;
        this.cache = new JsonCache(join(cacheDir, `${packageName}-${this.version}-catalogue${format}`));
    }

    /** Opens the catalogue of `@pulumi/<name>` as seen from the first folder that has it installed. */
    static open(name: PackageName, folders: string[], cacheDir: string): Catalogue {
        return new Catalogue(name, packageFolder(`@pulumi/${name}`, folders), cacheDir);
    }

    get index(): PackageIndex {
        return (this.packageIndex ??= this.cache.get("index", () => indexPackage(this.folder)));
    }

    /** The resource of a type token, also of one of its former tokens if the package still lists it; undefined if unknown. */
    resource(token: string): ResourceSpec | undefined {
        if (!this.resources.has(token)) {
            const file = this.index.resources[token];
            const declared = token.startsWith("pulumi:providers:") ? token.slice("pulumi:providers:".length) : token;
            const spec =
                file === undefined
                    ? undefined
                    : this.cache.get(`resource-${token}`, () => ({
                          spec: parseResource(declared, this.text(`${file}.js`), this.text(`${file}.d.ts`)),
                      })).spec;
            this.resources.set(token, spec);
        }
        return this.resources.get(token);
    }

    /** The function of a token; undefined if unknown. */
    function(token: string): FunctionSpec | undefined {
        if (!this.functions.has(token)) {
            const file = this.index.functions[token];
            const spec =
                file === undefined
                    ? undefined
                    : this.cache.get(`function-${token}`, () => ({
                          spec: parseFunction(token, this.text(`${file}.js`), this.text(`${file}.d.ts`)),
                      })).spec;
            this.functions.set(token, spec);
        }
        return this.functions.get(token);
    }

    /** The properties of a named nested type; undefined if the package does not declare it. */
    objectType(side: Side, reference: string): ObjectSpec | undefined {
        const dot = reference.lastIndexOf(".");
        return this.namespace(side, reference.slice(0, Math.max(dot, 0)))[reference.slice(dot + 1)];
    }

    /** Follows a reference, so that a caller sees the object's properties. */
    properties(side: Side, type: TypeSpec): ObjectSpec | undefined {
        return typeof type === "object" && "ref" in type ? this.objectType(side, type.ref) : undefined;
    }

    private namespace(side: Side, name: string): Record<string, ObjectSpec> {
        const key = `${side}-${name}`;
        let types = this.namespaces.get(key);
        if (!types) {
            types = this.cache.get(`types-${key || "root"}`, () => this.parseNamespace(side, name));
            this.namespaces.set(key, types);
        }
        return types;
    }

    private parseNamespace(side: Side, name: string): Record<string, ObjectSpec> {
        const file = join(this.folder, "types", `${side}.d.ts`);
        if (!existsSync(file)) {
            return {};
        }
        let index = this.namespaceIndexes.get(side);
        if (!index) {
            index = this.cache.get(`namespaces-${side}`, () => indexNamespaces(file));
            this.namespaceIndexes.set(side, index);
        }
        const handle = openSync(file, "r");
        try {
            const pieces = (index[name] ?? []).map(([start, end]) => {
                const buffer = Buffer.alloc(end - start);
                readSync(handle, buffer, 0, buffer.length, start);
                return buffer.toString("utf8");
            });
            return parseInterfaces(pieces.join("\n"));
        } finally {
            closeSync(handle);
        }
    }

    private text(file: string): string {
        const path = join(this.folder, file);
        return existsSync(path) ? readFileSync(path, "utf8") : "";
    }
}

/** The folder of an installed package, resolved from several folders in order. */
export function packageFolder(name: string, folders: string[]): string {
    for (const folder of folders) {
        try {
            return dirname(createRequire(join(folder, "resolve.js")).resolve(`${name}/package.json`));
        } catch {
            // Not installed there: the next folder may have it.
        }
    }
    throw new Error(
        `The package ${name} is not installed in ${folders.join(" or ")}. Run "npm install" in the program's folder.`,
    );
}
