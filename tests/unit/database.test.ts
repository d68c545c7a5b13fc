import * as pulumi from "@pulumi/pulumi";
import { combineBindings } from "../../components/binding";
import { Database, DatabaseArgs } from "../../components/database";
import { survival } from "../../components/failure-domain";
import { record, Registered, valueOf } from "./harness";
import { networkOver } from "./network-fixture";

const required: DatabaseArgs = {
    network: networkOver(3),
    key: { arn: "key-database" },
    secretsKey: { arn: "key-secrets" },
    logsKey: { arn: "key-logs" },
    instanceClass: "db.m8g.large",
    storageGib: 100,
    maxStorageGib: 1000,
};
const instance = "aws:rds/instance:Instance";
const password = "a-password-that-nobody-may-see";

/** What AWS and the random provider answer. */
const answers = {
    "random:index/randomId:RandomId": (_: Record<string, unknown>, name: string) => ({ hex: `hex(${name})` }),
    "random:index/randomPassword:RandomPassword": () => ({ result: password }),
    [instance]: (_: Record<string, unknown>, name: string) => ({
        address: `${name}.rds`,
        endpoint: `${name}.rds:5432`,
        resourceId: `db-${name}`,
    }),
};

async function build(more: Partial<DatabaseArgs> = {}): Promise<{ registered: Registered; database: Database }> {
    let made: Database | undefined;
    const registered = await record(() => {
        made = new Database("database", { ...required, ...more });
    }, answers);
    if (made === undefined) {
        throw new Error("the program made no database");
    }
    return { registered, database: made };
}

describe("the resources of a database", () => {
    it("leave the figures of a small volume out, since RDS refuses any", async () => {
        const { registered } = await build();
        expect(registered.one(instance, "database-primary").inputs).not.toHaveProperty("iops");
    });

    const cases: [string, Partial<DatabaseArgs>, string, string, Record<string, unknown>][] = [
        ["is Multi-AZ unless told otherwise", {}, instance, "database-primary", { multiAz: true }],
        ["is in one zone when told so", { multiAz: false }, instance, "database-primary", { multiAz: false }],
        [
            "is encrypted with the key that is given, storage and insights alike",
            {},
            instance,
            "database-primary",
            { storageEncrypted: true, kmsKeyId: "key-database", performanceInsightsKmsKeyId: "key-database" },
        ],
        [
            "spells out the figures of a striped volume, which the provider would send wrongly when it grows to one",
            { storageGib: 1000, maxStorageGib: 5000, replicas: 0 },
            instance,
            "database-primary",
            { iops: 12000, storageThroughput: 500 },
        ],
        [
            "applies a major upgrade at once, so that its old parameter group can go",
            { allowMajorVersionUpgrade: true },
            instance,
            "database-primary",
            { allowMajorVersionUpgrade: true, applyImmediately: true },
        ],
        [
            "pins the major version only and takes minor ones by itself",
            {},
            instance,
            "database-primary",
            { engine: "postgres", engineVersion: "17", autoMinorVersionUpgrade: true, allowMajorVersionUpgrade: false },
        ],
        [
            "grows its storage up to the ceiling",
            {},
            instance,
            "database-primary",
            { storageType: "gp3", allocatedStorage: 100, maxAllocatedStorage: 1000 },
        ],
        [
            "cannot be reached from outside and authenticates by IAM",
            {},
            instance,
            "database-primary",
            { publiclyAccessible: false, iamDatabaseAuthenticationEnabled: true },
        ],
        [
            "leaves a snapshot with a random suffix, and its backups, behind",
            {},
            instance,
            "database-primary",
            {
                skipFinalSnapshot: false,
                finalSnapshotIdentifier: "database-final-hex(database-primary-id)",
                deleteAutomatedBackups: false,
                deletionProtection: true,
            },
        ],
        [
            "keeps 15 months of insights in the advanced mode",
            { insights: "advanced" },
            instance,
            "database-primary",
            { databaseInsightsMode: "advanced", performanceInsightsRetentionPeriod: 465 },
        ],
        [
            "has a parameter group of its version's family",
            { engineVersion: "18" },
            "aws:rds/parameterGroup:ParameterGroup",
            "database-parameters",
            { family: "postgres18" },
        ],
        [
            "lies in the isolated subnets",
            {},
            "aws:rds/subnetGroup:SubnetGroup",
            "database-subnets",
            { subnetIds: ["subnet-isolated-1", "subnet-isolated-2", "subnet-isolated-3"] },
        ],
        [
            "keeps the password under the secrets' key",
            {},
            "aws:secretsmanager/secret:Secret",
            "database-master",
            { kmsKeyId: "key-secrets", recoveryWindowInDays: 30 },
        ],
        [
            "owns the log group that RDS writes to",
            {},
            "aws:cloudwatch/logGroup:LogGroup",
            "database-primary-postgresql-log",
            {
                name: "/aws/rds/instance/database-primary-hex(database-primary-id)/postgresql",
                kmsKeyId: "key-logs",
                retentionInDays: 30,
            },
        ],
    ];

    it.each(cases)("%s", async (_, args, type, name, expected) => {
        const { registered } = await build(args);
        expect(registered.one(type, name).inputs).toMatchObject(expected);
    });

    it("has a log group for every log that an instance exports, under the instance's own identifier", async () => {
        const { registered } = await build({ replicas: 3 });
        const owned = registered.ofType("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => inputs["name"]);
        const exported = registered
            .ofType(instance)
            .flatMap(({ inputs }) =>
                (inputs["enabledCloudwatchLogsExports"] as string[]).map(
                    (log) => `/aws/rds/instance/${String(inputs["identifier"])}/${log}`,
                ),
            );
        expect(owned.sort()).toEqual(exported.sort());
    });

    it("refuses connections without TLS by its parameter group, at a reboot as AWS reports it", async () => {
        const { registered } = await build();
        expect(registered.one("aws:rds/parameterGroup:ParameterGroup").inputs["parameters"]).toContainEqual({
            name: "rds.force_ssl",
            value: "1",
            applyMethod: "pending-reboot",
        });
    });

    it("has a security group without rules of its own", async () => {
        const { registered } = await build();
        const group = registered.one("aws:ec2/securityGroup:SecurityGroup").inputs;
        expect(Object.keys(group)).not.toEqual(expect.arrayContaining(["ingress"]));
        expect(Object.keys(group)).not.toEqual(expect.arrayContaining(["egress"]));
    });

    it("makes no monitoring role where enhanced monitoring is off", async () => {
        const { registered } = await build({ enhancedMonitoringSeconds: 0 });
        expect(registered.ofType("aws:iam/role:Role")).toEqual([]);
        expect(registered.one(instance).inputs).toMatchObject({ monitoringInterval: 0 });
    });

    it("does not ask for growth where the ceiling is the floor", async () => {
        const { registered } = await build({ maxStorageGib: 100 });
        expect(registered.one(instance).inputs).not.toHaveProperty("maxAllocatedStorage");
    });

    it("tags everything that can carry tags with its name and the component's tags", async () => {
        const { registered } = await build({ replicas: 1, tags: { Stage: "start" } });
        const untaggable = [
            "random:",
            "pulumi:",
            "headroom:",
            "aws:secretsmanager/secretVersion",
            "aws:iam/rolePolicyAttachment",
        ];
        const taggable = registered.resources.filter(({ type }) => !untaggable.some((start) => type.startsWith(start)));
        expect(taggable.length).toBeGreaterThan(8);
        for (const resource of taggable) {
            expect(resource.inputs["tags"]).toEqual({ Stage: "start", Name: resource.name });
        }
    });
});

describe("the master password", () => {
    it("reaches AWS through write-only arguments alone, always as a secret", async () => {
        const { registered } = await build({ replicas: 1 });
        const holders = registered.resources.filter(({ inputs }) => JSON.stringify(inputs).includes(password));
        expect(holders.map(({ name, type }) => `${type} ${name}`).sort()).toEqual([
            `${instance} database-primary`,
            "aws:secretsmanager/secretVersion:SecretVersion database-master",
        ]);
        // The engine's mark of a secret: whatever holds it is encrypted in the state and masked in every output.
        expect(registered.one(instance, "database-primary").inputs["passwordWo"]).toEqual({
            [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig,
            value: password,
        });
        expect(registered.one(instance, "database-primary").inputs).not.toHaveProperty("password");
        expect(registered.one("aws:secretsmanager/secretVersion:SecretVersion").inputs).not.toHaveProperty(
            "secretString",
        );
    });

    it("is a new one in RDS and in the secret when its version is raised", async () => {
        const { registered } = await build({ passwordVersion: 2 });
        expect(registered.one("random:index/randomPassword:RandomPassword").inputs).toMatchObject({
            keepers: { version: "2" },
        });
        expect(registered.one(instance).inputs).toMatchObject({ passwordWoVersion: 2 });
        expect(registered.one("aws:secretsmanager/secretVersion:SecretVersion").inputs).toMatchObject({
            secretStringWoVersion: 2,
        });
    });
});

describe("read replicas", () => {
    it("leave out what they take from their source", async () => {
        const { registered } = await build({ replicas: 1 });
        const replica = registered.one(instance, "database-replica-az1").inputs;
        for (const inherited of [
            "username",
            "passwordWo",
            "dbName",
            "engine",
            "engineVersion",
            "allocatedStorage",
            "kmsKeyId",
            "finalSnapshotIdentifier",
            "dbSubnetGroupName",
        ]) {
            expect(replica).not.toHaveProperty(inherited);
        }
        expect(replica).toMatchObject({
            replicateSourceDb: "database-primary-hex(database-primary-id)",
            iamDatabaseAuthenticationEnabled: true,
            storageEncrypted: true,
            skipFinalSnapshot: true,
        });
    });

    it("lie in different zones, each explicit", async () => {
        const { registered } = await build({ replicas: 3 });
        const zones = registered
            .ofType(instance)
            .filter(({ inputs }) => "replicateSourceDb" in inputs)
            .map(({ name, inputs }) => [name, inputs["availabilityZone"]]);
        expect(zones).toEqual([
            ["database-replica-az1", "eu-central-1a"],
            ["database-replica-az2", "eu-central-1b"],
            ["database-replica-az3", "eu-central-1c"],
        ]);
    });
});

describe("the bindings of a database", () => {
    it("give the writer's host to those who write", async () => {
        const { database } = await build();
        const { environment } = database.writer;
        await expect(valueOf(environment["DATABASE_WRITER_HOST"] ?? "")).resolves.toBe("database-primary.rds");
        expect(environment).toMatchObject({
            DATABASE_PORT: "5432",
            DATABASE_NAME: "app",
            DATABASE_USER: "app",
            DATABASE_AUTH: "iam",
            DATABASE_REGION: "eu-central-1",
            DATABASE_TLS: "verify-full",
        });
    });

    it("give the list of replicas to those who read, and the writer where there are none", async () => {
        const alone = await build();
        await expect(valueOf(alone.database.reader.environment["DATABASE_READER_HOSTS"] ?? "")).resolves.toBe(
            "database-primary.rds:5432",
        );
        const spread = await build({ replicas: 2 });
        await expect(valueOf(spread.database.reader.environment["DATABASE_READER_HOSTS"] ?? "")).resolves.toBe(
            "database-replica-az1.rds:5432,database-replica-az2.rds:5432",
        );
    });

    it("allow the application's user on the instances concerned, by their resource ids", async () => {
        const { database } = await build({ replicas: 1, applicationUser: "shop" });
        const resources = async (binding: typeof database.writer) =>
            Promise.all(binding.permissions.flatMap((permission) => permission.resources.map((arn) => valueOf(arn))));
        const arn = (id: string) => `arn:aws:rds-db:eu-central-1:123456789012:dbuser:db-${id}/shop`;
        await expect(resources(database.writer)).resolves.toEqual([arn("database-primary")]);
        await expect(resources(database.reader)).resolves.toEqual([
            arn("database-primary"),
            arn("database-replica-az1"),
        ]);
    });

    it("give migrations the owner, whose password comes from its secret, and the name of the application's user", async () => {
        const { database } = await build({ masterUser: "root_user", applicationUser: "shop" });
        const { environment, secrets, connections, permissions } = database.owner;
        await expect(valueOf(environment["DATABASE_WRITER_HOST"] ?? "")).resolves.toBe("database-primary.rds");
        expect(environment).toMatchObject({
            DATABASE_USER: "root_user",
            DATABASE_AUTH: "password",
            DATABASE_APPLICATION_USER: "shop",
            DATABASE_TLS: "verify-full",
        });
        expect(secrets).toEqual([expect.objectContaining({ variable: "DATABASE_PASSWORD", field: "password" })]);
        expect(connections).toEqual(database.writer.connections);
        // The password is all that it takes: no token for the master user.
        expect(permissions).toEqual([]);
    });

    it("keep the owner from the application: neither of its bindings knows a secret, and the owner's contradicts both", async () => {
        const { database } = await build();
        expect([...database.writer.secrets, ...database.reader.secrets]).toEqual([]);
        expect(() => combineBindings([database.writer, database.owner])).toThrow("variable DATABASE_USER is set by");
    });

    it("combine into one connection and no contradiction", async () => {
        const { database } = await build({ replicas: 1 });
        const combined = combineBindings([database.writer, database.reader]);
        expect(combined.connections).toHaveLength(1);
        expect(combined.permissions.map(({ sid }) => sid)).toEqual(["DatabaseConnectReader", "DatabaseConnectWriter"]);
        expect(combined.secrets).toEqual([]);
    });
});

describe("the signals and failure domains of a database", () => {
    it("watch each replica's lag and replication, and the log it holds back", async () => {
        const { database } = await build({ replicas: 2 });
        expect(database.signals.map(({ name }) => name)).toEqual(
            expect.arrayContaining([
                "database-replica-az1-lag",
                "database-replica-az1-replication",
                "database-replica-az2-lag",
                "database-replication-slot",
            ]),
        );
        expect(database.signals.find(({ name }) => name === "database-replica-az1-lag")?.threshold).toBe(300);
    });

    it("watch CPU credits only where there are some", async () => {
        const names = async (instanceClass: string) =>
            (await build({ instanceClass })).database.signals.map(({ name }) => name);
        expect(await names("db.t4g.medium")).toContain("database-cpu-credits");
        expect(await names("db.m8g.large")).not.toContain("database-cpu-credits");
    });

    it("survive a zone with a standby, and do not without", async () => {
        const standby = survival((await build()).database.failureDomain);
        expect(standby.afterZone).toEqual({ left: 1, enough: true });
        const alone = survival((await build({ multiAz: false })).database.failureDomain);
        expect(alone.afterUnit).toEqual({ left: 0, enough: false });
    });

    it("count replicas as a tier of their own", async () => {
        const { database } = await build({ replicas: 3, neededReplicas: 2 });
        expect(database.readerFailureDomain).toEqual({
            tier: "database-replicas",
            unit: "replica",
            units: 3,
            zones: 3,
            needed: 2,
        });
        expect((await build()).database.readerFailureDomain).toBeUndefined();
    });
});

describe("bad arguments of a database", () => {
    /** The message, and what was registered besides the component itself. */
    async function refusal(name: string, args: DatabaseArgs): Promise<{ message: string; children: string[] }> {
        let message = "";
        const registered = await record(() => {
            try {
                new Database(name, args);
            } catch (error) {
                message = String(error);
            }
        });
        const children = registered.resources.filter(
            ({ component, type }) => !component && !type.startsWith("pulumi:"),
        );
        return { message, children: children.map((child) => child.name) };
    }

    it("are all named at once, before any resource is registered", async () => {
        const { message, children } = await refusal("Data_Base", {
            ...required,
            network: networkOver(1),
            engineVersion: "17.4",
            instanceClass: "m8g.large",
            storageGib: 10,
            maxStorageGib: 5,
            storageIops: 20000,
            replicas: 16,
            backupRetentionDays: 0,
            masterUser: "app",
            parameters: { "rds.force_ssl": "0" },
            logRetentionDays: 31,
            maintenanceWindow: "sun:02:30-sun:03:30",
        });
        for (const setting of [
            "name",
            "engineVersion",
            "instanceClass",
            "storageGib",
            "maxStorageGib",
            "storageIops",
            "replicas",
            "backupRetentionDays",
            "applicationUser",
            "parameters.rds.force_ssl",
            "logRetentionDays",
            "maintenanceWindow",
            "network.isolatedSubnets",
        ]) {
            expect(message).toMatch(new RegExp(`^  - ${setting} is .*; allowed: .*; write for example: `, "m"));
        }
        expect(children).toEqual([]);
    });

    it("include replicas without backups to start from", async () => {
        const { message } = await refusal("database", { ...required, replicas: 1, backupRetentionDays: 0 });
        expect(message).toContain("backupRetentionDays is 0; allowed: at least 1 with replicas");
    });
});
