/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: "off" -- the rule does not end on types that contain themselves */
import type { FunctionSpec } from "../../../catalogue";
import type { CloudResource, Stored } from "../../cloud";
import { genericValue } from "../../computed/generic";
import { Generator } from "../../generator";
import type { InvokeContext } from "../../rules";
import { asText, isMap, list, text, type Value, type ValueMap } from "../../values";

/**
 * Answers `getThing` from a `Thing` that the stack itself has created: everything that is asked for must match. Attributes
 * that the resource does not have are made up as for a resource.
 */
export function fromJournal(context: InvokeContext, args: ValueMap, region: string): ValueMap | undefined {
    const spec = context.environment.catalogue.function(context.token);
    const type = resourceType(context.token);
    if (!spec || type === undefined) {
        return undefined;
    }
    const { cloud } = context.environment;
    const matching = cloud
        .all()
        .filter((one) => type.types.has(one.type) && inRegion(one, region) && matches(one, args));
    const found = matching.at(-1);
    if (!found) {
        return undefined;
    }
    return type.many ? many(spec, args, matching, region) : one(context, spec, args, found, region);
}

interface Looked {
    types: ReadonlySet<string>;
    /** The function lists all that match (`getSubnets`). */
    many: boolean;
}

/** Types whose function has another name. */
const otherNames: Readonly<Record<string, string>> = {
    "aws:ec2/getVpcs:getVpcs": "aws:ec2/vpc:Vpc",
    "aws:ec2/getSubnets:getSubnets": "aws:ec2/subnet:Subnet",
    "aws:ec2/getSecurityGroups:getSecurityGroups": "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/getRouteTables:getRouteTables": "aws:ec2/routeTable:RouteTable",
};

function resourceType(token: string): Looked | undefined {
    const other = otherNames[token];
    if (other !== undefined) {
        return { types: new Set([other]), many: true };
    }
    const [, module = "", name] = /^aws:(\w+)\/get(\w+):/.exec(token) ?? [];
    if (name === undefined) {
        return undefined;
    }
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    const modules = module === "lb" || module === "alb" ? ["lb", "alb"] : [module];
    const kinds = [name, ...(token === "aws:s3/getBucket:getBucket" ? ["BucketV2"] : [])];
    return {
        types: new Set(
            modules.flatMap((one) => kinds.map((kind) => `aws:${one}/${kind === name ? file : "bucketV2"}:${kind}`)),
        ),
        many: false,
    };
}

function inRegion(resource: CloudResource, region: string): boolean {
    const own = resource.outputs["region"];
    return own === undefined || own === region;
}

/** Arguments that say how to look, not for what. */
const manners = new Set(["region", "mostRecent", "withDecryption", "allowUnsafeFilter", "includeDeprecated"]);

function matches(resource: CloudResource, args: ValueMap): boolean {
    return Object.entries(args).every(([name, wanted]) => {
        if (wanted === null || manners.has(name)) {
            return true;
        }
        if (name === "filters") {
            return list(args, name).every((filter) => isMap(filter) && matchesFilter(resource, filter));
        }
        if (name === "tags") {
            const tags = resource.outputs["tagsAll"] ?? resource.outputs["tags"];
            return isMap(wanted) && Object.entries(wanted).every(([key, value]) => attribute(tags, key) === value);
        }
        return same(resource, name, wanted);
    });
}

function same(resource: CloudResource, name: string, wanted: Value): boolean {
    if (Array.isArray(wanted) || isMap(wanted)) {
        return true;
    }
    if (
        resource.id === wanted &&
        (/(^id|Id|^arn|^name|Name|^identifier|Identifier)$/.test(name) || name === kind(resource))
    ) {
        return true;
    }
    const value = resource.outputs[name];
    const short = kind(resource);
    // `clusterName` of a cluster is its `name`, `dbInstanceIdentifier` of a database its `identifier`.
    const renamed = [
        `${short}Name`,
        `${short}Id`,
        `${short}Identifier`,
        "dbInstanceIdentifier",
        "clusterName",
        "clusterIdentifier",
    ];
    if (value === undefined && renamed.includes(name)) {
        return ["name", "identifier", "clusterIdentifier", "arn"].some((one) => resource.outputs[one] === wanted);
    }
    return value === wanted || (value === undefined && typeof wanted === "boolean");
}

function kind(resource: CloudResource): string {
    const name = resource.type.slice(resource.type.lastIndexOf(":") + 1);
    return name.charAt(0).toLowerCase() + name.slice(1);
}

/** EC2's filters: `vpc-id`, `tag:Name`, `availability-zone`, … */
function matchesFilter(resource: CloudResource, filter: ValueMap): boolean {
    const name = text(filter, "name") ?? "";
    const values = list(filter, "values").map(asText);
    const tag = /^tag:(.+)$/.exec(name)?.[1];
    if (tag !== undefined) {
        return values.includes(asText(attribute(resource.outputs["tagsAll"] ?? resource.outputs["tags"], tag)));
    }
    const property = name.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = name === `${kind(resource)}-id` ? resource.id : resource.outputs[property];
    return value === undefined || values.some((one) => one === asText(value) || one === "*");
}

function attribute(map: Stored | undefined, key: string): Stored | undefined {
    return typeof map === "object" && map !== null && !Array.isArray(map) ? map[key] : undefined;
}

function one(
    context: InvokeContext,
    spec: FunctionSpec,
    args: ValueMap,
    found: CloudResource,
    region: string,
): ValueMap | undefined {
    const result: ValueMap = { ...args };
    const resourceSpec = context.environment.catalogue.resource(found.type);
    for (const [name, property] of Object.entries(spec.result)) {
        const value = name === "id" ? found.id : found.outputs[name];
        if (name === "region") {
            result[name] = region;
        } else if (typeof value === "object" && value !== null && "$secret" in value) {
            // The journal does not have it, so nobody has: ask for a fixture.
            return undefined;
        } else if (value !== undefined && fits(value, property.type)) {
            result[name] = value;
        } else if (property.required && result[name] === undefined && resourceSpec) {
            const generator = new Generator(found.seed);
            result[name] = genericValue(
                {
                    environment: context.environment,
                    session: { ...context.session, region },
                    spec: resourceSpec,
                    urn: found.urn,
                    name: found.urn.slice(found.urn.lastIndexOf("::") + 2),
                    inputs: {},
                    generator,
                },
                name,
                property.type,
            );
        }
    }
    return result;
}

function fits(value: Stored, type: FunctionSpec["result"][string]["type"]): boolean {
    if (typeof type === "object" && "array" in type) {
        return Array.isArray(value);
    }
    if (typeof type === "string" && type !== "any") {
        return typeof value === type;
    }
    return true;
}

function many(spec: FunctionSpec, args: ValueMap, matching: CloudResource[], region: string): ValueMap {
    const result: ValueMap = { ...args, id: region, region };
    if ("ids" in spec.result) {
        result["ids"] = matching.map((resource) => resource.id).sort();
    }
    if ("tags" in spec.result && result["tags"] === undefined) {
        result["tags"] = {};
    }
    for (const [name, property] of Object.entries(spec.result)) {
        if (property.required && result[name] === undefined) {
            result[name] = typeof property.type === "object" && "array" in property.type ? [] : "";
        }
    }
    return result;
}
