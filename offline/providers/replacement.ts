import type { ResourceSpec } from "../catalogue";
import { physicalName } from "./aws/physical-names";
import type { Change } from "./diff";
import { root, withoutPositions } from "./path";
import { replacementTable, type Decisions } from "./replacement-table";
import { open, text, type ValueMap } from "./values";

/** Links between two resources: there is nothing in them that could change. */
const link = /(Attachment|Association|Membership)$/;

/**
 * Whether a change of a resource on AWS makes a new one. The table is asked first; behind it come the general rules: the
 * region, what names the resource, links, and what the documentation says.
 */
export function replacesAws(spec: ResourceSpec, change: Change, olds: ValueMap, news: ValueMap): boolean {
    const top = root(change.path);
    if (top === "region") {
        return true;
    }
    const decided = decide(replacementTable[spec.token], change.path, olds, news);
    if (decided !== undefined) {
        return decided;
    }
    if (top === "tags" || top === "tagsAll") {
        return false;
    }
    const named = physicalName(spec)?.property;
    if (top === "name" || top === "namePrefix" || top === named || (named !== undefined && top === `${named}Prefix`)) {
        return true;
    }
    if (link.test(spec.token) && !spec.token.startsWith("aws:ssm/")) {
        return true;
    }
    return change.documentedForcesNew;
}

/** A resource with a name that the program has fixed cannot stand beside its replacement. */
export function fixedName(spec: ResourceSpec, changes: Change[], olds: ValueMap, news: ValueMap): boolean {
    const property = physicalName(spec)?.property ?? ("name" in spec.inputs ? "name" : undefined);
    if (property === undefined || !uniqueName(spec) || changes.some((change) => root(change.path) === property)) {
        return false;
    }
    const generated = open(news["__defaults"]);
    const name = text(news, property);
    return (
        name !== undefined &&
        name === text(olds, property) &&
        !(Array.isArray(generated) && generated.includes(property)) &&
        !changes.some((change) => change.path === "region")
    );
}

/** Names that are labels only: two resources may share them. */
const labels = new Set([
    "aws:route53/record:Record",
    "aws:route53/zone:Zone",
    "aws:apigateway/restApi:RestApi",
    "aws:apigatewayv2/api:Api",
    "aws:cognito/userPool:UserPool",
    "aws:cognito/userPoolClient:UserPoolClient",
    "aws:ec2/managedPrefixList:ManagedPrefixList",
]);

function uniqueName(spec: ResourceSpec): boolean {
    return !labels.has(spec.token);
}

function decide(rules: Decisions | undefined, path: string, olds: ValueMap, news: ValueMap): boolean | undefined {
    if (!rules) {
        return undefined;
    }
    // The innermost property that has a rule decides.
    for (let place = withoutPositions(path); place !== ""; place = outer(place)) {
        const decision = rules[place];
        if (decision !== undefined) {
            return typeof decision === "function" ? decision(olds, news) : decision;
        }
    }
    return rules["*"] === undefined ? undefined : rules["*"] === true;
}

function outer(path: string): string {
    return path.replace(/(\.[^.[]*|\["[^"]*"\]|^[^.[]*)$/, "");
}
