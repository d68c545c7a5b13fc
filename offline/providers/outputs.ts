import type { Catalogue, ObjectSpec, TypeSpec } from "../catalogue";
import { genericValue } from "./computed/generic";
import type { Computed, ComputeContext, PackageRules } from "./rules";
import { hasUnknown, isMap, open, openDeep, Secret, unknown, Unknown, type Value, type ValueMap } from "./values";

/** Outputs as the service would return them, on an `up` or for a resource that is only looked up. */
export function realOutputs(rules: PackageRules, context: ComputeContext, inputs: ValueMap): Computed {
    const computed = rules.compute({ ...context, inputs: openDeep(inputs) as ValueMap });
    const outputs = merge(
        rules,
        context,
        inputs,
        (name, type) => computed.outputs[name] ?? generic(rules, context, name, type),
    );
    return { id: context.knownId ?? computed.id, outputs };
}

/** Outputs of a creation in a preview: what the real provider computes is unknown. */
export function previewOutputs(rules: PackageRules, context: ComputeContext, inputs: ValueMap): ValueMap {
    const known = rules.knownInPreview({ ...context, inputs: openDeep(inputs) as ValueMap });
    const computed = rules.declaresWhatIsFilled
        ? undefined
        : rules.compute({ ...context, inputs: openDeep(inputs) as ValueMap }).outputs;
    return merge(
        rules,
        context,
        inputs,
        (name) => known[name] ?? (computed && !(name in computed) ? undefined : unknown),
    );
}

/**
 * Outputs of an update. A computed value stays what it is unless it follows from an input that changes; in a preview the
 * changed ones are unknown.
 */
export function updatedOutputs(
    rules: PackageRules,
    context: ComputeContext,
    change: { oldInputs: ValueMap; oldOutputs: ValueMap; inputs: ValueMap; preview: boolean },
): ValueMap {
    const before = rules.compute({ ...context, inputs: openDeep(change.oldInputs) as ValueMap }).outputs;
    const after = rules.compute({ ...context, inputs: openDeep(change.inputs) as ValueMap }).outputs;
    const known = rules.knownInPreview({ ...context, inputs: openDeep(change.inputs) as ValueMap });
    return merge(rules, context, change.inputs, (name, type) => {
        if (name in known) {
            return known[name];
        }
        const old = at(change.oldOutputs, name);
        const changed = JSON.stringify(before[name]) !== JSON.stringify(after[name]);
        const given = at(change.oldInputs, name);
        const wasInput = given !== undefined && given !== null;
        if (old !== undefined && old !== null && !changed && !wasInput) {
            return old;
        }
        if (old !== undefined && old !== null && wasInput && !(name in after)) {
            // Services keep the value of an optional setting that is no longer given.
            return old;
        }
        return change.preview ? unknown : (after[name] ?? generic(rules, context, name, type));
    });
}

/** A property, or one inside of an object (`block.property`); what lies in a list has no place of its own. */
function at(values: ValueMap, path: string): Value | undefined {
    return path
        .split(".")
        .reduce<Value | undefined>(
            (value, name) => (isMap(open(value)) ? (open(value) as ValueMap)[name] : undefined),
            values,
        );
}

type Fill = (name: string, type: TypeSpec) => Value | undefined;

function generic(rules: PackageRules, context: ComputeContext, name: string, type: TypeSpec): Value | undefined {
    return rules.declaresWhatIsFilled ? genericValue(context, name, type) : undefined;
}

/** Inputs come back as outputs; what is not given and the service fills is asked for by name. */
function merge(rules: PackageRules, context: ComputeContext, inputs: ValueMap, fill: Fill): ValueMap {
    const { spec, environment } = context;
    const result: ValueMap = {};
    for (const [name, output] of Object.entries(spec.outputs)) {
        const input = inputs[name];
        let value: Value | undefined;
        if (isWriteOnly(name, spec.inputs)) {
            continue;
        } else if (input !== undefined && input !== null) {
            value = rules.declaresWhatIsFilled
                ? complete(environment.catalogue, input, output.type, name, fill)
                : (fill(name, output.type) ?? input);
        } else if (output.required) {
            value = fill(name, output.type);
        } else {
            // A computed value that the declaration calls optional: there only if a rule has it.
            continue;
        }
        if (value === undefined) {
            continue;
        }
        const isSecret = output.secret === true || spec.inputs[name]?.secret === true;
        result[name] = isSecret && !(value instanceof Secret) ? new Secret(value) : value;
    }
    for (const [name, value] of Object.entries(inputs)) {
        // Properties of a type that only the inputs describe.
        if (!(name in spec.outputs) && !name.startsWith("__") && value !== null && !isWriteOnly(name, spec.inputs)) {
            result[name] = value;
        }
    }
    return result;
}

/** Adds what the service fills inside of a given object. */
function complete(catalogue: Catalogue, value: Value, type: TypeSpec, path: string, fill: Fill): Value {
    if (value instanceof Secret) {
        return new Secret(complete(catalogue, value.value, type, path, fill));
    }
    if (typeof type !== "object" || value instanceof Unknown) {
        return value;
    }
    if ("array" in type && Array.isArray(value)) {
        return value.map((one) => complete(catalogue, one, type.array, path, fill));
    }
    const properties: ObjectSpec | undefined = catalogue.properties("output", type);
    if (!properties || !isMap(value)) {
        return value;
    }
    const result: ValueMap = {};
    for (const [name, one] of Object.entries(value)) {
        const property = properties[name];
        if (!isWriteOnly(name, properties)) {
            result[name] = property ? complete(catalogue, one, property.type, name, fill) : one;
        }
    }
    for (const [name, property] of Object.entries(properties)) {
        if (property.required && (result[name] === undefined || result[name] === null)) {
            const filled = fill(`${path}.${name}`, property.type);
            if (filled !== undefined) {
                result[name] = filled;
            }
        }
    }
    return result;
}

function isWriteOnly(name: string, declared: ObjectSpec): boolean {
    return /\wWo$/.test(name) && `${name}Version` in declared;
}

/** Whether outputs can be computed at all: an unknown in them is a mistake outside of a preview. */
export function assertKnown(inputs: ValueMap): void {
    for (const [name, value] of Object.entries(inputs)) {
        if (hasUnknown(open(value))) {
            throw new Error(`Property "${name}" is unknown outside of a preview.`);
        }
    }
}
