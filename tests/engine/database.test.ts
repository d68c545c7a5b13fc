import * as pulumi from "@pulumi/pulumi";
import { Database, DatabaseArgs } from "../../components/database";
import { networkOver } from "../unit/network-fixture";
import { changes, InlineStack } from "./inline-program";

const instance = "aws:rds/instance:Instance";
const key = (name: string) => ({ arn: `arn:aws:kms:eu-central-1:123456789012:key/${name}` });
const required: DatabaseArgs = {
    network: networkOver(3),
    key: key("database"),
    secretsKey: key("secrets"),
    logsKey: key("logs"),
    instanceClass: "db.m8g.large",
    storageGib: 100,
    maxStorageGib: 1000,
    replicas: 1,
    deletionProtection: false,
};
const database =
    (more: Partial<DatabaseArgs> = {}) =>
    () =>
        new Database("database", { ...required, ...more });

jest.setTimeout(180_000);

describe("a database on the real engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        const made = await stack.up(database());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
    });

    afterAll(() => {
        stack.remove();
    });

    it("does not change when nothing does", async () => {
        const again = await stack.up(database());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it.each<[string, Partial<DatabaseArgs>, string[]]>([
        [
            "a larger class",
            { instanceClass: "db.m8g.xlarge" },
            ["database-primary: update", "database-replica-az1: update"],
        ],
        [
            "a higher storage ceiling",
            { maxStorageGib: 2000 },
            ["database-primary: update", "database-replica-az1: update"],
        ],
        ["no standby", { multiAz: false }, ["database-primary: update"]],
        ["longer backups", { backupRetentionDays: 35 }, ["database-primary: update"]],
        [
            "the next major version, once its replicas have been taken away",
            { engineVersion: "18", allowMajorVersionUpgrade: true, replicas: 0 },
            ["database-primary: update", "database-replica-az1: delete"],
        ],
        ["a new password", { passwordVersion: 2 }, ["database-primary: update"]],
        ["another replica", { replicas: 2 }, ["database-replica-az2: create"]],
        ["no replica", { replicas: 0 }, ["database-replica-az1: delete"]],
        [
            "the stage above",
            { instanceClass: "db.r8g.4xlarge", storageGib: 400, maxStorageGib: 4000, replicas: 3 },
            [
                "database-primary: update",
                "database-replica-az1: update",
                "database-replica-az2: create",
                "database-replica-az3: create",
            ],
        ],
    ])("changes in place for %s", async (_, more, expected) => {
        const planned = await stack.preview(database(more));
        expect(planned.ok).toBe(true);
        expect(changes(planned, instance)).toEqual(expected);
    });

    it.each<[string, Partial<DatabaseArgs>]>([
        ["another key", { key: key("another") }],
        ["another name of the database", { databaseName: "shop" }],
        ["another master user", { masterUser: "owner" }],
    ])("is replaced, and its replicas with it, for %s", async (_, more) => {
        const planned = await stack.preview(database(more));
        expect(planned.ok).toBe(true);
        expect(changes(planned, instance)).toEqual(
            expect.arrayContaining(["database-primary: replace", "database-replica-az1: replace"]),
        );
    });

    it("has a new parameter group before the old one goes, for a new major version", async () => {
        const planned = await stack.preview(
            database({ engineVersion: "18", allowMajorVersionUpgrade: true, replicas: 0 }),
        );
        expect(planned.ok).toBe(true);
        const group = planned.steps
            .filter(({ type }) => type === "aws:rds/parameterGroup:ParameterGroup")
            .map(({ op }) => op);
        expect(group.indexOf("create-replacement")).toBeGreaterThanOrEqual(0);
        expect(group.indexOf("create-replacement")).toBeLessThan(group.indexOf("delete-replaced"));
    });

    it("leaves the master password in clear in no file", async () => {
        let secret = "";
        const listening: pulumi.ComponentResourceOptions = {
            transformations: [
                ({ type, props }) => {
                    if (type === instance && props["passwordWo"] !== undefined) {
                        pulumi.unsecret(pulumi.output(props["passwordWo"] as pulumi.Output<string>)).apply((value) => {
                            secret = value;
                        });
                    }
                    return undefined;
                },
            ],
        };
        const made = await stack.up(() => new Database("database", { ...required, passwordVersion: 3 }, listening));
        expect(made.ok).toBe(true);
        expect(secret).toMatch(/^[A-Za-z0-9]{48}$/);
        expect(stack.filesText()).not.toContain(secret);
        expect(JSON.stringify(made)).not.toContain(secret);
        await expect(stack.state()).resolves.not.toContain(secret);
    });
});
