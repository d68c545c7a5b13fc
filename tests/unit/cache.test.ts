import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { alarmDefinition, signalProblems } from "../../components/alarm-definition";
import { combineBindings } from "../../components/binding";
import { Cache, CacheArgs } from "../../components/cache";
import { CacheShardMetrics, nodeSuffix, shardNodes } from "../../components/cache-metrics";
import { shardSignals } from "../../components/cache-signals";
import { survival } from "../../components/failure-domain";
import { isMetricMath, metricsOf } from "../../components/signal";
import { record, Registered, valueOf } from "./harness";
import { networkOver } from "./network-fixture";

const required: CacheArgs = {
    network: networkOver(3),
    key: { arn: "key-cache" },
    secretsKey: { arn: "key-secrets" },
    logsKey: { arn: "key-logs" },
    nodeType: "cache.r8g.large",
};
const group = "aws:elasticache/replicationGroup:ReplicationGroup";
const user = "aws:elasticache/user:User";
const answers = {
    "random:index/randomId:RandomId": (_: Record<string, unknown>, name: string) => ({ hex: `hex(${name})` }),
    "random:index/randomPassword:RandomPassword": (_: Record<string, unknown>, name: string) => ({
        result: `secret(${name})`,
    }),
    [group]: () => ({ configurationEndpointAddress: "clustercfg.cache.amazonaws.com" }),
};

async function build(more: Partial<CacheArgs> = {}): Promise<{ registered: Registered; cache: Cache }> {
    let made: Cache | undefined;
    const registered = await record(() => {
        made = new Cache("cache", { ...required, ...more });
    }, answers);
    if (made === undefined) {
        throw new Error("the program made no cache");
    }
    return { registered, cache: made };
}

describe("the resources of a cache", () => {
    const cases: [string, Partial<CacheArgs>, string, string, Record<string, unknown>][] = [
        [
            "is a Valkey cluster from the first shard on",
            {},
            group,
            "cache",
            {
                engine: "valkey",
                engineVersion: "8.2",
                clusterMode: "enabled",
                numNodeGroups: 1,
                replicasPerNodeGroup: 1,
            },
        ],
        [
            "spans zones and fails over where it has replicas",
            {},
            group,
            "cache",
            { multiAzEnabled: true, automaticFailoverEnabled: true },
        ],
        [
            "keeps failover, which cluster mode demands, but not Multi-AZ without replicas",
            { replicasPerShard: 0 },
            group,
            "cache",
            { multiAzEnabled: false, automaticFailoverEnabled: true },
        ],
        [
            "is encrypted at rest with the key that is given, and refuses connections without TLS",
            {},
            group,
            "cache",
            {
                atRestEncryptionEnabled: true,
                kmsKeyId: "key-cache",
                transitEncryptionEnabled: true,
                transitEncryptionMode: "required",
            },
        ],
        [
            "is reached by users of one group alone",
            {},
            group,
            "cache",
            { userGroupIds: ["cache-users-hex(cache-default-id)"] },
        ],
        [
            "keeps snapshots, also a last one",
            { snapshotRetentionDays: 3 },
            group,
            "cache",
            { snapshotRetentionLimit: 3, finalSnapshotIdentifier: "cache-hex(cache-id)-final" },
        ],
        [
            "has parameters of its version's family, with cluster mode on",
            { engineVersion: "9.0" },
            "aws:elasticache/parameterGroup:ParameterGroup",
            "cache-parameters",
            {
                family: "valkey9",
                parameters: [
                    { name: "cluster-enabled", value: "yes" },
                    { name: "maxmemory-policy", value: "allkeys-lru" },
                ],
            },
        ],
        [
            "has a default user that may do nothing",
            {},
            user,
            "cache-default",
            { userName: "default", accessString: "off ~* -@all" },
        ],
        [
            "has an application's user without dangerous commands",
            {},
            user,
            "cache-app",
            { engine: "valkey", accessString: "on ~* &* +@all -@dangerous +info" },
        ],
        [
            "has a user whose id is its name where it authenticates by IAM",
            { authentication: "iam" },
            user,
            "cache-app",
            {
                authenticationMode: { type: "iam" },
                userId: "cache-app-hex(cache-app-id)",
                userName: "cache-app-hex(cache-app-id)",
            },
        ],
    ];

    it.each(cases)("%s", async (_, args, type, name, expected) => {
        const { registered } = await build(args);
        expect(registered.one(type, name).inputs).toMatchObject(expected);
    });

    it("writes slow commands and the engine's words to a log group each, as JSON", async () => {
        const { registered } = await build();
        const groups = registered.ofType("aws:cloudwatch/logGroup:LogGroup");
        expect(groups.map(({ inputs }) => inputs["kmsKeyId"])).toEqual(["key-logs", "key-logs"]);
        expect(registered.one(group).inputs["logDeliveryConfigurations"]).toEqual(
            ["slow-log", "engine-log"].map((logType) => ({
                logType,
                logFormat: "json",
                destinationType: "cloudwatch-logs",
                destination: `/aws/elasticache/cache-hex(cache-${logType}-id)/${logType}`,
            })),
        );
    });

    it("takes no last snapshot where it takes none at all", async () => {
        const { registered } = await build({ snapshotRetentionDays: 0 });
        expect(registered.one(group).inputs).not.toHaveProperty("finalSnapshotIdentifier");
    });

    it("opens nothing by itself", async () => {
        const { registered } = await build();
        const { inputs } = registered.one("aws:ec2/securityGroup:SecurityGroup");
        expect(inputs).not.toHaveProperty("ingress");
        expect(inputs).not.toHaveProperty("egress");
    });

    it("makes no password where it authenticates by IAM, but for the user that nobody is", async () => {
        const { registered } = await build({ authentication: "iam" });
        expect(registered.ofType("random:index/randomPassword:RandomPassword").map(({ name }) => name)).toEqual([
            "cache-default-password",
        ]);
        expect(registered.ofType("aws:secretsmanager/secret:Secret")).toEqual([]);
    });

    it("hands passwords over write-only and marked as secret", async () => {
        const { registered } = await build();
        const secret = (value: string) => ({ [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value });
        expect(registered.one(user, "cache-app").inputs["passwordsWo"]).toEqual(secret("secret(cache-app-password)"));
        expect(registered.one(user, "cache-default").inputs["passwordsWo"]).toEqual(
            secret("secret(cache-default-password)"),
        );
        const holders = registered.resources.filter(({ inputs }) =>
            JSON.stringify(inputs).includes("secret(cache-app-password)"),
        );
        expect(holders.map(({ type }) => type).sort()).toEqual([
            user,
            "aws:secretsmanager/secretVersion:SecretVersion",
        ]);
    });
});

describe("the binding of a cache", () => {
    it("names the cluster and hands the password over by reference", async () => {
        const { cache } = await build();
        const { environment, secrets } = combineBindings([cache]);
        const variables = await Promise.all(environment.map(async ({ name, value }) => [name, await valueOf(value)]));
        expect(Object.fromEntries(variables)).toEqual({
            CACHE_ENDPOINT: "clustercfg.cache.amazonaws.com:6379",
            CACHE_TLS: "on",
            CACHE_MODE: "cluster",
            CACHE_USER: "cache-app-hex(cache-app-id)",
            CACHE_AUTH: "password",
        });
        expect(secrets).toHaveLength(1);
        expect(secrets[0]).toMatchObject({ variable: "CACHE_PASSWORD", field: "password", keyArn: "key-secrets" });
        expect(cache.binding.permissions).toEqual([]);
    });

    it("allows the application's user on this cache alone where it authenticates by IAM", async () => {
        const { cache } = await build({ authentication: "iam" });
        expect(cache.binding.secrets).toEqual([]);
        const [permission] = cache.binding.permissions;
        expect(permission).toMatchObject({ sid: "CacheConnect", actions: ["elasticache:Connect"] });
        await expect(Promise.all((permission?.resources ?? []).map((arn) => valueOf(arn)))).resolves.toEqual([
            "arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:cache-hex(cache-id)",
            "arn:aws:elasticache:eu-central-1:123456789012:user:cache-app-hex(cache-app-id)",
        ]);
    });
});

describe("the metrics of a shard", () => {
    it("are those of its nodes, by the names that ElastiCache gives them", async () => {
        expect(shardNodes(2, 1).map(nodeSuffix)).toEqual(["0002-001", "0002-002"]);
        const { cache } = await build({ shards: 2 });
        const metric = cache.shardMetrics[1]?.engineCpu();
        await expect(valueOf(metric?.metrics["node2"]?.dimensions["CacheClusterId"] ?? "")).resolves.toBe(
            "cache-hex(cache-id)-0002-002",
        );
    });

    it("fit into an alarm, with every name in a formula known, for any number of replicas", () => {
        fc.assert(
            fc.property(
                fc.integer({ min: 1, max: 250 }),
                fc.integer({ min: 0, max: 5 }),
                fc.boolean(),
                (shard, replicas, evicting) => {
                    const metrics = new CacheShardMetrics("cache-1", shard, replicas, "cache");
                    for (const signal of shardSignals("cache-shard-1", metrics, replicas, evicting)) {
                        expect(signalProblems(signal)).toEqual([]);
                        const known = Object.keys(metricsOf(signal.metric));
                        const named = isMetricMath(signal.metric)
                            ? (signal.metric.expression.match(/[a-z]\w*/g) ?? [])
                            : known;
                        expect([...new Set(named)].sort()).toEqual(known.sort());
                        expect(alarmDefinition(signal, "docs/runbooks").metricQueries).toHaveLength(known.length + 1);
                    }
                },
            ),
        );
    });
});

describe("the signals and the failure domain of a cache", () => {
    it("watch each shard by itself", async () => {
        const { cache } = await build({ shards: 2 });
        const names = cache.signals.map(({ name }) => name);
        expect(names).toEqual(
            expect.arrayContaining(["cache-shard-1-engine-cpu", "cache-shard-2-engine-cpu", "cache-shard-2-nodes"]),
        );
        expect(new Set(names).size).toBe(names.length);
    });

    it("wake somebody up over full memory only where writes would fail", async () => {
        const memory = async (evictionPolicy: string) =>
            (await build({ evictionPolicy })).cache.signals.find(({ name }) => name === "cache-shard-1-memory")
                ?.severity;
        await expect(memory("allkeys-lru")).resolves.toBe("ticket");
        await expect(memory("noeviction")).resolves.toBe("page");
    });

    it("watch no replication where there is none", async () => {
        const { cache } = await build({ replicasPerShard: 0 });
        expect(cache.signals.map(({ name }) => name)).not.toContain("cache-shard-1-replication-lag");
    });

    it.each([
        [{ shards: 1, replicasPerShard: 1 }, true],
        [{ shards: 3, replicasPerShard: 1 }, true],
        [{ shards: 2, replicasPerShard: 2 }, true],
        [{ shards: 1, replicasPerShard: 0 }, false],
        [{ shards: 3, replicasPerShard: 0 }, false],
    ])("with %j a lost zone leaves enough: %p", async (args, enough) => {
        const { cache } = await build(args);
        expect(survival(cache.failureDomain).afterZone.enough).toBe(enough);
    });
});

describe("bad arguments of a cache", () => {
    it("are all named at once, before any resource is registered", async () => {
        let message = "";
        const registered = await record(() => {
            try {
                new Cache("a-name-that-is-far-too-long", {
                    ...required,
                    network: networkOver(1),
                    nodeType: "r8g.large",
                    shards: 0,
                    replicasPerShard: 6,
                    engineVersion: "8",
                    evictionPolicy: "lru",
                    snapshotRetentionDays: 36,
                    logRetentionDays: 2,
                });
            } catch (error) {
                message = String(error);
            }
        });
        for (const setting of [
            "name",
            "nodeType",
            "shards",
            "replicasPerShard",
            "engineVersion",
            "evictionPolicy",
            "snapshotRetentionDays",
            "logRetentionDays",
            "network.isolatedSubnets",
        ]) {
            expect(message).toMatch(new RegExp(`^  - ${setting} is .*; allowed: .*; write for example: `, "m"));
        }
        expect(registered.resources.map(({ type }) => type)).toEqual([
            "pulumi:pulumi:Stack",
            "headroom:components:Cache",
        ]);
    });
});
