/** The cases of every rule, gathered from the rules' own tests without running them. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { PackDefinition } from "../../../policies/shared/pack-definition";
import type { Rule } from "../../../policies/shared/rule";
import type { RuleCases } from "./describe-rule";

/** What `describeRule` was called with, by rule. */
export type GatheredCases = ReadonlyMap<Rule, RuleCases>;

/**
 * Loads the tests of a pack's rules. The caller mocks `describe-rule`, so that its `describeRule` only hands over what it was
 * called with; whatever else the files say to jest is left out.
 */
export function gatherCases(pack: PackDefinition, gathered: GatheredCases): GatheredCases {
    const folder = join(__dirname, "..", pack.name);
    const { describe, test, it, beforeAll, beforeEach, afterAll, afterEach } = globalThis;
    const nothing = Object.assign((): void => undefined, { each: () => (): void => undefined });
    const hooks = { beforeAll: nothing, beforeEach: nothing, afterAll: nothing, afterEach: nothing };
    Object.assign(globalThis, { describe: nothing, test: nothing, it: nothing, ...hooks });
    try {
        for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.ts"))) {
            // A test file is loaded for what it calls, and only while jest's own functions are out of the way.
            // eslint-disable-next-line @typescript-eslint/no-require-imports
            require(join(folder, file));
        }
    } finally {
        Object.assign(globalThis, { describe, test, it, beforeAll, beforeEach, afterAll, afterEach });
    }
    return gathered;
}
