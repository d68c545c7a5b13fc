import * as fs from "node:fs";
import Module, { createRequire } from "node:module";
import * as path from "node:path";
import { pathToFileURL } from "node:url";

import { headroomDir } from "./paths";
import { UserError } from "./types";

/** How to load a program, decided by its files alone. */
export interface ProgramEntry {
    file: string;
    /** True where node itself must load it as an ES module. */
    esm: boolean;
    /** Folder whose node_modules come first. */
    dir: string;
}

const ENTRIES = ["index.ts", "index.js", "index.mjs", "index.cjs", "index.tsx"];

/**
 * Finds the file to run: `main` of Pulumi.yaml if it is a file; else, in the folder, what package.json's `main` names, else
 * `index.ts`, `index.js`, … A compiled `main` that is not there yet is passed over for the TypeScript beside it.
 */
export function findEntry(program: string): ProgramEntry {
    const stat = fs.statSync(program, { throwIfNoEntry: false });
    if (!stat) throw new UserError(`The program ${program} does not exist ("main" in Pulumi.yaml).`);
    if (stat.isFile()) return entryOf(program);
    const main = readPackage(program)?.main;
    const candidates =
        typeof main === "string"
            ? [main, `${main}.ts`, `${main}.js`, path.join(main, "index.ts"), path.join(main, "index.js")]
            : [];
    for (const candidate of [...candidates, ...ENTRIES]) {
        const file = path.resolve(program, candidate);
        if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return entryOf(file);
    }
    throw new UserError(
        `${program} holds no program: there is no ${ENTRIES.slice(0, 2).join(" or ")}, and package.json's "main" names no file that exists.`,
    );
}

function entryOf(file: string): ProgramEntry {
    const dir = path.dirname(file);
    const esm = file.endsWith(".mjs") || (file.endsWith(".js") && nearestPackageType(dir) === "module");
    return { file, esm, dir };
}

/** Written this way because a compiler to CommonJS would turn `import()` into `require()`. */
// eslint-disable-next-line @typescript-eslint/no-implied-eval -- see above; the text is constant
const importModule = new Function("url", "return import(url)") as (url: string) => Promise<unknown>;

/** Loads the program and calls it if it exports a function, as Pulumi's own language host does. */
export async function runEntry(entry: ProgramEntry): Promise<unknown> {
    const loaded: unknown = entry.esm
        ? await importModule(pathToFileURL(entry.file).href)
        : createRequire(entry.file)(entry.file);
    const program = callable(loaded);
    return program ? await program() : await outputsOf(loaded);
}

/** `module.exports = f`, `export = f` and `export default f` are programs to call; so is a promise to be awaited. */
function callable(loaded: unknown): (() => unknown) | undefined {
    if (typeof loaded === "function") return loaded as () => unknown;
    const fallback = isModule(loaded) ? loaded.default : undefined;
    return typeof fallback === "function" ? (fallback as () => unknown) : undefined;
}

/** Named exports are the stack's outputs. A lone default export that is no function is taken for the outputs themselves. */
async function outputsOf(loaded: unknown): Promise<unknown> {
    const awaited = await loaded;
    if (!isModule(awaited)) return awaited;
    const { default: fallback, ...named } = awaited as Record<string, unknown>;
    if (fallback !== undefined && Object.keys(named).length === 0) return fallback;
    return fallback === undefined ? named : { ...named, default: fallback };
}

function isModule(value: unknown): value is { default?: unknown } {
    if (typeof value !== "object" || value === null) return false;
    return (
        (value as { __esModule?: unknown }).__esModule === true ||
        Object.prototype.toString.call(value) === "[object Module]"
    );
}

/**
 * Lets a program that has no node_modules of its own use Headroom's. A package is looked for where node would look first, so
 * that a program with its own copy keeps it.
 */
export function installFallbackResolution(esm: boolean): void {
    const internal = Module as unknown as {
        _resolveFilename: (request: string, parent: NodeJS.Module | undefined, ...rest: unknown[]) => string;
    };
    const original = internal._resolveFilename;
    internal._resolveFilename = function (request, parent, ...rest) {
        try {
            return original.call(this, request, parent, ...rest);
        } catch (error) {
            const bare = !/^(\.{0,2}\/|\.{1,2}$|node:|#|[A-Za-z]:\\)/.test(request);
            if (!bare || (error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
            try {
                return original.call(this, request, undefined, false, { paths: [headroomDir] });
            } catch {
                throw withWholeStack(error as Error);
            }
        }
    };
    // ES modules have a resolver of their own, which takes hooks from a module and starts a thread for them.
    const register = (Module as unknown as { register?: (url: string) => void }).register;
    if (esm) register?.(`data:text/javascript,${encodeURIComponent(esmFallback())}`);
}

/** In newer versions of Node.js a `require` has more frames of its own than a stack has by default: the program's line would be cut off. */
function withWholeStack(error: Error): Error {
    const usual = Error.stackTraceLimit;
    Error.stackTraceLimit = 50;
    Error.captureStackTrace(error, withWholeStack);
    Error.stackTraceLimit = usual;
    return error;
}

function esmFallback(): string {
    return `import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const require = createRequire(${JSON.stringify(pathToFileURL(path.join(headroomDir, "package.json")).href)});
export async function resolve(specifier, context, next) {
    try { return await next(specifier, context); } catch (error) {
        if (error.code !== "ERR_MODULE_NOT_FOUND" || /^(\\.|\\/|file:|node:|#)/.test(specifier)) throw error;
        try { return { url: pathToFileURL(require.resolve(specifier)).href, shortCircuit: true }; } catch { throw error; }
    }
}`;
}

function readPackage(dir: string): { main?: unknown; type?: unknown } | undefined {
    const file = path.join(dir, "package.json");
    if (!fs.existsSync(file)) return undefined;
    try {
        return JSON.parse(fs.readFileSync(file, "utf8")) as { main?: unknown; type?: unknown };
    } catch (error) {
        throw new UserError(`${file} is no valid JSON: ${(error as Error).message}`);
    }
}

function nearestPackageType(dir: string): unknown {
    for (let at = dir; ; at = path.dirname(at)) {
        const found = readPackage(at);
        if (found) return found.type;
        if (path.dirname(at) === at) return undefined;
    }
}
