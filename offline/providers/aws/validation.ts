import type { Problem } from "../check";
import type { CheckContext } from "../rules";
import type { ValueMap } from "../values";

export function validateAws(_context: CheckContext, _inputs: ValueMap): Problem[] {
    return [];
}
