import { InvokeError } from "../../rules";
import { didYouMean } from "../../suggest";
import { asText, list, text, type ValueMap } from "../../values";
import { arn, outside, type FunctionContext, type Functions } from "./types";

/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html */
const cachePolicies: Readonly<Record<string, string>> = {
    "Managed-Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    "Managed-Elemental-MediaPackage": "08627262-05a9-4f76-9ded-b50ca2e3a84f",
    UseOriginCacheControlHeaders: "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
};
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html */
const originRequestPolicies: Readonly<Record<string, string>> = {
    "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
    "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "Managed-Elemental-MediaTailor-PersonalizedManifests": "775133bc-15f2-49f9-abea-afb2e0bf67d2",
    "Managed-HostHeaderOnly": "bf0718e1-ba1e-49d1-88b1-f726733018ae",
    "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
};
/** https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html */
const responseHeadersPolicies: Readonly<Record<string, string>> = {
    "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
};

const managed =
    (policies: Readonly<Record<string, string>>, kind: string, rest: ValueMap) =>
    (context: FunctionContext, args: ValueMap): ValueMap => {
        const wanted = text(args, "name");
        const given = text(args, "id");
        const entry = Object.entries(policies).find(([name, id]) => name === wanted || id === given);
        if (!entry) {
            throw new InvokeError(
                `no managed policy is called "${wanted ?? given ?? ""}".${didYouMean(wanted ?? "", Object.keys(policies))} For one of your own, add a fixture.`,
            );
        }
        const [name, id] = entry;
        return {
            id,
            name,
            arn: `arn:${context.session.partition}:cloudfront::${context.session.accountId}:${kind}/${id}`,
            etag: `E${outside(context, id).upper(13, "etag")}`,
            comment: "",
            ...rest,
        };
    };

const latest: Readonly<Record<string, string>> = {
    postgres: "17.6",
    "aurora-postgresql": "17.5",
    mysql: "8.4.6",
    mariadb: "11.8.3",
    "aurora-mysql": "8.0.mysql_aurora.3.10.0",
};

/** What AWS publishes for everyone, and things of an account for which any answer of the right form serves. */
export const publishedFunctions: Functions = {
    "aws:cloudfront/getCachePolicy:getCachePolicy": managed(cachePolicies, "cache-policy", {
        defaultTtl: 86_400,
        maxTtl: 31_536_000,
        minTtl: 1,
        parametersInCacheKeyAndForwardedToOrigins: [],
    }),
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": managed(
        originRequestPolicies,
        "origin-request-policy",
        {
            cookiesConfigs: [],
            headersConfigs: [],
            queryStringsConfigs: [],
        },
    ),
    "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": managed(
        responseHeadersPolicies,
        "response-headers-policy",
        {
            corsConfigs: [],
            customHeadersConfigs: [],
            removeHeadersConfigs: [],
            securityHeadersConfigs: [],
            serverTimingHeadersConfigs: [],
        },
    ),
    "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": (context) => ({
        id: context.region.startsWith("cn-")
            ? "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"
            : "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0",
    }),
    "aws:acm/getCertificate:getCertificate": (context, args) => {
        const domain = text(args, "domain");
        if (domain === undefined) {
            return undefined;
        }
        const id = arn(context, "acm", `certificate/${outside(context, `certificate ${domain}`).uuid("id")}`);
        return { id, arn: id, domain, status: "ISSUED", certificate: "", certificateChain: "", tags: {} };
    },
    "aws:ec2/getAmi:getAmi": (context, args) => {
        const generator = outside(
            context,
            `image ${JSON.stringify([args["owners"], args["filters"], args["nameRegex"]])}`,
        );
        const id = `ami-0${generator.hex(16, "id")}`;
        const filters = list(args, "filters").map((one) => one as ValueMap);
        const named = filters.find((one) => text(one, "name") === "name");
        const arch = filters.find((one) => text(one, "name") === "architecture");
        const name = asText((named && list(named, "values")[0]) ?? "offline-image").replaceAll("*", "20240101");
        return {
            id,
            imageId: id,
            arn: `arn:${context.session.partition}:ec2:${context.region}::image/${id}`,
            architecture: asText(
                (arch && list(arch, "values")[0]) ?? (/arm64|aarch64/.test(name) ? "arm64" : "x86_64"),
            ),
            blockDeviceMappings: [],
            bootMode: "uefi-preferred",
            creationDate: "2024-01-01T00:00:00.000Z",
            deprecationTime: "2034-01-01T00:00:00.000Z",
            description: name,
            enaSupport: true,
            hypervisor: "xen",
            imageLocation: `amazon/${name}`,
            imageOwnerAlias: "amazon",
            imageType: "machine",
            imdsSupport: "v2.0",
            kernelId: "",
            lastLaunchedTime: "",
            name,
            ownerId: "137112412989",
            platform: "",
            platformDetails: "Linux/UNIX",
            productCodes: [],
            public: true,
            ramdiskId: "",
            rootDeviceName: "/dev/xvda",
            rootDeviceType: "ebs",
            rootSnapshotId: `snap-0${generator.hex(16, "snapshot")}`,
            sriovNetSupport: "simple",
            state: "available",
            stateReason: {},
            tags: {},
            tpmSupport: "",
            usageOperation: "RunInstances",
            virtualizationType: "hvm",
        };
    },
    // Only what AWS itself publishes: the values of an account's own parameters are for a fixture.
    "aws:ssm/getParameter:getParameter": (context, args) => {
        const name = text(args, "name") ?? "";
        if (!name.startsWith("/aws/service/")) {
            return undefined;
        }
        const image = `ami-0${outside(context, name).hex(16, "id")}`;
        const value =
            name.includes("/ami") || name.includes("image_id") || name.includes("image-id")
                ? image
                : outside(context, name).lower(12, "value");
        return {
            id: name,
            arn: `arn:${context.session.partition}:ssm:${context.region}::parameter${name}`,
            name,
            type: "String",
            value,
            insecureValue: value,
            version: 1,
        };
    },
    "aws:rds/getEngineVersion:getEngineVersion": (_context, args) => {
        const engine = text(args, "engine") ?? "";
        const preferred = list(args, "preferredVersions")[0];
        const asked = text(args, "version") ?? (typeof preferred === "string" ? preferred : undefined);
        const newest = latest[engine] ?? "1.0";
        const version =
            asked === undefined
                ? newest
                : /^\d+$/.test(asked)
                  ? newest.startsWith(`${asked}.`)
                      ? newest
                      : `${asked}.4`
                  : asked;
        const major = version.split(".")[0] ?? version;
        return {
            id: version,
            version,
            versionActual: version,
            engine,
            engineDescription: engine,
            versionDescription: `${engine} ${version}`,
            defaultCharacterSet: "",
            exportableLogTypes: engine.includes("postgres")
                ? ["postgresql", "upgrade"]
                : ["audit", "error", "general", "slowquery"],
            parameterGroupFamily: `${engine}${engine.includes("mysql") ? version.split(".").slice(0, 2).join(".") : major}`,
            status: "available",
            supportedCharacterSets: [],
            supportedFeatureNames: [],
            supportedModes: ["provisioned"],
            supportedTimezones: [],
            supportsCertificateRotationWithoutRestart: true,
            supportsGlobalDatabases: engine.startsWith("aurora"),
            supportsIntegrations: false,
            supportsLimitlessDatabase: false,
            supportsLocalWriteForwarding: false,
            supportsLogExportsToCloudwatch: true,
            supportsParallelQuery: false,
            supportsReadReplica: true,
            validMajorTargets: [],
            validMinorTargets: [],
            validUpgradeTargets: [],
        };
    },
    "aws:kms/getAlias:getAlias": (context, args) => {
        const name = text(args, "name") ?? "";
        const key = outside(context, `key ${name}`).uuid("id");
        const id = arn(context, "kms", name);
        return { id, arn: id, name, targetKeyId: key, targetKeyArn: arn(context, "kms", `key/${key}`) };
    },
    "aws:kms/getKey:getKey": (context, args) => {
        const asked = text(args, "keyId") ?? "";
        const key = asked.startsWith("arn:")
            ? (asked.split("key/")[1] ?? asked)
            : asked.startsWith("alias/")
              ? outside(context, `key ${asked}`).uuid("id")
              : asked;
        return {
            id: key,
            keyId: asked,
            arn: arn(context, "kms", `key/${key}`),
            awsAccountId: context.session.accountId,
            creationDate: "2024-01-01T00:00:00Z",
            customerMasterKeySpec: "SYMMETRIC_DEFAULT",
            keySpec: "SYMMETRIC_DEFAULT",
            keyUsage: "ENCRYPT_DECRYPT",
            keyState: "Enabled",
            keyManager: asked.startsWith("alias/aws/") ? "AWS" : "CUSTOMER",
            enabled: true,
            description: "",
            origin: "AWS_KMS",
            multiRegion: false,
            multiRegionConfigurations: [],
            xksKeyConfigurations: [],
            cloudHsmClusterId: "",
            customKeyStoreId: "",
            deletionDate: "",
            expirationModel: "",
            pendingDeletionWindowInDays: 0,
            validTo: "",
        };
    },
    "aws:eks/getClusterAuth:getClusterAuth": (context, args) => {
        const name = text(args, "name") ?? "";
        return { id: name, name, token: `k8s-aws-v1.offline-${outside(context, `token ${name}`).lower(32, "token")}` };
    },
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": (context) => ({
        id: context.region,
        authorizationToken: Buffer.from("AWS:offline").toString("base64"),
        userName: "AWS",
        password: "offline",
        expiresAt: "2034-01-01T00:00:00Z",
        proxyEndpoint: `https://${context.session.accountId}.dkr.ecr.${context.region}.${context.session.dnsSuffix}`,
    }),
};
