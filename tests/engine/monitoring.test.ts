import { AlertTopic } from "../../components/alert-topic";
import { Cache } from "../../components/cache";
import { Database } from "../../components/database";
import { Monitoring } from "../../components/monitoring";
import { networkOver } from "../unit/network-fixture";
import { changes, InlineStack } from "./inline-program";

const alarm = "aws:cloudwatch/metricAlarm:MetricAlarm";
const key = (name: string, region = "eu-central-1") => ({ arn: `arn:aws:kms:${region}:123456789012:key/${name}` });
const shared = {
    network: networkOver(3),
    key: key("data"),
    secretsKey: key("secrets"),
    logsKey: key("logs"),
};

/** What a program that takes single components into a stack of its own looks like. */
const system =
    ({ replicas = 1, shards = 1 } = {}) =>
    () => {
        const topic = new AlertTopic("alerts", {
            region: "eu-central-1",
            key: key("messages"),
            edgeKey: key("messages", "us-east-1"),
            emails: ["on-call@example.com"],
        });
        const database = new Database("database", {
            ...shared,
            instanceClass: "db.m8g.large",
            storageGib: 100,
            maxStorageGib: 1000,
            replicas,
            deletionProtection: false,
        });
        const cache = new Cache("cache", { ...shared, nodeType: "cache.r7g.large", shards });
        new Monitoring("monitoring", {
            topic,
            region: "eu-central-1",
            sources: [database, cache],
            failureTiers: [...database.failureTiers, cache],
        });
    };

jest.setTimeout(180_000);

describe("monitoring on the real engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        const made = await stack.up(system());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
    });

    afterAll(() => {
        stack.remove();
    });

    it("does not change when nothing does", async () => {
        const again = await stack.up(system());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it("can be read by policy packs before anything exists: the topic's policy is known in a preview", async () => {
        const fresh = new InlineStack();
        const planned = await fresh.preview(system());
        fresh.remove();
        const policies = planned.steps.filter(({ type }) => type === "aws:sns/topicPolicy:TopicPolicy");
        expect(policies).toHaveLength(2);
        for (const { inputs } of policies) {
            expect(String(inputs?.["policy"])).toContain("cloudwatch.amazonaws.com");
        }
    });

    it("adds the alarms of a new replica and a new shard, and touches no other", async () => {
        const planned = await stack.preview(system({ replicas: 2, shards: 2 }));
        expect(planned.ok).toBe(true);
        const changed = changes(planned, alarm);
        expect(changed.length).toBeGreaterThan(5);
        for (const change of changed) {
            expect(change).toMatch(/^(database-replica-az2|cache-shard-2)-.*: create$/);
        }
        expect(changes(planned, "aws:cloudwatch/dashboard:Dashboard")).toEqual(["monitoring-dashboard: update"]);
    });

    it("leaves nothing behind", async () => {
        const gone = await stack.destroy();
        expect(gone.ok).toBe(true);
        const state = JSON.parse(await stack.state()) as { deployment: { resources?: unknown[] } };
        expect(state.deployment.resources ?? []).toEqual([]);
    });
});
