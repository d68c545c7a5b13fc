import { AssetBucket, AssetBucketArgs } from "../../components/asset-bucket";
import { combineBindings } from "../../components/binding";
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

    it("gives the application its name and key, and the right to read and write objects", async () => {
        let assets: AssetBucket | undefined;
        await record(() => {
            assets = makeAssets(makeLogs());
        }, outputs);
        const combined = combineBindings(assets === undefined ? [] : [assets]);
        expect(combined.environment.map(({ name }) => name)).toEqual(["ASSETS_BUCKET", "ASSETS_KEY_ARN"]);
        await expect(valueOf(combined.environment[0]?.value ?? "")).resolves.toBe("assets-0a1b2c3");
        expect(combined.permissions.map(({ sid }) => sid)).toEqual(["AssetsKey", "AssetsObjects"]);
        expect(combined.permissions.flatMap(({ actions }) => actions).filter((action) => action.includes("*"))).toEqual(
            [],
        );
    });

    it("has a runbook for each signal", async () => {
        let assets: AssetBucket | undefined;
        await record(() => {
            assets = makeAssets(makeLogs());
        }, outputs);
        expect(assets?.signals).toHaveLength(1);
        expect(missingRunbooks(assets?.signals ?? [])).toEqual([]);
    });

    it.each<Partial<AssetBucketArgs>>([{ servedPrefix: "/assets" }, { servedPrefix: "" }, { undeleteDays: 0 }])(
        "refuses %p",
        async (args) => {
            await record(() => {
                const logs = makeLogs();
                expect(() => new AssetBucket("assets", { key: { arn: "k" }, logs, ...args })).toThrow("1 problem");
            }, outputs);
        },
    );
});
