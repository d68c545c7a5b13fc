/** The rule that `ignoreChanges` must not hide what the other rules of a pack judge. Each pack has one of its own. */
import { append } from "./multimap";
import { defineResourceRule, type Guard, type ResourceRule, type Rule } from "./rule";

type Matters = Exclude<Guard["matters"], undefined>;

/** A rule that guards a property. */
interface Guarding {
    readonly id: string;
    readonly matters: Matters;
}

type Guards = ReadonlyMap<string, ReadonlyMap<string, readonly Guarding[]>>;

const always: Matters = () => true;

/** For each type, the guarded properties and the rules that guard them. */
function guardsByType(rules: readonly Rule[]): Guards {
    const guards = new Map<string, Map<string, Guarding[]>>();
    const add = (token: string, property: string, guarding: Guarding): void => {
        const ofType = guards.get(token) ?? new Map<string, Guarding[]>();
        guards.set(token, ofType);
        append(ofType, property, guarding);
    };
    for (const rule of rules) {
        for (const guard of rule.guards ?? []) {
            const own: Guard = typeof guard === "string" ? { tokens: rule.tokens, property: guard } : guard;
            own.tokens.forEach((token) => {
                add(token, own.property, { id: rule.id, matters: own.matters ?? always });
            });
        }
    }
    return guards;
}

/** "a[0].b", "a.*.b" and `a["b.c"]` as their parts. */
function partsOf(path: string): readonly string[] {
    return [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|[^.[\]]+/g)].map(([part, key]) => key ?? part);
}

/** Without the indexes of lists, which guarded properties do not name: `containers[0].env` as `containers.env`. */
function withoutIndexes(parts: readonly string[]): readonly string[] {
    return parts.filter((part) => part !== "*" && !/^\d+$/.test(part));
}

/** Whether an ignored path holds a guarded one or lies within it. `*` stands for any part. */
function hides(ignored: string, guarded: string): boolean {
    const own = partsOf(ignored);
    const other = partsOf(guarded);
    const covers = (parts: readonly string[]): boolean =>
        parts.slice(0, other.length).every((part, index) => part === "*" || part === other[index]);
    const named = withoutIndexes(own);
    return covers(own) || (named.length > 0 && own[0] !== "*" && covers(named));
}

export function noIgnoreChangesGuarded(rules: readonly Rule[]): ResourceRule {
    const guards = guardsByType(rules);
    return defineResourceRule({
        id: "no-ignore-changes-guarded",
        title: "`ignoreChanges` hides no property that a rule of this pack judges",
        severity: "high",
        frameworks: { wellArchitected: ["OPS05-BP03"] },
        why: "the rules judge the value that was there before, so a change of the program that breaks or mends it has no effect and no finding",
        fix: "take the property out of `ignoreChanges`",
        url: "https://www.pulumi.com/docs/iac/concepts/options/ignorechanges/",
        tokens: [...guards.keys()],
        check: ({ type, inputs, ignoreChanges }, report) => {
            for (const ignored of ignoreChanges) {
                const hidden = [...(guards.get(type) ?? [])]
                    .filter(([guarded]) => hides(ignored, guarded))
                    .map(([guarded, by]) => ({ guarded, by: by.filter(({ matters }) => matters(inputs)) }))
                    .filter(({ by }) => by.length > 0);
                if (hidden.length > 0) {
                    const properties = hidden.map(({ guarded }) => `\`${guarded}\``).join(", ");
                    const by = [...new Set(hidden.flatMap((each) => each.by.map(({ id }) => id)))].sort().join(", ");
                    report.violation("ignoreChanges", `has "${ignored}", which hides ${properties} from ${by}`);
                }
            }
        },
    });
}
