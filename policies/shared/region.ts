/** The region of a resource, for rules that are limited to some. */
import type { PolicyProviderResource } from "@pulumi/policy";
import { Values } from "./unknown";

/** Modules whose resources belong to no region, whatever region their provider has. */
const GLOBAL = new Set(["cloudfront", "globalaccelerator", "iam", "organizations", "route53"]);

/** "eu-central-1" of "eu-central-1a", and of a local zone's "us-west-2-lax-1a". */
function regionOfZone(zone: unknown): string | undefined {
    return typeof zone === "string" ? /^[a-z]{2}(?:-[a-z]+)+-\d+/.exec(zone)?.[0] : undefined;
}

/** `arn:<partition>:<service>:<region>:<account>:…`; empty for what is global. */
function regionOfArn(arn: unknown): string | undefined {
    const region = typeof arn === "string" && arn.startsWith("arn:") ? arn.split(":")[3] : undefined;
    return region === "" ? undefined : region;
}

/**
 * The region of an AWS resource: its own `region`, else its zone's or its ARN's, else its provider's. `undefined` where
 * none of them is known, and for what has no region.
 */
export function regionOf(
    type: string,
    properties: Values,
    provider: Pick<PolicyProviderResource, "props"> | undefined,
): string | undefined {
    const [name, rest = ""] = type.split(":", 2);
    if (name !== "aws" || GLOBAL.has(rest.split("/", 1)[0] ?? "")) {
        return undefined;
    }
    const own = properties.get("region");
    if (own !== undefined) {
        return typeof own === "string" && own !== "" ? own : undefined;
    }
    const inherited = provider === undefined ? undefined : new Values(provider.props).str("region");
    return (
        regionOfZone(properties.get("availabilityZone")) ??
        regionOfArn(properties.get("arn")) ??
        (typeof inherited === "string" ? inherited : undefined)
    );
}
