import type { TypeSpec } from "../../catalogue";
import type { ComputeContext } from "../rules";
import type { Value } from "../values";

/**
 * A plausible value for a computed output that no table knows, from its name, its type and the resource's kind.
 * `name` may be a path (`block.property`), whose last part counts.
 */
export function genericValue(context: ComputeContext, name: string, type: TypeSpec): Value {
    if (typeof type === "object") {
        if ("literal" in type) {
            return type.literal;
        }
        if ("array" in type) {
            return [];
        }
        if ("anyOf" in type) {
            return genericValue(context, name, type.anyOf[0] ?? "any");
        }
        return {};
    }
    const property = name.slice(name.lastIndexOf(".") + 1);
    const documented = name.includes(".") ? undefined : context.spec.inputs[property]?.documentedDefault;
    if (type === "boolean") {
        return documented === true;
    }
    if (type === "number") {
        return typeof documented === "number" ? documented : 0;
    }
    if (type !== "string") {
        return null;
    }
    return typeof documented === "string" ? documented : genericString(context, property);
}

function genericString(context: ComputeContext, property: string): string {
    const { generator, session, spec } = context;
    const kind = spec.token.slice(spec.token.lastIndexOf(":") + 1);
    const resource = `${kind.toLowerCase()}/${context.name}-${generator.hex(7, "name")}`;
    if (/(^arn|Arn)$/.test(property)) {
        const service = /^aws:(\w+)\//.exec(spec.token)?.[1] ?? "service";
        const path = property === "arn" ? resource : `${property}/${generator.hex(8, property)}`;
        return `arn:${session.partition}:${service}:${session.region}:${session.accountId}:${path}`;
    }
    if (/(^region|Region)$/.test(property)) {
        return session.region;
    }
    if (/(^accountId|^ownerId|^owner|AccountId|OwnerId|^registryId)$/.test(property)) {
        return session.accountId;
    }
    if (/(At|Date|Time|Timestamp)$/.test(property) && !/Timeout|Runtime/.test(property)) {
        return "2024-01-01T00:00:00Z";
    }
    if (/(^status|^state|Status|State)$/.test(property)) {
        return "ACTIVE";
    }
    if (/(^url|Url|Uri)$/.test(property)) {
        return `https://${generator.lower(10, property)}.${session.region}.${session.dnsSuffix}/`;
    }
    if (/(endpoint|dnsName|domainName|hostname|fqdn)$/i.test(property)) {
        return `${context.name.toLowerCase()}-${generator.lower(10, property)}.${session.region}.${session.dnsSuffix}`;
    }
    if (/(^id|Id)$/.test(property)) {
        return `${kind.toLowerCase()}-${generator.hex(17, property)}`;
    }
    if (/(^etag|Hash|Fingerprint|fingerprint|hash)$/.test(property)) {
        return generator.hex(32, property);
    }
    if (/(^ip|Ip|IpAddress|ipAddress)$/.test(property)) {
        return generator.ipv4(property);
    }
    return "";
}
