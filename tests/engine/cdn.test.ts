import { AssetBucket } from "../../components/asset-bucket";
import { Cdn, CdnArgs } from "../../components/cdn";
import { Domain } from "../../components/domain";
import { EncryptionKeys } from "../../components/encryption-keys";
import { LoadBalancer } from "../../components/load-balancer";
import { LogBucket } from "../../components/log-bucket";
import { network } from "../unit/edge-fixture";
import { changes, InlineStack } from "./inline-program";

const region = network.region;

interface Change {
    readonly cdn?: Partial<CdnArgs>;
    readonly domain?: string;
    readonly balancer?: string;
}

/** The whole edge. */
const edge =
    (change: Change = {}) =>
    () => {
        const keys = new EncryptionKeys("keys", { region });
        const logs = new LogBucket("access-logs", { retentionDays: 30 });
        const domain = new Domain("domain", {
            name: change.domain ?? "shop.example.com",
            hostedZoneId: "Z123456789",
            region,
        });
        const balancer = new LoadBalancer(change.balancer ?? "balancer", {
            network,
            certificateArn: domain.originCertificateArn,
            logs,
            deletionProtection: false,
        });
        const assets = new AssetBucket("assets", { key: keys.objects, logs });
        new Cdn("cdn", {
            network,
            balancer,
            domain,
            assets,
            logs,
            edgeLogsKey: keys.edge.logs,
            region,
            ...change.cdn,
        });
    };

const types = {
    bucket: "aws:s3/bucket:Bucket",
    distribution: "aws:cloudfront/distribution:Distribution",
    key: "aws:kms/key:Key",
    origin: "aws:cloudfront/vpcOrigin:VpcOrigin",
    policy: "aws:s3/bucketPolicy:BucketPolicy",
};

jest.setTimeout(240_000);

describe("the edge on the real engine", () => {
    const stack = new InlineStack();

    afterAll(() => {
        stack.remove();
    });

    it("shows the policies of buckets and keys in the first preview, so that packs can judge them", async () => {
        const planned = await stack.preview(edge());
        expect(planned.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(planned.ok).toBe(true);
        const policies = planned.steps.filter(({ type }) => type === types.policy || type === types.key);
        expect(policies).toHaveLength(11);
        for (const { inputs } of policies) {
            const policy = (inputs as { policy: string }).policy;
            expect(policy).toContain('"Statement"');
            expect(policy).toContain(":123456789012:");
        }
    });

    it("is made, and does not change when nothing does", async () => {
        const made = await stack.up(edge());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
        const again = await stack.up(edge());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it("lies in us-east-1 where CloudFront looks for it, and nowhere else there", async () => {
        const state = JSON.parse(await stack.state()) as {
            deployment: { resources: { type: string; outputs?: { region?: string } }[] };
        };
        const there = state.deployment.resources.filter(({ outputs }) => outputs?.region === "us-east-1");
        expect([...new Set(there.map(({ type }) => type))].sort()).toEqual([
            "aws:acm/certificate:Certificate",
            "aws:acm/certificateValidation:CertificateValidation",
            "aws:cloudwatch/logDelivery:LogDelivery",
            "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
            "aws:cloudwatch/logDeliverySource:LogDeliverySource",
            "aws:cloudwatch/logGroup:LogGroup",
            "aws:kms/alias:Alias",
            "aws:kms/key:Key",
            "aws:wafv2/webAcl:WebAcl",
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        ]);
    });

    it.each<[string, Change, string[]]>([
        ["another rate", { cdn: { webAcl: { rateLimit: 500 } } }, []],
        ["another price class", { cdn: { priceClass: "PriceClass_100" } }, ["cdn: update"]],
        ["paths that are kept at the edge", { cdn: { edgeCachedPaths: ["/catalog/*"] } }, ["cdn: update"]],
        ["no domain any more", { domain: "none" }, ["cdn: update"]],
        ["another domain", { domain: "market.example.com" }, ["cdn: update"]],
    ])("keeps distribution, buckets and keys for %s", async (_, change, expected) => {
        const planned = await stack.preview(edge(change));
        expect(planned.ok).toBe(true);
        expect(changes(planned, types.distribution)).toEqual(expected);
        expect([types.bucket, types.key].flatMap((type) => changes(planned, type))).toEqual([]);
    });

    it.each<[string, Change, string[]]>([
        [
            "makes another VPC origin for another protocol, since CloudFront changes none in use",
            { domain: "none" },
            ["replace"],
        ],
        ["keeps the VPC origin for another domain", { domain: "market.example.com" }, []],
    ])("%s", async (_, change, expected) => {
        const planned = await stack.preview(edge(change));
        expect(planned.ok).toBe(true);
        const origin = planned.steps.filter(({ type, op }) => type === types.origin && op === "replace");
        expect(origin.map(({ op }) => op)).toEqual(expected);
    });

    it("has a VPC origin to the new load balancer before it lets the old ones go", async () => {
        const planned = await stack.preview(edge({ balancer: "larger-balancer" }));
        expect(planned.ok).toBe(true);
        const order = planned.steps.map(({ op, type }) => `${op} ${type}`);
        const replacement = order.indexOf(`create-replacement ${types.origin}`);
        const use = order.indexOf(`update ${types.distribution}`);
        const end = order.indexOf(`delete-replaced ${types.origin}`);
        expect(replacement).toBeGreaterThanOrEqual(0);
        expect(use).toBeGreaterThan(replacement);
        expect(end).toBeGreaterThan(use);
        expect(order.indexOf("delete aws:lb/loadBalancer:LoadBalancer")).toBeGreaterThan(end);
    });

    it("leaves nothing behind", async () => {
        const gone = await stack.destroy();
        expect(gone.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(gone.ok).toBe(true);
        await expect(stack.state()).resolves.not.toContain(types.distribution);
    });
});
