import { AssetBucket } from "../../components/asset-bucket";
import { Cdn, CdnArgs } from "../../components/cdn";
import { Domain, DomainArgs } from "../../components/domain";
import { LoadBalancer, LoadBalancerArgs } from "../../components/load-balancer";
import { LogBucket } from "../../components/log-bucket";
import { NetworkReference, SubnetReference, Zone } from "../../components/network-reference";
import { zoneKey } from "../../components/zones";

/** A network that was made elsewhere. */
export function networkOver(zoneIds: readonly string[]): NetworkReference {
    const zones: Zone[] = zoneIds.map((id) => ({ id, key: zoneKey(id), name: `name-of-${id}` }));
    const subnets = (tier: string): SubnetReference[] =>
        zones.map((zone) => ({ zone, id: `subnet-${tier}-${zone.key}` }));
    return {
        vpcId: "vpc-1",
        cidrBlock: "10.0.0.0/16",
        region: "eu-central-1",
        zones,
        publicSubnets: subnets("public"),
        privateSubnets: subnets("private"),
        isolatedSubnets: subnets("isolated"),
        egressReady: [],
    };
}

export const network = networkOver(["euc1-az1", "euc1-az2", "euc1-az3"]);

/** What AWS knows once these exist, and the recorder does not make up. */
export const outputs: Parameters<typeof import("./harness").record>[1] = {
    "aws:s3/bucket:Bucket": (_inputs, name) => ({
        bucket: `${name}-0a1b2c3`,
        bucketRegionalDomainName: `${name}-0a1b2c3.s3.eu-central-1.amazonaws.com`,
    }),
    "aws:lb/loadBalancer:LoadBalancer": (_inputs, name) => ({
        arnSuffix: `app/${name}-0a1b2c3/0123456789abcdef`,
        dnsName: `internal-${name}.eu-central-1.elb.amazonaws.com`,
        zoneId: "Z-OF-BALANCERS",
    }),
    "aws:lb/targetGroup:TargetGroup": (_inputs, name) => ({
        arnSuffix: `targetgroup/${name}-0a1b2c3/fedcba9876543210`,
    }),
    "aws:cloudfront/distribution:Distribution": () => ({
        domainName: "d111111abcdef8.cloudfront.net",
        hostedZoneId: "Z-OF-CLOUDFRONT",
    }),
    "aws:acm/certificate:Certificate": (inputs) => ({
        domainValidationOptions: [
            {
                resourceRecordName: `_proof.${String(inputs["domainName"])}`,
                resourceRecordType: "CNAME",
                resourceRecordValue: "_value.acm-validations.aws",
            },
        ],
    }),
    "aws:route53/record:Record": (inputs) => ({ fqdn: inputs["name"] }),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": (_inputs, name) => ({ name: `${name}-0a1b2c3` }),
    "random:index/randomId:RandomId": () => ({ hex: "0a1b2c3d" }),
};

export function makeLogs(): LogBucket {
    return new LogBucket("access-logs", { region: "eu-central-1", retentionDays: 90 });
}

export function makeBalancer(args: Partial<LoadBalancerArgs> = {}): LoadBalancer {
    return new LoadBalancer("balancer", {
        network,
        certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/origin",
        logs: args.logs ?? makeLogs(),
        deletionProtection: true,
        ...args,
    });
}

export function makeDomain(args: Partial<DomainArgs> = {}): Domain {
    return new Domain("domain", { name: "shop.example.com", hostedZoneId: "Z123", region: "eu-central-1", ...args });
}

export function makeAssets(logs: LogBucket): AssetBucket {
    const key = { arn: "arn:aws:kms:eu-central-1:123456789012:key/objects" };
    return new AssetBucket("assets", { key, logs, region: "eu-central-1" });
}

/** The whole edge, with a domain or without. */
export function makeCdn(domainName: string, args: Partial<CdnArgs> = {}): Cdn {
    const logs = makeLogs();
    const domain = makeDomain({ name: domainName });
    return new Cdn("cdn", {
        network,
        balancer: makeBalancer({ logs, certificateArn: domain.originCertificateArn }),
        domain,
        assets: makeAssets(logs),
        logs,
        edgeLogsKey: { arn: "arn:aws:kms:us-east-1:123456789012:key/edge-logs" },
        region: "eu-central-1",
        ...args,
    });
}
