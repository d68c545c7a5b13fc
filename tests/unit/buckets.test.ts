import * as pulumi from "@pulumi/pulumi";
import { AssetBucket, AssetBucketArgs } from "../../components/asset-bucket";
import { combineBindings, ServiceBinding } from "../../components/binding";
import { LogBucket } from "../../components/log-bucket";
import { makeAssets, makeLogs, outputs } from "./edge-fixture";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

interface Statement {
    Sid: string;
    Effect: string;
    Resource: string | string[];
    Condition?: Record<string, Record<string, string>>;
}

const statementsOf = (registered: Registered, name: string): Statement[] =>
    (
        JSON.parse(String(registered.one("aws:s3/bucketPolicy:BucketPolicy", name).inputs["policy"])) as {
            Statement: Statement[];
        }
    ).Statement;

const make = (): Promise<Registered> => record(() => makeAssets(makeLogs()), outputs);

async function makeBucket(): Promise<AssetBucket> {
    let assets: AssetBucket | undefined;
    await record(() => {
        assets = makeAssets(makeLogs());
    }, outputs);
    return assets as AssetBucket;
}

describe.each(["assets", "access-logs"])("the bucket of %s", (name) => {
    it("is private, versioned, without access lists, and never emptied by the program", async () => {
        const registered = await make();
        expect(registered.one("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name).inputs).toMatchObject({
            blockPublicAcls: true,
            blockPublicPolicy: true,
            ignorePublicAcls: true,
            restrictPublicBuckets: true,
        });
        expect(registered.one("aws:s3/bucketVersioning:BucketVersioning", name).inputs).toMatchObject({
            versioningConfiguration: { status: "Enabled" },
        });
        expect(registered.one("aws:s3/bucketOwnershipControls:BucketOwnershipControls", name).inputs).toMatchObject({
            rule: { objectOwnership: "BucketOwnerEnforced" },
        });
        const bucket = registered.one("aws:s3/bucket:Bucket", name).inputs;
        expect([bucket["forceDestroy"], bucket["bucket"]]).toEqual([undefined, undefined]);
    });

    it("refuses requests without TLS, to the bucket and to its objects", async () => {
        const registered = await make();
        expect(statementsOf(registered, name)[0]).toMatchObject({
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [`arn:aws:s3:::${name}-0a1b2c3`, `arn:aws:s3:::${name}-0a1b2c3/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
        });
    });
});

describe("the log bucket", () => {
    it("is encrypted with S3's own keys, since load balancers write to nothing else", async () => {
        const registered = await make();
        const encryption = registered.one(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "access-logs",
        );
        expect(encryption.inputs["rules"]).toEqual([
            { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" }, bucketKeyEnabled: false },
        ]);
    });

    it("deletes logs after the days that it is told", async () => {
        const registered = await record(() => new LogBucket("logs", { retentionDays: 14 }), outputs);
        expect(
            registered.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration").inputs["rules"],
        ).toMatchObject([{ status: "Enabled", expiration: { days: 14 } }]);
    });

    it("lets each service write for this account's resources only", async () => {
        const registered = await make();
        const allowing = statementsOf(registered, "access-logs").filter(({ Effect }) => Effect === "Allow");
        expect(allowing.map(({ Sid }) => Sid)).toEqual(["AllowLoadBalancers", "AllowVendedLogs", "AllowBuckets"]);
        for (const { Condition } of allowing) {
            expect(JSON.stringify(Condition)).toContain("123456789012");
        }
    });

    it.each([0, 1.5])("refuses to keep logs for %p days", async (retentionDays) => {
        await record(() => {
            expect(() => new LogBucket("logs", { retentionDays })).toThrow("retentionDays");
        });
    });
});

describe("the asset bucket", () => {
    it("is encrypted under the customer key, with one data key for many objects", async () => {
        const registered = await make();
        const encryption = registered.one(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "assets",
        );
        expect(encryption.inputs["rules"]).toEqual([
            {
                applyServerSideEncryptionByDefault: {
                    sseAlgorithm: "aws:kms",
                    kmsMasterKeyId: "arn:aws:kms:eu-central-1:123456789012:key/objects",
                },
                bucketKeyEnabled: true,
            },
        ]);
    });

    it("refuses an object that asks for another encryption, and takes one that asks for none", async () => {
        const registered = await make();
        const statement = statementsOf(registered, "assets").find(({ Sid }) => Sid === "DenyOtherEncryption");
        expect(statement?.Condition).toEqual({
            Null: { "s3:x-amz-server-side-encryption": "false" },
            StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
        });
    });

    it("shows CloudFront what lies below the served prefix, and nothing else", async () => {
        const registered = await make();
        expect(statementsOf(registered, "assets").find(({ Sid }) => Sid === "AllowDistributions")).toMatchObject({
            Action: "s3:GetObject",
            Resource: "arn:aws:s3:::assets-0a1b2c3/assets/*",
            Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*" } },
        });
    });

    it("has its requests recorded in the log bucket", async () => {
        const registered = await make();
        expect(registered.one("aws:s3/bucketLogging:BucketLogging").inputs).toMatchObject({
            targetBucket: "access-logs-0a1b2c3",
            targetPrefix: "buckets/assets/",
        });
    });

    it("lets a service put uploads and nothing else, and a worker read them and write what is served", async () => {
        const { uploader, publisher } = await makeBucket();
        const allowed = async ({ permissions }: ServiceBinding) => {
            const statements = permissions.map(async ({ actions, resources }) => [
                actions.join(" "),
                await valueOf(pulumi.all([...resources])),
            ]);
            return Object.fromEntries(await Promise.all(statements)) as Record<string, string[]>;
        };
        const key = ["arn:aws:kms:eu-central-1:123456789012:key/objects"];
        await expect(allowed(uploader)).resolves.toEqual({
            "s3:PutObject": ["arn:aws:s3:::assets-0a1b2c3/uploads/*"],
            "kms:GenerateDataKey": key,
        });
        await expect(allowed(publisher)).resolves.toEqual({
            "s3:GetObject": ["arn:aws:s3:::assets-0a1b2c3/uploads/*"],
            "s3:ListBucket": ["arn:aws:s3:::assets-0a1b2c3"],
            "s3:PutObject": ["arn:aws:s3:::assets-0a1b2c3/assets/*"],
            "kms:Decrypt kms:GenerateDataKey": key,
        });
        // It is told what is missing of the uploads, and of nothing else.
        const listing = publisher.permissions.find(({ actions }) => actions.includes("s3:ListBucket"));
        expect(listing?.conditions).toEqual([{ test: "StringLike", variable: "s3:prefix", values: ["uploads/*"] }]);
        for (const { permissions } of [uploader, publisher]) {
            const onKey = permissions.filter(({ actions }) => actions.some((action) => action.startsWith("kms:")));
            expect(onKey.map(({ conditions }) => conditions?.[0]?.variable)).toEqual(["kms:ViaService"]);
        }
    });

    it("gives both its name, and the worker the prefix that is served", async () => {
        const { uploader, publisher } = await makeBucket();
        expect(Object.keys(uploader.environment)).toEqual(["ASSETS_BUCKET"]);
        await expect(valueOf(uploader.environment["ASSETS_BUCKET"] ?? "")).resolves.toBe("assets-0a1b2c3");
        expect(Object.keys(publisher.environment)).toEqual(["ASSETS_BUCKET", "ASSETS_SERVED_PREFIX"]);
        expect(publisher.environment["ASSETS_SERVED_PREFIX"]).toBe("assets/");
        // One process may do both.
        expect(combineBindings([uploader, publisher]).permissions).toHaveLength(6);
    });

    it("forgets uploads after three weeks, and what was begun and never ended after one", async () => {
        const registered = await make();
        const { inputs } = registered.one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "assets");
        expect(inputs["rules"]).toMatchObject([
            { status: "Enabled", filter: {}, abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
            {
                status: "Enabled",
                filter: { prefix: "uploads/" },
                expiration: { days: 21 },
                noncurrentVersionExpiration: { noncurrentDays: 1 },
            },
        ]);
    });

    it("takes forms from pages of the origins that it is told, and from no others", async () => {
        const registered = await record(() => {
            makeAssets(makeLogs()).admitUploadsFrom(["https://shop.example.com"]);
        }, outputs);
        const { inputs } = registered.one("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration");
        expect(inputs["corsRules"]).toMatchObject([
            { allowedOrigins: ["https://shop.example.com"], allowedMethods: ["POST"] },
        ]);
        const silent = await make();
        expect(silent.ofType("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")).toEqual([]);
    });

    it("has a runbook for each signal", async () => {
        let assets: AssetBucket | undefined;
        await record(() => {
            assets = makeAssets(makeLogs());
        }, outputs);
        expect(assets?.signals).toHaveLength(1);
        expect(missingRunbooks(assets?.signals ?? [])).toEqual([]);
    });

    it.each<Partial<AssetBucketArgs>>([
        { servedPrefix: "/assets" },
        { servedPrefix: "" },
        { undeleteDays: 0 },
        { uploadDays: 0.5 },
        { uploadPrefix: "uploads" },
        { uploadPrefix: "assets/uploads/" },
    ])("refuses %p", async (args) => {
        await record(() => {
            const logs = makeLogs();
            expect(() => new AssetBucket("assets", { key: { arn: "k" }, logs, ...args })).toThrow("1 problem");
        }, outputs);
    });
});
