import { hasUnknown } from "../../values";
import type { Facts, Makers, Value, ValueMap } from "./facts";

const iamPath = (f: Facts): string => f.text("path") ?? "/";

const bucket = (f: Facts): ValueMap & { id: string } => {
    const name = f.text("bucket") ?? f.name;
    return {
        id: f.id(() => name),
        bucket: name,
        bucketPrefix: "",
        arn: `arn:${f.partition}:s3:::${name}`,
        bucketDomainName: `${name}.s3.${f.dnsSuffix}`,
        bucketRegionalDomainName: `${name}.s3.${f.region}.${f.dnsSuffix}`,
        bucketRegion: f.region,
        hostedZoneId: s3Zones[f.region] ?? `Z${f.generator.upper(13, "zone")}`,
        websiteEndpoint: `${name}.s3-website.${f.region}.${f.dnsSuffix}`,
        websiteDomain: `s3-website.${f.region}.${f.dnsSuffix}`,
        requestPayer: "BucketOwner",
        accelerationStatus: "",
        acl: "private",
        policy: "",
        objectLockEnabled: false,
        corsRules: [],
        lifecycleRules: [],
        grants: [],
        serverSideEncryptionConfiguration: {
            rule: {
                applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256", kmsMasterKeyId: "" },
                bucketKeyEnabled: false,
            },
        },
        versioning: { enabled: false, mfaDelete: false },
    };
};

/** https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints */
export const s3Zones: Readonly<Record<string, string>> = {
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "sa-east-1": "Z7KQH4QJS55SO",
};

const ofBucket = (f: Facts): ValueMap & { id: string } => ({ id: f.id(() => f.text("bucket") ?? f.name) });

export const security: Makers = {
    "aws:iam/role:Role": (f) => ({
        id: f.id(() => f.name),
        arn: f.globalArn("iam", `role${iamPath(f)}${f.name}`),
        uniqueId: `AROA${f.generator.upper(17, "unique")}`,
        createDate: "2024-01-01T00:00:00Z",
        namePrefix: "",
        managedPolicyArns: [],
        inlinePolicies: [],
    }),
    "aws:iam/user:User": (f) => ({
        id: f.id(() => f.name),
        arn: f.globalArn("iam", `user${iamPath(f)}${f.name}`),
        uniqueId: `AIDA${f.generator.upper(17, "unique")}`,
    }),
    "aws:iam/group:Group": (f) => ({
        id: f.id(() => f.name),
        arn: f.globalArn("iam", `group${iamPath(f)}${f.name}`),
        uniqueId: `AGPA${f.generator.upper(17, "unique")}`,
    }),
    "aws:iam/policy:Policy": (f) => {
        const arn = f.id(() => f.globalArn("iam", `policy${iamPath(f)}${f.name}`));
        return { id: arn, arn, policyId: `ANPA${f.generator.upper(17, "unique")}`, attachmentCount: 0, namePrefix: "" };
    },
    "aws:iam/rolePolicy:RolePolicy": (f) => ({
        id: f.id(() => `${(f.text("role") ?? "").split("/").at(-1) ?? ""}:${f.name}`),
        namePrefix: "",
    }),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": (f) => ({
        id: f.id(() => `${(f.text("role") ?? "").split("/").at(-1) ?? ""}/${f.text("policyArn") ?? ""}`),
    }),
    "aws:iam/instanceProfile:InstanceProfile": (f) => ({
        id: f.id(() => f.name),
        arn: f.globalArn("iam", `instance-profile${iamPath(f)}${f.name}`),
        uniqueId: `AIPA${f.generator.upper(17, "unique")}`,
        createDate: "2024-01-01T00:00:00Z",
    }),
    "aws:iam/accessKey:AccessKey": (f) => ({
        id: f.id(() => `AKIA${f.generator.upper(16, "key")}`),
        // Not a key of any account: the word in it says so to whoever finds it.
        secret: `OFFLINE${f.generator.mixed(33, "secret")}`,
        sesSmtpPasswordV4: `OFFLINE${f.generator.mixed(37, "smtp")}`,
        createDate: "2024-01-01T00:00:00Z",
    }),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": (f) => {
        const arn = f.id(() => f.globalArn("iam", `oidc-provider/${(f.text("url") ?? "").replace(/^https:\/\//, "")}`));
        return { id: arn, arn, thumbprintLists: [f.generator.hex(40, "thumbprint")] };
    },
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": (f) => {
        const service = f.text("awsServiceName") ?? "";
        const name = `AWSServiceRoleFor${service.split(".")[0] ?? ""}`;
        const arn = f.id(() => f.globalArn("iam", `role/aws-service-role/${service}/${name}`));
        return {
            id: arn,
            arn,
            name,
            path: `/aws-service-role/${service}/`,
            uniqueId: `AROA${f.generator.upper(17, "unique")}`,
            createDate: "2024-01-01T00:00:00Z",
        };
    },
    "aws:kms/key:Key": (f) => {
        const id = f.id(() => (f.flag("multiRegion") ? `mrk-${f.generator.hex(32, "key")}` : f.generator.uuid("key")));
        return {
            id,
            keyId: id,
            arn: f.arn("kms", `key/${id}`),
            description: "",
            multiRegion: false,
            rotationPeriodInDays: f.flag("enableKeyRotation") ? 365 : 0,
            policy: JSON.stringify({
                Id: "key-default-1",
                Version: "2012-10-17",
                Statement: [
                    {
                        Sid: "Enable IAM User Permissions",
                        Effect: "Allow",
                        Principal: { AWS: f.globalArn("iam", "root") },
                        Action: "kms:*",
                        Resource: "*",
                    },
                ],
            }),
        };
    },
    "aws:kms/replicaKey:ReplicaKey": (f) => {
        const id = f.id(() => (f.text("primaryKeyArn") ?? "").split("/").at(-1) ?? "");
        return {
            id,
            keyId: id,
            arn: f.arn("kms", `key/${id}`),
            keyRotationEnabled: false,
            keySpec: "SYMMETRIC_DEFAULT",
            keyUsage: "ENCRYPT_DECRYPT",
            policy: "",
        };
    },
    "aws:kms/alias:Alias": (f) => {
        const key = f.text("targetKeyId") ?? "";
        return {
            id: f.id(() => f.name),
            arn: f.arn("kms", f.name),
            targetKeyArn: key.startsWith("arn:") ? key : f.arn("kms", `key/${key}`),
            namePrefix: "",
        };
    },
    "aws:secretsmanager/secret:Secret": (f) => {
        const arn = f.id(() => f.arn("secretsmanager", `secret:${f.name}-${f.generator.mixed(6, "secret")}`));
        return { id: arn, arn, namePrefix: "", policy: "", replicas: [] };
    },
    "aws:secretsmanager/secretVersion:SecretVersion": (f) => {
        const version = `terraform-${f.generator.upper(26, "version")}`;
        const secret = f.text("secretId") ?? "";
        return {
            id: f.id(() => `${secret}|${version}`),
            arn: secret,
            secretArn: secret,
            versionId: f.knownId?.split("|")[1] ?? version,
            versionStages: ["AWSCURRENT"],
            hasSecretStringWo: f.inputs["secretStringWo"] !== undefined && f.inputs["secretStringWo"] !== null,
        };
    },
    "aws:ssm/parameter:Parameter": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("ssm", `parameter/${f.name.replace(/^\//, "")}`),
        version: 1,
        dataType: "text",
        insecureValue: "",
        keyId: f.text("type") === "SecureString" ? "alias/aws/ssm" : "",
        tier: "Standard",
        hasValueWo: false,
    }),
    "aws:acm/certificate:Certificate": (f) => {
        const arn = f.id(() => f.arn("acm", `certificate/${f.generator.uuid("certificate")}`));
        return {
            id: arn,
            arn,
            status: f.text("validationMethod") === "DNS" ? "PENDING_VALIDATION" : "ISSUED",
            type: f.text("certificateBody") ? "IMPORTED" : "AMAZON_ISSUED",
            domainValidationOptions: validationOptions(f),
            notBefore: "",
            notAfter: "",
            keyAlgorithm: "RSA_2048",
            pendingRenewal: false,
            renewalEligibility: "INELIGIBLE",
            renewalSummaries: [],
            validationEmails: [],
            validationMethod: "DNS",
            subjectAlternativeNames: [f.text("domainName") ?? ""],
            options: { certificateTransparencyLoggingPreference: "ENABLED", export: "DISABLED" },
        };
    },
    "aws:acm/certificateValidation:CertificateValidation": (f) => ({
        id: f.id(() => f.text("certificateArn") ?? f.name),
    }),
    "aws:s3/bucket:Bucket": bucket,
    "aws:s3/bucketV2:BucketV2": bucket,
    "aws:s3/bucketPolicy:BucketPolicy": ofBucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket,
    "aws:s3/bucketVersioning:BucketVersioning": ofBucket,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket,
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": (f) => ({
        ...ofBucket(f),
        websiteEndpoint: `${f.text("bucket") ?? f.name}.s3-website.${f.region}.${f.dnsSuffix}`,
        websiteDomain: `s3-website.${f.region}.${f.dnsSuffix}`,
    }),
    "aws:s3/bucketNotification:BucketNotification": ofBucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": object,
    "aws:s3/bucketObject:BucketObject": object,
    "aws:cognito/userPool:UserPool": (f) => {
        const id = f.id(() => `${f.region}_${f.generator.mixed(9, "pool")}`);
        return {
            id,
            arn: f.arn("cognito-idp", `userpool/${id}`),
            endpoint: `cognito-idp.${f.region}.${f.dnsSuffix}/${id}`,
            creationDate: "2024-01-01T00:00:00Z",
            lastModifiedDate: "2024-01-01T00:00:00Z",
            estimatedNumberOfUsers: 0,
            domain: "",
            customDomain: "",
        };
    },
    "aws:cognito/userPoolClient:UserPoolClient": (f) => ({
        id: f.id(() => f.generator.lower(26, "client")),
        clientSecret: f.flag("generateSecret") ? f.generator.lower(51, "secret") : "",
    }),
    "aws:cognito/userPoolDomain:UserPoolDomain": (f) => ({
        id: f.id(() => f.text("domain") ?? f.name),
        awsAccountId: f.account,
        cloudfrontDistribution: `${f.generator.lower(13, "cdn")}.cloudfront.net`,
        cloudfrontDistributionArn: `${f.generator.lower(13, "cdn")}.cloudfront.net`,
        cloudfrontDistributionZoneId: "Z2FDTNDATAQYW2",
        s3Bucket: `aws-cognito-prod-${f.region}-assets`,
        version: "20240101000000",
    }),
    "aws:cognito/identityPool:IdentityPool": (f) => {
        const id = f.id(() => `${f.region}:${f.generator.uuid("pool")}`);
        return { id, arn: f.arn("cognito-identity", `identitypool/${id}`) };
    },
    "aws:wafv2/webAcl:WebAcl": (f) => {
        const id = f.id(() => f.generator.uuid("acl"));
        return {
            id,
            arn: f.arn("wafv2", `${scopeOf(f)}/webacl/${f.name}/${id}`),
            capacity: 100,
            applicationIntegrationUrl: "",
            namePrefix: "",
        };
    },
    "aws:wafv2/ipSet:IpSet": (f) => {
        const id = f.id(() => f.generator.uuid("set"));
        return { id, arn: f.arn("wafv2", `${scopeOf(f)}/ipset/${f.name}/${id}`), lockToken: f.generator.uuid("lock") };
    },
    "aws:wafv2/ruleGroup:RuleGroup": (f) => {
        const id = f.id(() => f.generator.uuid("group"));
        return {
            id,
            arn: f.arn("wafv2", `${scopeOf(f)}/rulegroup/${f.name}/${id}`),
            lockToken: f.generator.uuid("lock"),
        };
    },
    "aws:guardduty/detector:Detector": (f) => {
        const id = f.id(() => f.generator.hex(32, "detector"));
        return { id, arn: f.arn("guardduty", `detector/${id}`), accountId: f.account };
    },
    "aws:cloudtrail/trail:Trail": (f) => ({
        id: f.id(() => f.arn("cloudtrail", `trail/${f.name}`)),
        arn: f.arn("cloudtrail", `trail/${f.name}`),
        homeRegion: f.region,
    }),
    "aws:backup/vault:Vault": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("backup", `backup-vault:${f.name}`),
        recoveryPoints: 0,
    }),
    "aws:backup/plan:Plan": (f) => {
        const id = f.id(() => f.generator.uuid("plan"));
        return { id, arn: f.arn("backup", `backup-plan:${id}`), version: f.generator.mixed(48, "version") };
    },
};

function scopeOf(f: Facts): string {
    return f.text("scope") === "CLOUDFRONT" ? "global" : "regional";
}

function object(f: Facts): ValueMap & { id: string } {
    const [name, key] = [f.text("bucket") ?? "", f.text("key") ?? f.context.name];
    return {
        id: f.id(() => `${name}/${key}`),
        arn: `arn:${f.partition}:s3:::${name}/${key}`,
        key,
        etag: f.generator.hex(32, "etag"),
        versionId: "",
        acl: "private",
        contentType: "application/octet-stream",
        storageClass: "STANDARD",
        serverSideEncryption: "AES256",
        bucketKeyEnabled: false,
        checksumCrc32: "",
        checksumCrc32c: "",
        checksumCrc64nvme: "",
        checksumSha1: "",
        checksumSha256: "",
    };
}

/** The records that prove that one owns the names of a certificate. */
function validationOptions(f: Facts): Value[] {
    const names = new Set([f.text("domainName"), ...f.list("subjectAlternativeNames")]);
    return [...names]
        .filter((name): name is string => typeof name === "string" && !hasUnknown(name))
        .map((name) => ({
            domainName: name,
            resourceRecordName: `_${f.generator.hex(32, `name ${name}`)}.${name.replace(/^\*\./, "")}.`,
            resourceRecordType: "CNAME",
            resourceRecordValue: `_${f.generator.hex(32, `value ${name}`)}.${f.generator.lower(10, "validations")}.acm-validations.aws.`,
        }));
}
