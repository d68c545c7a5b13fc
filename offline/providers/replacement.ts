import type { ResourceSpec } from "../catalogue";
import { physicalName } from "./aws/physical-names";
import type { Change } from "./diff";
import { root, withoutPositions } from "./path";
import { flag, isMap, list, nested, open, text, Unknown, type Value, type ValueMap } from "./values";

/**
 * Which changes AWS can make only by a new resource. The packages do not carry this; the table follows the documentation and
 * the provider's source, and is asked before the general rules below it.
 *
 * Per type: property paths without list positions. `true` replaces, `false` updates in place although a general rule says
 * otherwise, a function decides by the old and new inputs.
 */
type Decision = boolean | ((olds: ValueMap, news: ValueMap) => boolean);
type Table = Readonly<Record<string, Readonly<Record<string, Decision>>>>;

const all = (...paths: string[]): Record<string, true> => Object.fromEntries(paths.map((path) => [path, true as const]));

const loadBalancer: Record<string, Decision> = {
    ...all("internal", "loadBalancerType", "customerOwnedIpv4Pool"),
    subnets: removedFromNetworkLoadBalancer("subnets"),
    subnetMappings: removedFromNetworkLoadBalancer("subnetMappings"),
    securityGroups: securityGroupsAppearOrVanish,
};
const targetGroup: Record<string, Decision> = all(
    "port",
    "protocol",
    "protocolVersion",
    "targetType",
    "vpcId",
    "ipAddressType",
);
const listener: Record<string, Decision> = all("loadBalancerArn");

const table: Table = {
    "aws:rds/instance:Instance": {
        ...all(
            "engine",
            "username",
            "dbName",
            "kmsKeyId",
            "storageEncrypted",
            "availabilityZone",
            "snapshotIdentifier",
            "restoreToPointInTime",
            "s3Import",
            "characterSetName",
            "ncharCharacterSetName",
            "timezone",
            "backupTarget",
            "customIamInstanceProfile",
        ),
        identifier: false,
        identifierPrefix: false,
        dbSubnetGroupName: false,
        // Removing it promotes the replica; another source is another replica.
        replicateSourceDb: (olds, news) => text(olds, "replicateSourceDb") !== undefined && text(news, "replicateSourceDb") !== undefined,
    },
};

void table;
void list;
void nested;
void isMap;
void flag;

export function replacesAws(spec: ResourceSpec, change: Change, olds: ValueMap, news: ValueMap): boolean {
    const decided = decide(table[spec.token], change.path, olds, news);
    if (decided !== undefined) {
        return decided;
    }
    const top = root(change.path);
    if (top === "region") {
        return true;
    }
    if (top === "name" || top === "namePrefix" || top === physicalName(spec)?.property) {
        return true;
    }
    return change.documentedForcesNew;
}

/** A resource with a name of the program's own cannot stand beside its replacement. */
export function fixedName(spec: ResourceSpec, changes: Change[], olds: ValueMap, news: ValueMap): boolean {
    const property = physicalName(spec)?.property;
    if (property === undefined || changes.some((change) => change.path === property)) {
        return false;
    }
    const generated = open(news["__defaults"]);
    const name = text(news, property);
    return name !== undefined && name === text(olds, property) && !(Array.isArray(generated) && generated.includes(property));
}

function decide(
    rules: Readonly<Record<string, Decision>> | undefined,
    path: string,
    olds: ValueMap,
    news: ValueMap,
): boolean | undefined {
    if (!rules) {
        return undefined;
    }
    // The innermost property that has a rule decides.
    for (let place = withoutPositions(path); place !== ""; place = place.replace(/\.?[^.]*$/, "")) {
        const decision = rules[place];
        if (decision !== undefined) {
            return typeof decision === "function" ? decision(olds, news) : decision;
        }
    }
    return undefined;
}

function removedFromNetworkLoadBalancer(property: string): Decision {
    return (olds, news) => {
        if (text(news, "loadBalancerType") !== "network") {
            return false;
        }
        const kept = new Set(list(news, property).map(textOf));
        return list(olds, property).some((one) => !kept.has(textOf(one)));
    };
}

function securityGroupsAppearOrVanish(olds: ValueMap, news: ValueMap): boolean {
    if (text(news, "loadBalancerType") !== "network" || open(news["securityGroups"]) instanceof Unknown) {
        return false;
    }
    return (list(olds, "securityGroups").length === 0) !== (list(news, "securityGroups").length === 0);
}

function textOf(value: Value): string {
    const opened = open(value);
    return isMap(opened) ? JSON.stringify(opened) : String(opened);
}

void loadBalancer;
void targetGroup;
void listener;
