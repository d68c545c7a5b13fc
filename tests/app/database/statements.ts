import { readdirSync } from "node:fs";
import path from "node:path";
import type { Statement } from "../../../app/src/database/database";

const SOURCES = path.resolve(__dirname, "../../../app/src");

/** Every statement that the application knows: the constants of all `statements.ts` under app/src, at whatever depth. */
export function statementsOfTheApplication(): Statement[] {
    return readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
        .filter((file) => path.basename(file) === "statements.ts")
        .sort()
        .flatMap((file) => Object.values(jest.requireActual<Record<string, unknown>>(path.join(SOURCES, file))))
        .filter(isStatement);
}

function isStatement(value: unknown): value is Statement {
    return typeof value === "object" && value !== null && "name" in value && "text" in value;
}
