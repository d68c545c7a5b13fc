import { EncryptionKey } from "../../components/encryption-key";
import { EncryptionKeys, EncryptionKeysArgs } from "../../components/encryption-keys";
import { record, Registered } from "./harness";

const keyType = "aws:kms/key:Key";

interface Statement {
    Sid: string;
    Effect: string;
    Principal: Record<string, string> | string;
    Action: string | string[];
    Condition?: Record<string, Record<string, unknown>>;
}

const statementsOf = (registered: Registered, name: string): Statement[] =>
    (JSON.parse(String(registered.one(keyType, name).inputs["policy"])) as { Statement: Statement[] }).Statement;

const makeKeys = (args: Partial<EncryptionKeysArgs> = {}): Promise<Registered> =>
    record(() => new EncryptionKeys("keys", { region: "eu-central-1", ...args }));

describe("the encryption keys", () => {
    it("are one for each kind of data, rotated, and given thirty days between deletion and loss", async () => {
        const registered = await makeKeys();
        const keys = registered.ofType(keyType);
        expect(keys.map(({ name }) => name).sort()).toEqual([
            "keys-cache",
            "keys-database",
            "keys-edge-logs",
            "keys-edge-messages",
            "keys-images",
            "keys-logs",
            "keys-messages",
            "keys-objects",
            "keys-secrets",
        ]);
        for (const { inputs } of keys) {
            expect(inputs).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30, multiRegion: false });
        }
        expect(registered.ofType("aws:kms/alias:Alias")).toHaveLength(keys.length);
    });

    it("lie in the main region, but for those of the CDN", async () => {
        const registered = await makeKeys();
        const elsewhere = registered.ofType(keyType).filter(({ inputs }) => inputs["region"] !== "eu-central-1");
        expect(elsewhere.map(({ name, inputs }) => [name, inputs["region"]])).toEqual([
            ["keys-edge-logs", "us-east-1"],
            ["keys-edge-messages", "us-east-1"],
        ]);
    });

    it("are the same ones for the CDN where the main region is CloudFront's", async () => {
        let same = false;
        const registered = await record(() => {
            const keys = new EncryptionKeys("keys", { region: "us-east-1" });
            same = keys.edge.logs === keys.logs && keys.edge.messages === keys.messages;
        });
        expect(same).toBe(true);
        expect(registered.ofType(keyType)).toHaveLength(7);
    });

    it("never admit everybody, and let nobody of the account decrypt but through the services", async () => {
        const registered = await makeKeys();
        for (const { name } of registered.ofType(keyType)) {
            for (const { Principal, Action, Condition, Sid } of statementsOf(registered, name)) {
                expect(Principal).not.toBe("*");
                const reads = [Action]
                    .flat()
                    .some((action) => /Decrypt|GenerateDataKey|Encrypt|CreateGrant|^kms:\*$/.test(action));
                expect(`${name} ${Sid} ${reads && Condition === undefined ? "open" : "limited"}`).toBe(
                    `${name} ${Sid} limited`,
                );
            }
        }
    });

    it("can always be managed by the account's administrators", async () => {
        const registered = await makeKeys();
        for (const { name } of registered.ofType(keyType)) {
            expect(statementsOf(registered, name)).toContainEqual(
                expect.objectContaining({
                    Sid: "AllowAdministration",
                    Principal: { AWS: "arn:aws:iam::123456789012:root" },
                    Action: expect.arrayContaining(["kms:Put*", "kms:ScheduleKeyDeletion", "kms:Update*"]) as unknown,
                }),
            );
        }
    });

    it("let log groups of this account and region use the key of logs", async () => {
        const registered = await makeKeys();
        expect(statementsOf(registered, "keys-logs")).toContainEqual(
            expect.objectContaining({
                Principal: { Service: "logs.eu-central-1.amazonaws.com" },
                Condition: {
                    ArnLike: {
                        "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-central-1:123456789012:log-group:*",
                    },
                },
            }),
        );
        const edge = JSON.stringify(statementsOf(registered, "keys-edge-logs"));
        expect(edge).toContain("logs.us-east-1.amazonaws.com");
        expect(edge).not.toContain("eu-central-1");
    });

    it.each(["keys-messages", "keys-edge-messages"])("let alarms of this account publish under %s", async (name) => {
        const registered = await makeKeys();
        const alarms = statementsOf(registered, name).find(({ Sid }) => Sid === "AllowAlarms");
        expect(alarms).toMatchObject({
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
            Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
        });
    });

    it("let CloudFront read objects for distributions of this account, and write none", async () => {
        const registered = await makeKeys();
        expect(statementsOf(registered, "keys-objects")).toContainEqual({
            Sid: "AllowDistributions",
            Effect: "Allow",
            Principal: { Service: "cloudfront.amazonaws.com" },
            Action: "kms:Decrypt",
            Resource: "*",
            Condition: { ArnLike: { "aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/*" } },
        });
    });

    it("know both names in which ElastiCache calls", async () => {
        const registered = await makeKeys();
        expect(statementsOf(registered, "keys-cache")).toContainEqual(
            expect.objectContaining({
                Condition: {
                    StringEquals: {
                        "kms:ViaService": ["elasticache.eu-central-1.amazonaws.com", "dax.eu-central-1.amazonaws.com"],
                    },
                },
            }),
        );
    });

    it("let Fargate encrypt the disks of this account's clusters where that is asked for", async () => {
        const registered = await record(() => new EncryptionKey("disks", { purpose: "scratch", users: ["fargate"] }));
        expect(statementsOf(registered, "disks")).toContainEqual(
            expect.objectContaining({
                Principal: { Service: "fargate.amazonaws.com" },
                Condition: { StringEquals: { "kms:EncryptionContext:aws:ecs:clusterAccount": "123456789012" } },
            }),
        );
    });

    it("refuse a deletion window that KMS does not have", async () => {
        await record(() => {
            expect(
                () => new EncryptionKey("orders", { purpose: "orders", users: ["rds"], deletionWindowInDays: 3 }),
            ).toThrow("deletionWindowInDays is 3; allowed: a whole number of days from 7 to 30");
        });
    });

    it("take the provider's region when they are given none", async () => {
        const registered = await record(() => new EncryptionKey("orders", { purpose: "orders", users: ["rds"] }));
        expect(registered.one(keyType).inputs["region"]).toBeUndefined();
        expect(JSON.stringify(statementsOf(registered, "orders"))).toContain("rds.eu-central-1.amazonaws.com");
    });
});
