import type { ResourceSpec } from "../../catalogue";
import { computeAws } from "../computed/aws";
import { invokeAws } from "../functions/aws";
import { replacesAws, fixedName } from "../replacement";
import type { PackageRules } from "../rules";
import { flag, hasUnknown, isMap, open, text, type ValueMap } from "../values";
import { withPhysicalName } from "./autoname";
import { physicalName } from "./physical-names";
import { awsSession, inRegion } from "./session";
import { validateAws } from "./validation";

export const awsRules: PackageRules = {
    name: "aws",
    declaresWhatIsFilled: true,
    adoptsOrphans: true,
    ownFunctions: new Set(),
    configure: awsSession,
    sessionFor: (session, inputs) => inRegion(session, text(inputs, "region")),
    specOf: (environment, type) => environment.catalogue.resource(type),
    refuseType: () => undefined,
    prepare(context, inputs) {
        return withPhysicalName(context, withDefaultTags(context.spec, inputs, context.session.defaultTags));
    },
    validate: validateAws,
    replaces: replacesAws,
    deleteBeforeReplace: fixedName,
    compute(context) {
        const computed = computeAws(context);
        return { id: computed.id, outputs: { ...this.knownInPreview(context), ...computed.outputs } };
    },
    knownInPreview(context) {
        const known: ValueMap = {};
        if ("region" in context.spec.outputs) {
            known["region"] = context.session.region;
        }
        if ("tagsAll" in context.spec.outputs && !hasUnknown(context.inputs["tags"])) {
            known["tagsAll"] = {
                ...context.session.defaultTags,
                ...(isMap(context.inputs["tags"]) ? context.inputs["tags"] : {}),
            };
        }
        return known;
    },
    refuseDelete(_spec, outputs) {
        if (flag(outputs, "deletionProtection") || flag(outputs, "deletionProtectionEnabled")) {
            return "Cannot delete protected resource: deletion protection is enabled. Disable it and run an update first.";
        }
        if (flag(outputs, "enableDeletionProtection")) {
            return "OperationNotPermitted: the load balancer cannot be deleted because deletion protection is enabled (enableDeletionProtection). Disable it and run an update first.";
        }
        return undefined;
    },
    refuseUpdate(spec, olds, news) {
        // Without a source it is promoted.
        const source = text(news, "replicateSourceDb") ?? "";
        return spec.token === "aws:rds/instance:Instance" && source !== "" && source !== text(olds, "replicateSourceDb")
            ? 'cannot elect new source database for replication. Ask for another replica by `replaceOnChanges: ["replicateSourceDb"]`.'
            : undefined;
    },
    describeById(spec, id, given) {
        const rule = physicalName(spec);
        const name = id.startsWith("arn:") ? (id.split(/[/:]/).at(-1) ?? id) : id;
        return rule && !(rule.property in given) ? { [rule.property]: name, ...given } : given;
    },
    invoke: invokeAws,
};

/** The provider's default tags become tags of the resource, which may override them. */
function withDefaultTags(spec: ResourceSpec, inputs: ValueMap, defaults: Record<string, string>): ValueMap {
    if (!("tags" in spec.inputs) || !("tagsAll" in spec.outputs) || Object.keys(defaults).length === 0) {
        return inputs;
    }
    const tags = open(inputs["tags"]);
    if (tags !== undefined && tags !== null && !isMap(tags)) {
        return inputs;
    }
    return { ...inputs, tags: { ...defaults, ...(tags ?? {}) } };
}
