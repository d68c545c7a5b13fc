import type { Problem } from "../check";
import type { CheckContext } from "../rules";
import { number, type ValueMap } from "../values";

/** What the real provider refuses beyond the types. */
export function validateRandom(context: CheckContext, inputs: ValueMap): Problem[] {
    const problems: Problem[] = [];
    const add = (path: string, message: string): void => {
        problems.push({ path, message: `Property "${path}" of "${context.name}" (${context.spec.token}) ${message}` });
    };
    const length = number(inputs, "length");
    if (/:Random(String|Password|Bytes|Pet)$/.test(context.spec.token) && length !== undefined && length < 1) {
        add("length", `must be at least 1, not ${length}.`);
    }
    const minimum = ["minLower", "minUpper", "minNumeric", "minSpecial"]
        .map((name) => number(inputs, name) ?? 0)
        .reduce((sum, one) => sum + one, 0);
    if (length !== undefined && minimum > length) {
        add("length", `must be at least the sum of its minimums, ${minimum}, not ${length}.`);
    }
    const [min, max] = [number(inputs, "min"), number(inputs, "max")];
    if (min !== undefined && max !== undefined && min > max) {
        add("min", `must not be above "max": ${min} > ${max}.`);
    }
    return problems;
}
