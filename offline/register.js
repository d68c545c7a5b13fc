// @ts-check
"use strict";
/**
 * Lets node load TypeScript without a build step: `node -r ./offline/register.js file.ts`.
 *
 * Each file is compiled by swc once and kept in a folder by the hash of its content (`HEADROOM_CACHE`, else
 * `.headroom/cache/swc` of this checkout), so that a second run reads compiled JavaScript and does not even load swc. A file
 * runs under its own path: `__dirname`, relative imports and JSON imports are what they are for node.
 *
 * Types are stripped, not checked: checking is `make typecheck`'s job. Every file becomes CommonJS, also in a package with
 * `"type": "module"`; only top-level `await` is impossible there.
 *
 * No source-map hook is installed, since node would then parse a map for every file that appears in any stack: the maps are
 * kept in files of their own, and `mapStack` reads them when an error is shown to a person.
 */
const crypto = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.dirname(__dirname);
const cacheDir = process.env.HEADROOM_CACHE || path.join(root, ".headroom", "cache", "swc");

/** Part of every key: a change of the options below or of swc's version must not meet old files. */
const OPTIONS_VERSION = "3";
const EXTENSIONS = [".ts", ".tsx", ".cts", ".mts"];

/** @type {Map<string, string>} path of the source → path of its source map */
const maps = new Map();
/** @type {string | undefined} */
let swcVersion;

/** @type {Map<string, boolean>} */
const defineByFolder = new Map();

/**
 * Whether class fields are defined (the language's own semantics) or assigned (TypeScript's before ES2022): it decides what a
 * field that is declared without a value does to one that a base class set. TypeScript's rule is followed, from the nearest
 * tsconfig.json; Pulumi compiles for ES2020 where there is none.
 * @param {string} folder
 * @returns {boolean}
 */
function definesClassFields(folder) {
    let answer = defineByFolder.get(folder);
    if (answer === undefined) {
        const file = path.join(folder, "tsconfig.json");
        if (fs.existsSync(file)) {
            const text = fs.readFileSync(file, "utf8");
            const said = /"useDefineForClassFields"\s*:\s*(true|false)/.exec(text)?.[1];
            answer = said ? said === "true" : /"target"\s*:\s*"es(20(2[2-9]|[3-9]\d)|next)"/i.test(text);
        } else {
            const parent = path.dirname(folder);
            answer = parent !== folder && definesClassFields(parent);
        }
        defineByFolder.set(folder, answer);
    }
    return answer;
}

/** @param {string} filename */
function swcOptions(filename) {
    return {
        filename,
        sourceFileName: filename,
        sourceMaps: true,
        swcrc: false,
        configFile: false,
        isModule: true,
        module: { type: "commonjs", ignoreDynamic: false },
        jsc: {
            target: "es2022",
            keepClassNames: true,
            parser: { syntax: "typescript", tsx: filename.endsWith(".tsx"), decorators: true },
            transform: { legacyDecorator: true, useDefineForClassFields: definesClassFields(path.dirname(filename)) },
        },
    };
}

function versionOfSwc() {
    if (swcVersion === undefined) {
        const file = require.resolve("@swc/core/package.json", { paths: [root] });
        swcVersion = /"version":\s*"([^"]+)"/.exec(fs.readFileSync(file, "utf8"))?.[1] ?? "unknown";
    }
    return swcVersion;
}

/**
 * Writes to a name of its own and renames: two processes that compile the same file both succeed, and a reader never sees
 * half a file. A cache that can't be written is no error: the next run compiles again.
 * @param {string} file
 * @param {string} text
 */
function writeAtomically(file, text) {
    try {
        fs.mkdirSync(path.dirname(file), { recursive: true });
        const temporary = `${file}.${process.pid}.tmp`;
        fs.writeFileSync(temporary, text);
        fs.renameSync(temporary, file);
    } catch {
        // Read-only checkout or full disk.
    }
}

/**
 * The compiled JavaScript of a TypeScript file.
 * @param {string} filename
 * @returns {string}
 */
function compile(filename) {
    const source = fs.readFileSync(filename, "utf8");
    // The path is in the key because swc writes it into `import.meta.url` and into the map.
    const key = crypto
        .createHash("sha256")
        .update(
            `${OPTIONS_VERSION}\0${versionOfSwc()}\0${definesClassFields(path.dirname(filename))}\0${filename}\0${source}`,
        )
        .digest("hex")
        .slice(0, 40);
    const base = path.join(cacheDir, key.slice(0, 2), key.slice(2));
    maps.set(filename, `${base}.map`);
    try {
        return fs.readFileSync(`${base}.js`, "utf8");
    } catch {
        // Not compiled yet.
    }
    const swc = require(require.resolve("@swc/core", { paths: [root] }));
    const { code, map } = swc.transformSync(source, swcOptions(filename));
    if (map) writeAtomically(`${base}.map`, map);
    writeAtomically(`${base}.js`, code);
    return code;
}

for (const extension of EXTENSIONS) {
    // @ts-expect-error: node's own hook for file extensions, absent from its types
    Module._extensions[extension] = (module, filename) => module._compile(compile(filename), filename);
}

// `import "./x.js"` in a TypeScript file written for node's module resolution means `./x.ts`.
// @ts-expect-error: see above
const resolveFilename = Module._resolveFilename;
// @ts-expect-error: see above
Module._resolveFilename = function (request, parent, ...rest) {
    try {
        return resolveFilename.call(this, request, parent, ...rest);
    } catch (error) {
        const asked = /^(\.\.?\/.*)\.(c|m)?js$/.exec(request);
        if (!asked || !EXTENSIONS.includes(path.extname(parent?.filename ?? ""))) throw error;
        for (const extension of [`.${asked[2] ?? ""}ts`, ".tsx"]) {
            try {
                return resolveFilename.call(this, asked[1] + extension, parent, ...rest);
            } catch {
                // Try the next one; the first error is the one that names what the program asked for.
            }
        }
        throw error;
    }
};

/** @type {Map<string, import("node:module").SourceMap | undefined>} */
const parsedMaps = new Map();

/** @param {string} filename */
function sourceMapOf(filename) {
    if (!parsedMaps.has(filename)) {
        const file = maps.get(filename);
        try {
            parsedMaps.set(
                filename,
                file ? new Module.SourceMap(JSON.parse(fs.readFileSync(file, "utf8"))) : undefined,
            );
        } catch {
            parsedMaps.set(filename, undefined);
        }
    }
    return parsedMaps.get(filename);
}

/**
 * Puts the lines and columns of the TypeScript sources in place of the compiled ones.
 * @param {string} stack the `stack` of an error
 * @returns {string}
 */
function mapStack(stack) {
    return stack.replace(
        /((?:file:\/\/)?\/[^\s()]*?\.[cm]?tsx?|\/[^()]*?\.[cm]?tsx?):(\d+):(\d+)/g,
        (whole, file, line, column) => {
            const name = file.startsWith("file://") ? decodeURIComponent(file.slice("file://".length)) : file;
            const map = sourceMapOf(name);
            if (!map) return whole;
            const entry = map.findEntry(Number(line) - 1, Number(column) - 1);
            // What the compiler added stands on no line of the source; the compiled line would mislead.
            return "originalLine" in entry ? `${name}:${entry.originalLine + 1}:${entry.originalColumn + 1}` : name;
        },
    );
}

module.exports = { mapStack };
