import { Cache, CacheArgs } from "../../components/cache";
import { networkOver } from "../unit/network-fixture";
import { changes, InlineStack } from "./inline-program";

const group = "aws:elasticache/replicationGroup:ReplicationGroup";
const user = "aws:elasticache/user:User";
const key = (name: string) => ({ arn: `arn:aws:kms:eu-central-1:123456789012:key/${name}` });
const required: CacheArgs = {
    network: networkOver(3),
    key: key("cache"),
    secretsKey: key("secrets"),
    logsKey: key("logs"),
    nodeType: "cache.t4g.medium",
};
const cache =
    (more: Partial<CacheArgs> = {}) =>
    () =>
        new Cache("cache", { ...required, ...more });

jest.setTimeout(180_000);

describe("a cache on the real engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        const made = await stack.up(cache());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
    });

    afterAll(() => {
        stack.remove();
    });

    it("does not change when nothing does", async () => {
        const again = await stack.up(cache());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it.each<[string, Partial<CacheArgs>]>([
        ["larger nodes", { nodeType: "cache.r7g.large" }],
        ["more shards", { shards: 3 }],
        ["more replicas", { replicasPerShard: 2 }],
        ["no replica", { replicasPerShard: 0 }],
        ["longer snapshots", { snapshotRetentionDays: 14 }],
        ["the next major version", { engineVersion: "9.0" }],
        ["the stage above", { nodeType: "cache.r7g.xlarge", shards: 6, replicasPerShard: 2 }],
    ])("changes in place for %s", async (_, more) => {
        const planned = await stack.preview(cache(more));
        expect(planned.ok).toBe(true);
        expect(changes(planned, group)).toEqual(["cache: update"]);
        expect(changes(planned, user)).toEqual([]);
    });

    it("stays as it is for another eviction policy, which belongs to its parameters", async () => {
        const planned = await stack.preview(cache({ evictionPolicy: "volatile-lru" }));
        expect(changes(planned, group)).toEqual([]);
        expect(changes(planned, "aws:elasticache/parameterGroup:ParameterGroup")).toEqual(["cache-parameters: update"]);
    });

    it("gives the user a new password in place", async () => {
        const planned = await stack.preview(cache({ passwordVersion: 2 }));
        expect(changes(planned, group)).toEqual([]);
        expect(changes(planned, user)).toEqual(["cache-app: update", "cache-default: update"]);
    });

    it("keeps its data when the way of authentication changes", async () => {
        const planned = await stack.preview(cache({ authentication: "iam" }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, group)).toEqual([]);
        expect(changes(planned, user)).toEqual(expect.arrayContaining(["cache-app: replace"]));
    });

    it("is replaced for another key, under another id, so that both can exist", async () => {
        const planned = await stack.preview(cache({ key: key("another") }));
        expect(planned.ok).toBe(true);
        expect(changes(planned, group)).toEqual(expect.arrayContaining(["cache: replace"]));
        const created = planned.steps.find(({ type, op }) => type === group && op === "create-replacement");
        expect(created?.keys).toEqual(expect.arrayContaining(["kmsKeyId", "replicationGroupId"]));
    });
});
