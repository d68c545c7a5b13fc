import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { PackageIndex } from "./types";

/** Finds every resource and function token of a package by reading all of its scripts once. */
export function indexPackage(folder: string): PackageIndex {
    const index: PackageIndex = { resources: {}, functions: {} };
    for (const file of scriptsIn(folder, "")) {
        const text = readFileSync(join(folder, `${file}.js`), "latin1");
        for (const match of text.matchAll(/__pulumiType = ['"]([^'"]+)['"]/g)) {
            const token = match[1] ?? "";
            index.resources[token.includes(":") ? token : `pulumi:providers:${token}`] = file;
        }
        for (const match of text.matchAll(/runtime\.invoke\w*\("([^"]+)"/g)) {
            index.functions[match[1] ?? ""] ??= file;
        }
    }
    return index;
}

function* scriptsIn(folder: string, under: string): Generator<string> {
    for (const entry of readdirSync(join(folder, under), { withFileTypes: true })) {
        const path = under === "" ? entry.name : `${under}/${entry.name}`;
        if (entry.isDirectory()) {
            if (entry.name !== "node_modules" && path !== "types") {
                yield* scriptsIn(folder, path);
            }
        } else if (entry.name.endsWith(".js") && entry.name !== "index.js") {
            yield path.slice(0, -".js".length);
        }
    }
}

/** Byte ranges of the namespaces in `types/input.d.ts` or `types/output.d.ts`; "" holds what stands outside of them. */
export type NamespaceIndex = Record<string, [start: number, end: number][]>;

/** Indexes a declaration file of several megabytes, so that a namespace can be read without parsing the rest. */
export function indexNamespaces(file: string): NamespaceIndex {
    // One character per byte, so that a place in the text is a place in the file.
    const text = readFileSync(file, "latin1");
    const index: NamespaceIndex = {};
    const add = (name: string, start: number, end: number): void => {
        (index[name] ??= []).push([start, end]);
    };
    let outer: { name: string; start: number } | undefined;
    let inner: { name: string; start: number } | undefined;
    let free = 0;
    for (const match of text.matchAll(/^(?:export declare namespace (\w+) \{| {4}namespace (\w+) \{|( {4})?\})$/gm)) {
        const after = match.index + match[0].length;
        if (match[1] !== undefined) {
            add("", free, match.index);
            outer = { name: match[1], start: after };
        } else if (match[2] !== undefined && outer) {
            add(outer.name, outer.start, match.index);
            inner = { name: `${outer.name}.${match[2]}`, start: after };
        } else if (match[3] !== undefined && inner && outer) {
            add(inner.name, inner.start, match.index);
            inner = undefined;
            outer.start = after;
        } else if (match[3] === undefined && outer) {
            add(outer.name, outer.start, match.index);
            outer = undefined;
            free = after;
        }
    }
    add("", free, text.length);
    return index;
}
