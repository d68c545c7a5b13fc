import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";

/** Reads a JSON or YAML file against a schema; the error names the file and every wrong place in it. */
export function loadFile<T extends z.ZodType>(what: string, file: string, schema: T): z.output<T> {
    let content: unknown;
    try {
        // JSON is YAML too.
        content = parse(readFileSync(file, "utf8")) as unknown;
    } catch (error) {
        throw new Error(`The ${what} file ${file} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    const result = schema.safeParse(content ?? undefined);
    if (!result.success) {
        throw new Error(`The ${what} file ${file} is not valid:\n${z.prettifyError(result.error)}`);
    }
    return result.data;
}
