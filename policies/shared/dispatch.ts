/** Rules by the type they look at, so that a resource meets its own rules only. */
import { append } from "./multimap";
import type { ResourceRule, Rule, StackRule } from "./rule";

export class Dispatch {
    readonly stackRules: readonly StackRule[];
    readonly #byType = new Map<string, ResourceRule[]>();

    constructor(rules: readonly Rule[]) {
        this.stackRules = rules.filter((rule) => rule.kind === "stack");
        for (const rule of rules) {
            if (rule.kind === "resource") {
                for (const token of rule.tokens) {
                    append(this.#byType, token, rule);
                }
            }
        }
    }

    /** The resource rules for a type; "*" among a rule's tokens means every type. */
    resourceRules(type: string): readonly ResourceRule[] {
        const everywhere = this.#byType.get("*") ?? [];
        return [...(this.#byType.get(type) ?? []), ...everywhere];
    }

    /** The stack rules that have something to look at among the types. */
    stackRulesFor(types: ReadonlySet<string>): readonly StackRule[] {
        return this.stackRules.filter((rule) => rule.tokens.some((token) => types.has(token)));
    }
}
