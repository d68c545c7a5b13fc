import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { AssetBucket } from "./asset-bucket";
import { CdnMetrics } from "./cdn-metrics";
import { Component, ComponentArgs } from "./component";
import { Domain } from "./domain";
import { edgeRegion } from "./edge";
import { FailureDomain, FailureTier } from "./failure-domain";
import { KeyReference } from "./key-reference";
import { LoadBalancer } from "./load-balancer";
import { LogBucket } from "./log-bucket";
import { NetworkReference } from "./network-reference";
import { Problems } from "./problems";
import { Signal, SignalSource } from "./signal";
import { WebAcl, WebAclSettings } from "./web-acl";
import { zonesWithoutVpcOrigins } from "./zones";

export interface CdnArgs extends ComponentArgs {
    network: NetworkReference;
    /** What answers all requests but those for assets. */
    balancer: LoadBalancer;
    domain: Domain;
    /** What answers requests below its served prefix (`/assets/`). */
    assets: AssetBucket;
    /** Where access logs go. */
    logs: LogBucket;
    /** Customer key in us-east-1 for the web ACL's log group. */
    edgeLogsKey: KeyReference;
    /** The load balancer's region, a plain string. */
    region: string;
    /** The web ACL's settings. */
    webAcl?: WebAclSettings;
    /**
     * Paths such as `/catalog/*` whose answers may be kept at the edge for as long as the application's own `Cache-Control`
     * says. The cache key is the path with its query; cookies and credentials reach the application and are not part
     * of it, so only answers that are the same for everyone may carry `Cache-Control: public`. A plain list, at most 20.
     * Default: none, everything is asked of the application.
     */
    edgeCachedPaths?: readonly string[];
    /**
     * Which edge locations serve. Default `PriceClass_All`: everywhere; `PriceClass_100` (North America, Europe, Israel) is
     * cheaper where users are there.
     */
    priceClass?: "PriceClass_100" | "PriceClass_200" | "PriceClass_All";
}

/**
 * Policies that AWS manages. Their ids are the same in every account; source: CloudFront developer guide, "Use managed cache
 * policies" and "Use managed origin request policies". As constants, they cost no call.
 */
const managedPolicies = {
    /** Nothing is cached. */
    cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    /** A day by default, compressed, the path alone is the key. */
    cachingOptimized: "658327ea-f89d-4fab-a63d-7e88639e58f6",
    /**
     * Everything that the viewer sent but `Host`, which becomes the origin's name: the balancer's certificate must match it.
     */
    allViewerExceptHostHeader: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
} as const;

const appOrigin = "app";
const assetsOrigin = "assets";

/** CloudFront's quota of cache behaviours is 25 in a distribution; the default and the assets take two. */
const mostCachedPaths = 20;

/** The security group that CloudFront makes in a VPC together with the first VPC origin there, and names like this. */
const cloudFrontGroupName = "CloudFront-VPCOrigins-Service-SG";

/**
 * The CDN in front of everything: a CloudFront distribution with a web ACL, whose origins are the internal load balancer,
 * by a VPC origin, and the asset bucket, by an origin access control. Nothing but CloudFront reaches either.
 *
 * Viewers get TLS 1.2 or newer, HTTP/2 and 3, IPv6, compression and security headers. With a domain, CloudFront speaks TLS
 * to the balancer too and checks its certificate; without one (`domain: none`, development), plain HTTP inside the VPC, and
 * CloudFront's own name, for which it admits old TLS.
 *
 * The first `up` takes about 20 minutes (VPC origin 15, distribution 5). Costs by traffic: 0.085 USD a GB and 1 USD per
 * million requests and less with volume; metrics of the origin's latency 3 USD a month. Only another load balancer
 * replaces something, the VPC origin, and the new one is in use before the old one goes.
 *
 * No origin groups: failing over to another origin wants one that does not fail together with the first, and with a single
 * region there is none. They come with the second region.
 *
 * ```ts
 * import { AssetBucket } from "./asset-bucket";
 * import { Cdn } from "./cdn";
 * import { Domain } from "./domain";
 * import { EncryptionKeys } from "./encryption-keys";
 * import { LoadBalancer } from "./load-balancer";
 * import { LogBucket } from "./log-bucket";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 *
 * const region = network.region;
 * const keys = new EncryptionKeys("keys", { region });
 * const logs = new LogBucket("access-logs", { retentionDays: 90 });
 * const domain = new Domain("domain", { name: "shop.example.com", region });
 * const certificateArn = domain.originCertificateArn;
 * const balancer = new LoadBalancer("balancer", { network, certificateArn, logs, deletionProtection: true });
 * const assets = new AssetBucket("assets", { key: keys.objects, logs });
 * const cdn = new Cdn("cdn", { network, balancer, domain, assets, logs, edgeLogsKey: keys.edge.logs, region });
 * export const url = cdn.url;
 * ```
 */
export class Cdn extends Component implements SignalSource, FailureTier {
    /** Where users go: `https://` and the domain, or CloudFront's name. */
    readonly url: pulumi.Output<string>;
    readonly distributionId: pulumi.Output<string>;
    readonly distributionArn: pulumi.Output<string>;
    /** CloudFront's own name, `d111111abcdef8.cloudfront.net`. */
    readonly distributionDomainName: pulumi.Output<string>;
    readonly webAcl: WebAcl;
    readonly metrics: CdnMetrics;

    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly failureDomain: FailureDomain;

    constructor(name: string, args: CdnArgs, opts?: pulumi.ComponentResourceOptions) {
        super("Cdn", name, args, opts);
        checkArgs(name, args);
        this.webAcl = this.createWebAcl(args);
        const vpcOrigin = this.createVpcOrigin(args);
        const admission = this.admitCloudFront(args, vpcOrigin);
        const headers = this.createSecurityHeaders();
        const edgeCache = this.createEdgeCachePolicy(args);
        const access = this.createOriginAccessControl();
        const distribution = this.createDistribution(args, { vpcOrigin, admission, headers, edgeCache, access });
        this.createOriginMetrics(distribution);
        this.createAccessLog(args, distribution);
        this.createDnsRecords(args, distribution);

        this.distributionId = distribution.id;
        this.distributionArn = distribution.arn;
        this.distributionDomainName = distribution.domainName;
        this.url = pulumi.interpolate`https://${args.domain.domainName ?? distribution.domainName}`;
        this.metrics = new CdnMetrics(this.distributionId);
        this.tier = name;
        this.signals = [...this.declareSignals(), ...this.webAcl.signals];
        // Edge locations all over the world; what they keep is served even while the region is away.
        this.failureDomain = {
            tier: name,
            unit: "distribution",
            units: 1,
            zones: 1,
            managed: true,
            survivesRegion: true,
        };
        this.registerOutputs({ url: this.url, distributionId: this.distributionId });
    }

    private createWebAcl(args: CdnArgs): WebAcl {
        return new WebAcl(
            this.componentName,
            { ...args.webAcl, logsKey: args.edgeLogsKey, tags: this.inheritedTags },
            { parent: this },
        );
    }

    /**
     * CloudFront's way into the VPC. While a distribution uses it CloudFront refuses to change it, so another one takes its
     * place; its name is unique for each balancer and protocol, since the new one is made before the old one goes.
     */
    private createVpcOrigin({ balancer, network }: CdnArgs): aws.cloudfront.VpcOrigin {
        const name = `${this.componentName}-${appOrigin}`;
        const suffix = new random.RandomId(
            name,
            { byteLength: 4, keepers: { balancer: balancer.arn, protocol: balancer.protocol } },
            this.child(),
        );
        return new aws.cloudfront.VpcOrigin(
            name,
            {
                vpcOriginEndpointConfig: {
                    name: pulumi.interpolate`${name}-${suffix.hex}`,
                    arn: balancer.arn,
                    httpPort: 80,
                    httpsPort: 443,
                    originProtocolPolicy: balancer.protocol === "HTTPS" ? "https-only" : "http-only",
                    // Required even where it is not used. CloudFront has no newer one for origins.
                    originSslProtocols: { items: ["TLSv1.2"], quantity: 1 },
                },
                tags: this.tags(name),
            },
            this.child({
                // It wants an internet gateway in the VPC.
                replaceOnChanges: ["vpcOriginEndpointConfig"],
                dependsOn: [...network.egressReady],
            }),
        );
    }

    /**
     * The one rule that lets somebody reach the balancer.
     *
     * It names CloudFront's own security group in the VPC. CloudFront makes that group with the first VPC origin and no output
     * gives its id, so it is looked up once the origin exists; a preview before that shows an id that is not known yet.
     * The other way, CloudFront's prefix list, is known at any time and is advised for a start, but admits the VPC origins of
     * everybody's distributions by address and uses up 55 of the group's 60 rules. A start does not need it here: until the
     * rule is there, the distribution is not (it waits for the rule), and nobody asks.
     */
    private admitCloudFront(
        { balancer, network, region }: CdnArgs,
        vpcOrigin: aws.cloudfront.VpcOrigin,
    ): pulumi.Resource {
        const name = `${this.componentName}-to-${appOrigin}`;
        const cloudFrontGroup = aws.ec2.getSecurityGroupOutput(
            { vpcId: network.vpcId, name: cloudFrontGroupName, region },
            { parent: this, dependsOn: [vpcOrigin] },
        );
        return new aws.vpc.SecurityGroupIngressRule(
            name,
            {
                securityGroupId: balancer.securityGroupId,
                // EC2 takes no apostrophe here.
                description: "From the VPC origins of CloudFront",
                referencedSecurityGroupId: cloudFrontGroup.id,
                ipProtocol: "tcp",
                fromPort: balancer.port,
                toPort: balancer.port,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /**
     * Headers that make browsers stricter. The application's own ones win where it sends them, but for the two that it has no
     * reason to weaken.
     */
    private createSecurityHeaders(): aws.cloudfront.ResponseHeadersPolicy {
        return new aws.cloudfront.ResponseHeadersPolicy(
            this.componentName,
            {
                comment: `Security headers of ${this.componentName}`,
                securityHeadersConfig: {
                    // A year. Not preloaded: that list is hard to leave, and the whole domain's owner decides on it.
                    strictTransportSecurity: {
                        accessControlMaxAgeSec: 31_536_000,
                        includeSubdomains: true,
                        override: true,
                    },
                    contentTypeOptions: { override: true },
                    frameOptions: { frameOption: "DENY", override: false },
                    referrerPolicy: { referrerPolicy: "strict-origin-when-cross-origin", override: false },
                },
            },
            this.child(),
        );
    }

    /** Keeps what the application allows: an answer that says nothing is not kept. */
    private createEdgeCachePolicy(args: CdnArgs): aws.cloudfront.CachePolicy | undefined {
        if ((args.edgeCachedPaths ?? []).length === 0) {
            return undefined;
        }
        return new aws.cloudfront.CachePolicy(
            this.componentName,
            {
                comment: `As long as the application says, for ${this.componentName}`,
                minTtl: 0,
                defaultTtl: 0,
                maxTtl: 86_400,
                parametersInCacheKeyAndForwardedToOrigin: {
                    cookiesConfig: { cookieBehavior: "none" },
                    headersConfig: { headerBehavior: "none" },
                    queryStringsConfig: { queryStringBehavior: "all" },
                    enableAcceptEncodingBrotli: true,
                    enableAcceptEncodingGzip: true,
                },
            },
            this.child(),
        );
    }

    private createOriginAccessControl(): aws.cloudfront.OriginAccessControl {
        return new aws.cloudfront.OriginAccessControl(
            this.componentName,
            {
                description: `Reads of ${this.componentName} from its bucket`,
                originAccessControlOriginType: "s3",
                signingBehavior: "always",
                signingProtocol: "sigv4",
            },
            this.child(),
        );
    }

    private createDistribution(args: CdnArgs, parts: DistributionParts): aws.cloudfront.Distribution {
        const name = this.componentName;
        return new aws.cloudfront.Distribution(
            name,
            {
                enabled: true,
                comment: name,
                aliases: args.domain.domainName === undefined ? [] : [args.domain.domainName],
                httpVersion: "http2and3",
                isIpv6Enabled: true,
                priceClass: args.priceClass ?? "PriceClass_All",
                webAclId: this.webAcl.arn,
                origins: [this.describeAppOrigin(args, parts), this.describeAssetsOrigin(args, parts)],
                defaultCacheBehavior: this.dynamicBehavior(parts),
                orderedCacheBehaviors: [
                    this.assetsBehavior(args, parts),
                    ...(args.edgeCachedPaths ?? []).map((path) => this.edgeCachedBehavior(path, parts)),
                ],
                restrictions: { geoRestriction: { restrictionType: "none" } },
                viewerCertificate: viewerCertificate(args.domain),
                tags: this.tags(name),
            },
            this.child({ dependsOn: [parts.admission] }),
        );
    }

    private describeAppOrigin({ domain, balancer }: CdnArgs, { vpcOrigin }: DistributionParts) {
        return {
            originId: appOrigin,
            // The name in `Host` and in the TLS handshake; where it leads is the VPC origin's to say.
            domainName: domain.originName ?? balancer.dnsName,
            vpcOriginConfig: {
                vpcOriginId: vpcOrigin.id,
                // An answer that takes longer is an error page to the viewer. See also `balancerIdleTimeoutSeconds`.
                originReadTimeout: 30,
                originKeepaliveTimeout: 30,
            },
        };
    }

    private describeAssetsOrigin({ assets }: CdnArgs, { access }: DistributionParts) {
        return { originId: assetsOrigin, domainName: assets.domainName, originAccessControlId: access.id };
    }

    private dynamicBehavior({
        headers,
    }: DistributionParts): aws.types.input.cloudfront.DistributionDefaultCacheBehavior {
        return {
            targetOriginId: appOrigin,
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
            cachedMethods: ["GET", "HEAD"],
            compress: true,
            cachePolicyId: managedPolicies.cachingDisabled,
            originRequestPolicyId: managedPolicies.allViewerExceptHostHeader,
            responseHeadersPolicyId: headers.id,
        };
    }

    private assetsBehavior(
        { assets }: CdnArgs,
        { headers }: DistributionParts,
    ): aws.types.input.cloudfront.DistributionOrderedCacheBehavior {
        return {
            pathPattern: `/${assets.servedPrefix}*`,
            targetOriginId: assetsOrigin,
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD", "OPTIONS"],
            cachedMethods: ["GET", "HEAD"],
            compress: true,
            cachePolicyId: managedPolicies.cachingOptimized,
            responseHeadersPolicyId: headers.id,
        };
    }

    private edgeCachedBehavior(
        pathPattern: string,
        { headers, edgeCache }: DistributionParts,
    ): aws.types.input.cloudfront.DistributionOrderedCacheBehavior {
        return {
            pathPattern,
            targetOriginId: appOrigin,
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD", "OPTIONS"],
            cachedMethods: ["GET", "HEAD"],
            compress: true,
            cachePolicyId: edgeCache?.id,
            originRequestPolicyId: managedPolicies.allViewerExceptHostHeader,
            responseHeadersPolicyId: headers.id,
        };
    }

    /** CloudFront measures its origins' latency only when it is asked to. */
    private createOriginMetrics(distribution: aws.cloudfront.Distribution): void {
        new aws.cloudfront.MonitoringSubscription(
            this.componentName,
            {
                distributionId: distribution.id,
                monitoringSubscription: {
                    realtimeMetricsSubscriptionConfig: { realtimeMetricsSubscriptionStatus: "Enabled" },
                },
            },
            this.child(),
        );
    }

    /**
     * Access logs by CloudWatch's log delivery (CloudFront's "standard logging v2"), not by the distribution's own
     * `loggingConfig`: the old way needs a bucket with access lists. To the log bucket, not to a log group: to S3 the
     * delivery is free, to CloudWatch Logs it costs 0.50 USD a GB, about 25 USD a day at 100 M requests.
     *
     * Without a path of our own: AWS puts `AWSLogs/<account>/CloudFront/` before one when the delivery is made and drops it
     * when it is changed.
     */
    private createAccessLog(args: CdnArgs, distribution: aws.cloudfront.Distribution): void {
        const name = `${this.componentName}-access-log`;
        const source = new aws.cloudwatch.LogDeliverySource(
            name,
            { region: edgeRegion, logType: "ACCESS_LOGS", resourceArn: distribution.arn, tags: this.tags(name) },
            this.child(),
        );
        const destination = new aws.cloudwatch.LogDeliveryDestination(
            name,
            {
                region: edgeRegion,
                outputFormat: "json",
                deliveryDestinationConfiguration: { destinationResourceArn: args.logs.arn },
                tags: this.tags(name),
            },
            this.child({ dependsOn: [...args.logs.ready] }),
        );
        new aws.cloudwatch.LogDelivery(
            name,
            {
                region: edgeRegion,
                deliverySourceName: source.name,
                deliveryDestinationArn: destination.arn,
                tags: this.tags(name),
            },
            this.child(),
        );
    }

    /** The domain leads to CloudFront, by IPv4 and IPv6; the origin's name leads to the balancer, which speaks IPv4. */
    private createDnsRecords({ domain, balancer }: CdnArgs, distribution: aws.cloudfront.Distribution): void {
        const { domainName, originName, hostedZoneId } = domain;
        if (domainName === undefined || originName === undefined || hostedZoneId === undefined) {
            return;
        }
        const alias = (
            key: string,
            name: string,
            type: string,
            to: { name: pulumi.Input<string>; zoneId: pulumi.Input<string> },
        ) =>
            new aws.route53.Record(
                `${this.componentName}-${key}`,
                { zoneId: hostedZoneId, name, type, aliases: [{ ...to, evaluateTargetHealth: false }] },
                this.child(),
            );
        const toCloudFront = { name: distribution.domainName, zoneId: distribution.hostedZoneId };
        alias("ipv4", domainName, "A", toCloudFront);
        alias("ipv6", domainName, "AAAA", toCloudFront);
        alias("origin", originName, "A", { name: balancer.dnsName, zoneId: balancer.dnsZoneId });
    }

    private declareSignals(): Signal[] {
        const name = this.componentName;
        return [
            {
                name: `${name}-errors`,
                title: `Requests to ${name} that ended in 5xx (%)`,
                metric: this.metrics.errorPercent(),
                comparison: "above",
                // What users see, whoever failed: ten times the error budget of 99.9 %.
                threshold: 1,
                evaluationPeriods: 5,
                datapointsToAlarm: 3,
                severity: "page",
                runbook: "cdn-errors",
            },
            {
                name: `${name}-origin-slow`,
                title: `Time until the origins of ${name} answer, 99th percentile (ms)`,
                metric: this.metrics.originLatency("p99"),
                comparison: "above",
                // Twice the second that the application's own signal allows, as the way to the region and back is in it.
                threshold: 2_000,
                evaluationPeriods: 15,
                datapointsToAlarm: 10,
                severity: "ticket",
                runbook: "cdn-origin-slow",
                growthStep: "cache-at-edge",
            },
        ];
    }
}

/** What a distribution is put together from. */
interface DistributionParts {
    readonly vpcOrigin: aws.cloudfront.VpcOrigin;
    readonly admission: pulumi.Resource;
    readonly headers: aws.cloudfront.ResponseHeadersPolicy;
    readonly edgeCache: aws.cloudfront.CachePolicy | undefined;
    readonly access: aws.cloudfront.OriginAccessControl;
}

function viewerCertificate(domain: Domain): aws.types.input.cloudfront.DistributionViewerCertificate {
    return domain.viewerCertificateArn === undefined
        ? { cloudfrontDefaultCertificate: true }
        : {
              acmCertificateArn: domain.viewerCertificateArn,
              sslSupportMethod: "sni-only",
              minimumProtocolVersion: "TLSv1.2_2021",
          };
}

function checkArgs(name: string, args: CdnArgs): void {
    const problems = new Problems();
    const closed = args.network.zones.map((zone) => zone.id).filter((id) => zonesWithoutVpcOrigins.includes(id));
    problems.require(
        closed.length === 0,
        "network.zones",
        closed,
        `zones other than ${zonesWithoutVpcOrigins.join(", ")}, in which CloudFront makes no VPC origin`,
        "use1-az1",
    );
    problems.require(
        !/^(cn|us-gov)-/.test(args.region),
        "region",
        args.region,
        "a region of the partition `aws`: CloudFront has no VPC origins elsewhere",
        "eu-central-1",
    );
    problems.require(
        args.domain.isNone === (args.balancer.protocol === "HTTP"),
        "balancer.certificateArn",
        args.balancer.protocol === "HTTP" ? undefined : "(a certificate)",
        args.domain.isNone
            ? "none, since without a domain there is no name that a certificate could be for"
            : "the domain's certificate for the origin",
        args.domain.isNone ? "certificateArn: undefined" : "certificateArn: domain.originCertificateArn",
    );
    const paths = args.edgeCachedPaths ?? [];
    problems.require(
        paths.length <= mostCachedPaths &&
            new Set(paths).size === paths.length &&
            paths.every((path) => path.startsWith("/")),
        "edgeCachedPaths",
        paths,
        `up to ${String(mostCachedPaths)} paths that begin with /, each once`,
        '["/catalog/*"]',
    );
    problems.throwIfAny(`Cdn "${name}"`);
}
