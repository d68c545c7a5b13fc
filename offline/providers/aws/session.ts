import { z } from "zod";
import type { Problem } from "../check";
import type { Environment, Session } from "../rules";
import { didYouMean } from "../suggest";
import { open, openDeep, text, type ValueMap } from "../values";
import { partitionOf, regions } from "./regions";

const accountIds = z.array(z.string());
const defaultTags = z.object({ tags: z.record(z.string(), z.coerce.string()).optional() });
const assumeRoles = z.union([
    z.object({ roleArn: z.string().optional() }),
    z.array(z.object({ roleArn: z.string().optional() })),
]);

/** Reads an instance's configuration. Credentials are neither needed nor looked at. */
export function awsSession(config: ValueMap, environment: Environment): Session | Problem[] {
    const region = text(config, "region");
    if (region === undefined) {
        return [
            {
                path: "region",
                message:
                    'The aws provider has no region. Set it for the stack ("aws:region", for example "eu-central-1") or on the provider.',
            },
        ];
    }
    if (!(region in regions) && open(config["skipRegionValidation"]) === "false") {
        const near = didYouMean(region, Object.keys(regions));
        return [{ path: "region", message: `The aws provider's region "${region}" is not a region of AWS.${near}` }];
    }
    const { partition, dnsSuffix } = partitionOf(region);
    const tags = defaultTags.safeParse(parsed(config, "defaultTags")).data?.tags;
    return {
        region,
        accountId: accountOf(config, environment.accountId),
        partition,
        dnsSuffix,
        defaultTags: tags ?? {},
        config,
    };
}

/** The same instance for a resource that names a region of its own. */
export function inRegion(session: Session, region: string | undefined): Session {
    return region === undefined || region === session.region
        ? session
        : { ...session, region, ...(({ partition, dnsSuffix }) => ({ partition, dnsSuffix }))(partitionOf(region)) };
}

/** The account of an assumed role, or one that the configuration allows, or the default. */
function accountOf(config: ValueMap, fallback: string): string {
    const roles = assumeRoles.safeParse(parsed(config, "assumeRoles")).data;
    const arn = (Array.isArray(roles) ? roles.at(-1) : roles)?.roleArn;
    const assumed = arn === undefined ? undefined : /^arn:[^:]*:iam::(\d{12}):/.exec(arn)?.[1];
    if (assumed !== undefined) {
        return assumed;
    }
    const allowed = accountIds.safeParse(parsed(config, "allowedAccountIds")).data ?? [];
    return allowed.length === 0 || allowed.includes(fallback) ? fallback : (allowed[0] ?? fallback);
}

/** Nested settings arrive as JSON text. */
function parsed(config: ValueMap, key: string): unknown {
    const value = openDeep(config[key] ?? null);
    if (typeof value !== "string") {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return undefined;
    }
}
