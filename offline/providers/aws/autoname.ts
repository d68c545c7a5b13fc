import type { Problem } from "../check";
import type { CheckContext } from "../rules";
import { open, type Value, type ValueMap } from "../values";
import { physicalName, type PhysicalName } from "./physical-names";

/** Random digits behind a generated name. */
const digits = 7;

/**
 * Gives a resource without a physical name the one that the real provider would: its name in the program, a hyphen and seven
 * hexadecimal digits. A name that was generated before stays.
 */
export function withPhysicalName(context: CheckContext, inputs: ValueMap): { inputs: ValueMap; problems: Problem[] } {
    const rule = physicalName(context.spec);
    if (!rule || isSet(inputs, rule.property) || isSet(inputs, `${rule.property}Prefix`)) {
        return { inputs, problems: [] };
    }
    const { olds, autonaming } = context;
    if (autonaming?.mode === "disable") {
        return { inputs, problems: [] };
    }
    const named = (name: Value | undefined): ValueMap => ({
        ...inputs,
        [rule.property]: name ?? null,
        __defaults: [rule.property],
    });
    const generatedBefore = open(olds?.["__defaults"]);
    if (olds && Array.isArray(generatedBefore) && generatedBefore.includes(rule.property)) {
        return { inputs: named(olds[rule.property]), problems: [] };
    }
    const base = fit(context.name, rule);
    const suffix = suffixOf(rule, inputs);
    const proposed = autonaming?.proposedName;
    const name = `${rule.prefix ?? ""}${proposed ? fit(proposed, rule) : `${base}-${context.randomDigits(digits)}`}${suffix}`;
    if (name.length > rule.maxLength) {
        const longest = rule.maxLength - digits - 1 - suffix.length;
        const message =
            `The generated ${rule.property} "${base}-…" of "${context.name}" (${context.spec.token}) is ${name.length} characters long, ` +
            `more than the ${rule.maxLength} that AWS takes. Shorten the resource's name to ${longest} characters or set "${rule.property}".`;
        return { inputs: named(name), problems: [{ path: rule.property, message }] };
    }
    return { inputs: named(name), problems: [] };
}

function isSet(inputs: ValueMap, property: string): boolean {
    const value = open(inputs[property]);
    return value !== undefined && value !== null && value !== "";
}

function fit(name: string, rule: PhysicalName): string {
    const cased = rule.lowerCase ? name.toLowerCase() : name;
    return rule.forbidden ? cased.replace(rule.forbidden, "-") : cased;
}

function suffixOf(rule: PhysicalName, inputs: ValueMap): string {
    const condition = rule.suffixIf && open(inputs[rule.suffixIf.input]);
    return condition === true ? (rule.suffixIf?.suffix ?? "") : "";
}
