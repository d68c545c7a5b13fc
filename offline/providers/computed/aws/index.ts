import type { Computed, ComputeContext } from "../../rules";
import { physicalName } from "../../aws/physical-names";
import type { ValueMap } from "../../values";
import { application } from "./application";
import { data } from "./data";
import { edge } from "./edge";
import { Facts, type Makers } from "./facts";
import { network } from "./network";
import { security } from "./security";

const makers: Makers = { ...network, ...data, ...application, ...security, ...edge };

/** Types that have a rule of their own for their computed values. */
export const typesWithRules: readonly string[] = Object.keys(makers);

/** Computed values of a resource: from its rule, or an id made of its name or ARN; what is missing is made generically. */
export function computeAws(context: ComputeContext): Computed {
    const facts = new Facts(context);
    const maker = makers[context.spec.token];
    const { id, ...outputs }: ValueMap & { id: string } = maker ? maker(facts) : generic(facts);
    const named = physicalName(context.spec)?.property;
    return { id, outputs: { ...(named ? { [named]: facts.name } : {}), ...outputs } };
}

function generic(facts: Facts): ValueMap & { id: string } {
    const { spec } = facts.context;
    const [, service = "service", kind = "resource"] = /^aws:([^/:]+)[/:].*:(\w+)$/.exec(spec.token) ?? [];
    const resource = kind.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
    const isNamed = physicalName(spec) !== undefined || typeof facts.inputs["name"] === "string";
    // The id of most resources is their name; of those without one it is made of letters and digits.
    const id = facts.id(() => (isNamed ? facts.name : `${resource}-${facts.generator.hex(17, "id")}`));
    return "arn" in spec.outputs
        ? { id, arn: id.startsWith("arn:") ? id : facts.arn(service, `${resource}/${id}`) }
        : { id };
}
