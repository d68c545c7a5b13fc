import { Cdn } from "../../components/cdn";
import { regionOf } from "../../components/signal";
import { makeAssets, makeBalancer, makeCdn, makeDomain, makeLogs, network, networkOver, outputs } from "./edge-fixture";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const distributionType = "aws:cloudfront/distribution:Distribution";
const originType = "aws:cloudfront/vpcOrigin:VpcOrigin";
const recordType = "aws:route53/record:Record";

interface Behavior {
    readonly viewerProtocolPolicy: string;
    readonly responseHeadersPolicyId: string;
    readonly pathPattern?: string;
    readonly targetOriginId: string;
    readonly cachePolicyId: string;
    readonly allowedMethods: string[];
}

async function make(
    domainName = "shop.example.com",
    args: Parameters<typeof makeCdn>[1] = {},
): Promise<{ cdn: Cdn; registered: Registered }> {
    let cdn: Cdn | undefined;
    const registered = await record(() => {
        cdn = makeCdn(domainName, args);
    }, outputs);
    if (cdn === undefined) {
        throw new Error("the CDN was not made");
    }
    return { cdn, registered };
}

const behaviorsOf = (registered: Registered): Behavior[] => {
    const { inputs } = registered.one(distributionType);
    return [inputs["defaultCacheBehavior"] as Behavior, ...(inputs["orderedCacheBehaviors"] as Behavior[])];
};

describe("a CDN with a domain", () => {
    it("reaches the load balancer by a VPC origin over TLS", async () => {
        const { registered } = await make();
        expect(registered.one(originType).inputs["vpcOriginEndpointConfig"]).toEqual({
            name: "cdn-app-0a1b2c3d",
            arn: "arn:aws:mock:eu-central-1:123456789012:balancer",
            httpPort: 80,
            httpsPort: 443,
            originProtocolPolicy: "https-only",
            originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
        });
    });

    it("asks the load balancer for the name that its certificate is for", async () => {
        const { registered } = await make();
        const origins = registered.one(distributionType).inputs["origins"];
        expect(origins).toMatchObject([
            { originId: "app", domainName: "origin.shop.example.com", vpcOriginConfig: { vpcOriginId: "cdn-app-id" } },
            {
                originId: "assets",
                domainName: "assets-0a1b2c3.s3.eu-central-1.amazonaws.com",
                originAccessControlId: "cdn-id",
            },
        ]);
        expect(JSON.stringify(origins)).not.toContain("customOriginConfig");
    });

    it("opens the load balancer to CloudFront's own security group in the VPC, and to nobody else", async () => {
        const { registered } = await make();
        const lookup = registered.calls.find(({ token }) => token === "aws:ec2/getSecurityGroup:getSecurityGroup");
        expect(lookup?.inputs).toMatchObject({ vpcId: "vpc-1", name: "CloudFront-VPCOrigins-Service-SG" });
        expect(registered.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs).toMatchObject({
            securityGroupId: "balancer-id",
            referencedSecurityGroupId: "aws:ec2/getSecurityGroup:getSecurityGroup-id",
            fromPort: 443,
            toPort: 443,
        });
    });

    it("speaks TLS 1.2 or newer under the domain's name, HTTP/2 and 3, IPv4 and IPv6", async () => {
        const { registered } = await make();
        expect(registered.one(distributionType).inputs).toMatchObject({
            aliases: ["shop.example.com"],
            httpVersion: "http2and3",
            isIpv6Enabled: true,
            viewerCertificate: { sslSupportMethod: "sni-only", minimumProtocolVersion: "TLSv1.2_2021" },
        });
    });

    it("sends viewers to HTTPS and answers with security headers in every behaviour", async () => {
        const { registered } = await make("shop.example.com", { edgeCachedPaths: ["/catalog/*"] });
        const behaviors = behaviorsOf(registered);
        expect(behaviors).toHaveLength(3);
        for (const { viewerProtocolPolicy, responseHeadersPolicyId } of behaviors) {
            expect([viewerProtocolPolicy, responseHeadersPolicyId]).toEqual(["redirect-to-https", "cdn-id"]);
        }
    });

    it("caches assets, asks the application for all else, and sends it every method and header but the host", async () => {
        const { registered } = await make();
        const [dynamic, assets] = behaviorsOf(registered);
        expect(dynamic).toMatchObject({
            targetOriginId: "app",
            cachePolicyId: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
            originRequestPolicyId: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
        });
        expect(dynamic?.allowedMethods).toContain("DELETE");
        expect(assets).toMatchObject({
            pathPattern: "/assets/*",
            targetOriginId: "assets",
            cachePolicyId: "658327ea-f89d-4fab-a63d-7e88639e58f6",
        });
        expect(assets?.allowedMethods).not.toContain("PUT");
    });

    it("keeps answers at the edge for named paths only, and only for as long as they say themselves", async () => {
        const without = await make();
        expect(without.registered.ofType("aws:cloudfront/cachePolicy:CachePolicy")).toEqual([]);
        const { registered } = await make("shop.example.com", { edgeCachedPaths: ["/catalog/*"] });
        expect(registered.one("aws:cloudfront/cachePolicy:CachePolicy").inputs).toMatchObject({
            minTtl: 0,
            defaultTtl: 0,
        });
        expect(behaviorsOf(registered)[2]).toMatchObject({
            pathPattern: "/catalog/*",
            targetOriginId: "app",
            cachePolicyId: "cdn-id",
        });
    });

    it("is reached under its domain by IPv4 and IPv6, and its balancer under the origin's name", async () => {
        const { cdn, registered } = await make();
        const toCloudFront = [
            { name: "d111111abcdef8.cloudfront.net", zoneId: "Z-OF-CLOUDFRONT", evaluateTargetHealth: false },
        ];
        expect(registered.one(recordType, "cdn-ipv4").inputs).toMatchObject({
            name: "shop.example.com",
            type: "A",
            aliases: toCloudFront,
        });
        expect(registered.one(recordType, "cdn-ipv6").inputs).toMatchObject({ type: "AAAA", aliases: toCloudFront });
        expect(registered.one(recordType, "cdn-origin").inputs).toMatchObject({
            name: "origin.shop.example.com",
            aliases: [{ name: "internal-balancer.eu-central-1.elb.amazonaws.com", zoneId: "Z-OF-BALANCERS" }],
        });
        await expect(valueOf(cdn.url)).resolves.toBe("https://shop.example.com");
    });

    it("leaves its access logs in the log bucket by CloudWatch's delivery in us-east-1", async () => {
        const { registered } = await make();
        expect(registered.one("aws:cloudwatch/logDeliverySource:LogDeliverySource").inputs).toMatchObject({
            region: "us-east-1",
            logType: "ACCESS_LOGS",
            resourceArn: "arn:aws:mock:eu-central-1:123456789012:cdn",
        });
        expect(registered.one("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination").inputs).toMatchObject({
            region: "us-east-1",
            deliveryDestinationConfiguration: { destinationResourceArn: "arn:aws:s3:::access-logs-0a1b2c3" },
        });
        expect(registered.one("aws:cloudwatch/logDelivery:LogDelivery").inputs).toMatchObject({
            region: "us-east-1",
            deliverySourceName: "cdn-access-log-0a1b2c3",
        });
    });

    it("watches itself in us-east-1 only, where its metrics are, with a runbook for each signal", async () => {
        const { cdn } = await make();
        expect(cdn.signals.map(({ name }) => name)).toEqual(["cdn-errors", "cdn-origin-slow", "cdn-blocked-requests"]);
        expect(new Set(cdn.signals.map(regionOf))).toEqual(new Set(["us-east-1"]));
        expect(missingRunbooks(cdn.signals)).toEqual([]);
    });
});

describe("the web ACL of a CDN", () => {
    const aclType = "aws:wafv2/webAcl:WebAcl";

    it("is CloudFront's, in us-east-1, and the distribution is behind it", async () => {
        const { registered } = await make();
        expect(registered.one(aclType).inputs).toMatchObject({ region: "us-east-1", scope: "CLOUDFRONT" });
        expect(registered.one(distributionType).inputs["webAclId"]).toBe("arn:aws:mock:eu-central-1:123456789012:cdn");
    });

    it("limits each address to the rate that it is told, before all other rules", async () => {
        const { registered } = await make("shop.example.com", { webAcl: { rateLimit: 500 } });
        const rules = registered.one(aclType).inputs["rules"] as Record<string, unknown>[];
        expect(rules[0]).toMatchObject({
            priority: 0,
            action: { block: {} },
            statement: { rateBasedStatement: { limit: 500, aggregateKeyType: "IP" } },
        });
        expect(rules.map((rule) => rule["priority"])).toEqual([0, 1, 2, 3, 4]);
    });

    it("counts large bodies instead of blocking uploads", async () => {
        const { registered } = await make();
        const rules = registered.one(aclType).inputs["rules"] as Record<string, unknown>[];
        const common = rules.find((rule) => rule["name"] === "common");
        expect(common).toMatchObject({
            overrideAction: { none: {} },
            statement: {
                managedRuleGroupStatement: {
                    ruleActionOverrides: [{ name: "SizeRestrictions_BODY", actionToUse: { count: {} } }],
                },
            },
        });
    });

    it("logs what it blocked, without credentials, encrypted, to a group that WAF writes to", async () => {
        const { registered } = await make();
        expect(registered.one("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({
            name: "aws-waf-logs-cdn-0a1b2c3d",
            region: "us-east-1",
            retentionInDays: 90,
            kmsKeyId: "arn:aws:kms:us-east-1:123456789012:key/edge-logs",
        });
        expect(registered.one("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration").inputs).toMatchObject({
            region: "us-east-1",
            redactedFields: [{ singleHeader: { name: "authorization" } }, { singleHeader: { name: "cookie" } }],
            loggingFilter: { defaultBehavior: "DROP" },
        });
    });

    it("refuses a rate that WAF does not have", async () => {
        await record(() => {
            expect(() => makeCdn("none", { webAcl: { rateLimit: 5 } })).toThrow("rateLimit is 5");
        }, outputs);
    });
});

describe("a CDN without a domain", () => {
    it("speaks plain HTTP to the balancer and has CloudFront's own name and certificate", async () => {
        const { cdn, registered } = await make("none");
        expect(registered.one(originType).inputs["vpcOriginEndpointConfig"]).toMatchObject({
            originProtocolPolicy: "http-only",
            originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
        });
        expect(registered.one(distributionType).inputs).toMatchObject({
            aliases: [],
            viewerCertificate: { cloudfrontDefaultCertificate: true },
        });
        expect(registered.one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule").inputs["fromPort"]).toBe(80);
        expect(registered.ofType(recordType)).toEqual([]);
        await expect(valueOf(cdn.url)).resolves.toBe("https://d111111abcdef8.cloudfront.net");
    });

    it("still sends viewers to HTTPS", async () => {
        const { registered } = await make("none");
        expect(
            behaviorsOf(registered).every(({ viewerProtocolPolicy }) => viewerProtocolPolicy === "redirect-to-https"),
        ).toBe(true);
    });
});

describe("the arguments of a CDN", () => {
    it("are refused all at once where CloudFront has no VPC origins or the certificates contradict each other", async () => {
        let message = "";
        const registered = await record(() => {
            const logs = makeLogs();
            try {
                new Cdn("cdn", {
                    network: networkOver(["use1-az1", "use1-az3"]),
                    balancer: makeBalancer({ logs, certificateArn: undefined }),
                    domain: makeDomain(),
                    assets: makeAssets(logs),
                    logs,
                    edgeLogsKey: { arn: "key" },
                    region: "us-gov-west-1",
                    edgeCachedPaths: ["catalog"],
                });
            } catch (thrown) {
                message = String(thrown);
            }
        }, outputs);
        expect(message).toContain("4 problems");
        for (const part of ["use1-az3", "us-gov-west-1", "balancer.certificateArn is not set", "edgeCachedPaths"]) {
            expect(message).toContain(part);
        }
        expect(registered.ofType(distributionType)).toEqual([]);
        expect(registered.ofType(originType)).toEqual([]);
    });

    it("take a network that another program has made", async () => {
        const { registered } = await make("none", { network });
        expect(registered.ofType(distributionType)).toHaveLength(1);
    });
});
