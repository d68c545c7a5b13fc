import { physicalName } from "../aws/physical-names";
import type { Computed, ComputeContext } from "../rules";
import { text } from "../values";

export function computeAws(context: ComputeContext): Computed {
    const rule = physicalName(context.spec);
    const name = rule && text(context.inputs, rule.property);
    return { id: name ?? `${context.name}-${context.generator.hex(7, "id")}`, outputs: {} };
}
