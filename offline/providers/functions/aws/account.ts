import { partitionOf, regions, zonesOf } from "../../aws/regions";
import { InvokeError } from "../../rules";
import { didYouMean } from "../../suggest";
import { flag, isMap, list, text, type Value, type ValueMap } from "../../values";
import { policyDocument } from "./policy-document";
import { outside, type FunctionContext, type Functions } from "./types";

/** Functions about the account, the partition, the regions and identity. */
export const accountFunctions: Functions = {
    "aws:index/getCallerIdentity:getCallerIdentity": ({ session }) => ({
        accountId: session.accountId,
        arn: `arn:${session.partition}:iam::${session.accountId}:user/offline`,
        userId: "AIDAOFFLINEOFFLINEOFF",
        id: session.accountId,
    }),
    "aws:index/getPartition:getPartition": ({ region }) => {
        const { partition, dnsSuffix, reverseDnsPrefix } = partitionOf(region);
        return { partition, dnsSuffix, reverseDnsPrefix, id: partition };
    },
    "aws:index/getRegion:getRegion": (context, args) => {
        const name = text(args, "region") ?? text(args, "name") ?? endpointRegion(args) ?? context.region;
        const found = regions[name];
        if (!found) {
            throw new InvokeError(`"${name}" is not a region of AWS.${didYouMean(name, Object.keys(regions))}`);
        }
        return {
            id: name,
            name,
            region: name,
            description: found.description,
            endpoint: `ec2.${name}.${partitionOf(name).dnsSuffix}`,
        };
    },
    "aws:index/getRegions:getRegions": (context, args) => {
        const names = Object.keys(regions).filter(
            (name) =>
                partitionOf(name).partition === context.session.partition &&
                (flag(args, "allRegions") || !regions[name]?.optIn),
        );
        return { names, id: context.session.partition };
    },
    "aws:index/getDefaultTags:getDefaultTags": ({ session }) => ({ tags: session.defaultTags, id: session.partition }),
    "aws:index/getAvailabilityZones:getAvailabilityZones": (context, args) => {
        const zones = zonesFor(context.region, args).filter(
            (zone) =>
                !list(args, "excludeNames").includes(zone.name) && !list(args, "excludeZoneIds").includes(zone.id),
        );
        return {
            names: zones.map((zone) => zone.name),
            zoneIds: zones.map((zone) => zone.id),
            groupNames: zones.length > 0 ? [`${context.region}-zg-1`] : [],
            id: context.region,
        };
    },
    "aws:index/getAvailabilityZone:getAvailabilityZone": (context, args) => {
        const zones = zonesFor(context.region, args).filter(
            (zone) => (text(args, "name") ?? zone.name) === zone.name && (text(args, "zoneId") ?? zone.id) === zone.id,
        );
        const [zone] = zones;
        if (!zone || zones.length > 1) {
            throw new InvokeError(`${zones.length} zones of ${context.region} match; it must be exactly one.`);
        }
        return {
            id: zone.name,
            name: zone.name,
            zoneId: zone.id,
            nameSuffix: zone.name.slice(context.region.length),
            groupName: `${context.region}-zg-1`,
            groupLongName: `${regions[context.region]?.description ?? context.region} 1`,
            networkBorderGroup: context.region,
            optInStatus: "opt-in-not-required",
            state: "available",
            zoneType: "availability-zone",
            parentZoneId: "",
            parentZoneName: "",
        };
    },
    "aws:index/getArn:getArn": (_context, args) => {
        const arn = text(args, "arn") ?? "";
        const [prefix, partition = "", service = "", region = "", account = "", ...rest] = arn.split(":");
        if (prefix !== "arn" || rest.length === 0) {
            throw new InvokeError(`"${arn}" is not an ARN.`);
        }
        return { id: arn, partition, service, region, account, resource: rest.join(":") };
    },
    "aws:index/arnBuild:arnBuild": (_context, args) => ({
        result: [
            "arn",
            ...["partition", "service", "region", "accountId", "resource"].map((key) => text(args, key) ?? ""),
        ].join(":"),
    }),
    "aws:index/trimIamRolePath:trimIamRolePath": (_context, args) => ({
        result: (text(args, "arn") ?? "").replace(/(:role\/).*\/([^/]+)$/, "$1$2"),
    }),
    "aws:index/userAgent:userAgent": (_context, args) => {
        const [product, version, comment] = ["productName", "productVersion", "comment"].map((key) => text(args, key));
        return { result: `${product ?? ""}${version ? `/${version}` : ""}${comment ? ` (${comment})` : ""}` };
    },
    "aws:index/getServicePrincipal:getServicePrincipal": (context, args) => {
        const service = text(args, "serviceName") ?? "";
        // In China a few services have principals of their own suffix.
        const china = context.session.partition === "aws-cn" && ["ec2", "elasticmapreduce"].includes(service);
        const suffix = china ? "amazonaws.com.cn" : "amazonaws.com";
        return {
            id: `${service}.${context.region}.${suffix}`,
            name: `${service}.${suffix}`,
            suffix,
            serviceName: service,
        };
    },
    "aws:index/getService:getService": (context, args) => {
        const service = text(args, "serviceId") ?? text(args, "dnsName")?.split(".")[0] ?? "";
        const { partition, reverseDnsPrefix, dnsSuffix } = partitionOf(context.region);
        return {
            id: `${reverseDnsPrefix}.${context.region}.${service}`,
            serviceId: service,
            dnsName: `${service}.${context.region}.${dnsSuffix}`,
            reverseDnsName: `${reverseDnsPrefix}.${context.region}.${service}`,
            reverseDnsPrefix,
            partition,
            supported: true,
        };
    },
    "aws:index/getBillingServiceAccount:getBillingServiceAccount": ({ session }) => ({
        id: "386209384616",
        arn: `arn:${session.partition}:iam::386209384616:root`,
    }),
    "aws:iam/getPolicyDocument:getPolicyDocument": (_context, args) => policyDocument(args),
    "aws:iam/getPolicy:getPolicy": managedPolicy,
    "aws:iam/getRole:getRole": (context, args) => {
        const name = text(args, "name") ?? "";
        const linked = name.startsWith("AWSServiceRoleFor") ? "/aws-service-role/" : "/";
        const generator = outside(context, `role ${name}`);
        return {
            id: name,
            name,
            path: linked,
            arn: `arn:${context.session.partition}:iam::${context.session.accountId}:role${linked}${name}`,
            uniqueId: `AROA${generator.upper(17, "id")}`,
            assumeRolePolicy: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
            createDate: "2024-01-01T00:00:00Z",
            description: "",
            maxSessionDuration: 3600,
            permissionsBoundary: "",
            roleLastUseds: [],
            tags: {},
        };
    },
    "aws:iam/getAccountAlias:getAccountAlias": () => ({ accountAlias: "offline", id: "offline" }),
    "aws:iam/getSessionContext:getSessionContext": (_context, args) => {
        const arn = text(args, "arn") ?? "";
        const [, role = "", sessionName = ""] = /assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
        const issuer = role === "" ? arn : arn.replace(":sts:", ":iam:").replace(/assumed-role\/.*/, `role/${role}`);
        return { id: arn, issuerArn: issuer, issuerId: "AROAOFFLINEOFFLINEOFF", issuerName: role, sessionName };
    },
    "aws:s3/getCanonicalUserId:getCanonicalUserId": (context) => ({
        id: outside(context, "canonical user").hex(64, "id"),
        displayName: "offline",
    }),
};

function endpointRegion(args: ValueMap): string | undefined {
    return /^[\w-]+\.([\w-]+)\./.exec(text(args, "endpoint") ?? "")?.[1];
}

/** The zones that pass the filters; offline, all are available and none is a local zone. */
function zonesFor(region: string, args: ValueMap): { name: string; id: string }[] {
    if ((text(args, "state") ?? "available") !== "available") {
        return [];
    }
    return zonesOf(region).filter((zone) =>
        list(args, "filters").every((filter) => !isMap(filter) || matchesZone(region, zone, filter)),
    );
}

function matchesZone(region: string, zone: { name: string; id: string }, filter: ValueMap): boolean {
    const values: Value[] = list(filter, "values");
    const attributes: Readonly<Record<string, string>> = {
        "zone-name": zone.name,
        "zone-id": zone.id,
        "region-name": region,
        "group-name": `${region}-zg-1`,
        "opt-in-status": "opt-in-not-required",
        "zone-type": "availability-zone",
        state: "available",
    };
    const name = text(filter, "name") ?? "";
    const attribute = attributes[name];
    if (attribute === undefined) {
        throw new InvokeError(`the filter "${name}" is not known.${didYouMean(name, Object.keys(attributes))}`);
    }
    return values.some(
        (value) =>
            typeof value === "string" &&
            new RegExp(`^${value.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(attribute),
    );
}

/** Paths of AWS's own policies that do not stand at the root. */
const managedPaths: readonly { path: string; names: RegExp }[] = [
    {
        path: "service-role/",
        names: /^(AWSLambda\w*ExecutionRole|AmazonECSTaskExecutionRolePolicy|AmazonEC2ContainerServiceRole|AmazonRDSEnhancedMonitoringRole|AmazonEBSCSIDriverPolicy|AWSConfigRole|AmazonAPIGatewayPushToCloudWatchLogs|AWS_ConfigRole|AWSBackupServiceRolePolicyFor\w+|AmazonEC2RoleforSSM|AmazonEC2ContainerServiceforEC2Role)$/,
    },
    { path: "aws-service-role/", names: /ServiceRolePolicy$/ },
    {
        path: "job-function/",
        names: /^(ViewOnlyAccess|SupportUser|SystemAdministrator|DatabaseAdministrator|NetworkAdministrator|DataScientist|Billing)$/,
    },
];

/** Only AWS's own policies are known by name; what they allow is not. */
function managedPolicy(context: FunctionContext, args: ValueMap): ValueMap | undefined {
    const given = text(args, "arn");
    const name = text(args, "name") ?? given?.split("/").at(-1);
    if (name === undefined || (given !== undefined && !given.includes(":iam::aws:policy/"))) {
        return undefined;
    }
    const path = given
        ? `/${given.split(":policy/")[1]?.replace(/[^/]+$/, "") ?? ""}`
        : `/${managedPaths.find((one) => one.names.test(name))?.path ?? ""}`;
    const arn = given ?? `arn:${context.session.partition}:iam::aws:policy${path}${name}`;
    return {
        id: arn,
        arn,
        name,
        path,
        policyId: `ANPA${outside(context, arn).upper(17, "id")}`,
        attachmentCount: 0,
        description: "",
        policy: JSON.stringify({ Version: "2012-10-17", Statement: [] }),
        tags: {},
    };
}
