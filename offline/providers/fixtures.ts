import { z } from "zod";
import { matchesGlob } from "./glob";
import { loadFile } from "./load-file";

const functionFixture = z.strictObject({
    /** The function's token, or its last part (`getAmi`); `*` is a wildcard. */
    function: z.string().min(1),
    /** Only calls whose arguments contain these. Default: all calls. */
    args: z.record(z.string(), z.unknown()).default({}),
    result: z.record(z.string(), z.unknown()),
});

const resourceFixture = z.strictObject({
    /** The type token of a resource that exists outside of the stack. */
    type: z.string().min(1),
    id: z.string().min(1),
    /** Its properties, in the names of the package. */
    properties: z.record(z.string(), z.unknown()),
});

export const fixturesSchema = z
    .strictObject({
        functions: z.array(functionFixture).default([]),
        resources: z.array(resourceFixture).default([]),
    })
    .default({ functions: [], resources: [] });
export type FixtureFile = z.output<typeof fixturesSchema>;

/** Answers that only the user can know: results of functions, and resources that exist outside of the stack. */
export class Fixtures {
    constructor(private readonly content: FixtureFile = { functions: [], resources: [] }) {}

    static load(file: string | undefined): Fixtures {
        return new Fixtures(file === undefined ? undefined : loadFile("fixtures", file, fixturesSchema));
    }

    functionResult(token: string, args: Record<string, unknown>): Record<string, unknown> | undefined {
        const short = token.slice(token.lastIndexOf(":") + 1);
        return this.content.functions.find(
            (fixture) =>
                (matchesGlob(fixture.function, token) || matchesGlob(fixture.function, short)) &&
                contains(args, fixture.args),
        )?.result;
    }

    resource(type: string, id: string): Record<string, unknown> | undefined {
        return this.content.resources.find((fixture) => fixture.type === type && fixture.id === id)?.properties;
    }
}

/** Whether every property of `part` is in `whole`, at any depth. */
function contains(whole: unknown, part: unknown): boolean {
    if (typeof part === "object" && part !== null && !Array.isArray(part)) {
        return (
            typeof whole === "object" &&
            whole !== null &&
            Object.entries(part).every(([key, value]) => contains((whole as Record<string, unknown>)[key], value))
        );
    }
    return JSON.stringify(whole) === JSON.stringify(part);
}
