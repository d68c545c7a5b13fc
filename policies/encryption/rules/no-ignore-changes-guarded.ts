import { noIgnoreChangesGuarded as rule } from "../../shared/ignore-changes";
import type { ResourceRule, Rule } from "../../shared/rule";

/** Judges `ignoreChanges` against all other rules of this pack. */
export function noIgnoreChangesGuarded(rules: readonly Rule[]): ResourceRule {
    return rule(rules);
}
