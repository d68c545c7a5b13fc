import type { Facts, Makers, ValueMap } from "./facts";

const policy =
    (kind: string) =>
    (f: Facts): ValueMap & { id: string } => {
        const id = f.id(() => f.generator.uuid(kind));
        return { id, arn: f.globalArn("cloudfront", `${kind}/${id}`), etag: etag(f) };
    };

function etag(f: Facts): string {
    return `E${f.generator.upper(13, "etag")}`;
}

export const edge: Makers = {
    "aws:cloudfront/distribution:Distribution": (f) => {
        const id = f.id(() => `E${f.generator.upper(13, "distribution")}`);
        return {
            id,
            arn: f.globalArn("cloudfront", `distribution/${id}`),
            domainName: `d${f.generator.lower(13, "domain")}.cloudfront.net`,
            hostedZoneId: "Z2FDTNDATAQYW2",
            status: "Deployed",
            etag: etag(f),
            callerReference: f.generator.uuid("caller"),
            inProgressValidationBatches: 0,
            lastModifiedTime: "2024-01-01T00:00:00Z",
            continuousDeploymentPolicyId: "",
            trustedKeyGroups: [],
            trustedSigners: [],
            loggingV1Enabled: false,
        };
    },
    "aws:cloudfront/vpcOrigin:VpcOrigin": (f) => {
        const id = f.id(() => `vo_${f.generator.mixed(22, "origin")}`);
        return { id, arn: f.globalArn("cloudfront", `vpcorigin/${id}`), etag: etag(f) };
    },
    "aws:cloudfront/originAccessControl:OriginAccessControl": (f) => {
        const id = f.id(() => `E${f.generator.upper(13, "control")}`);
        return {
            id,
            arn: f.globalArn("cloudfront", `origin-access-control/${id}`),
            etag: etag(f),
            description: "Managed by Pulumi",
        };
    },
    "aws:cloudfront/originAccessIdentity:OriginAccessIdentity": (f) => {
        const id = f.id(() => `E${f.generator.upper(13, "identity")}`);
        return {
            id,
            arn: `arn:${f.partition}:iam::cloudfront:user/CloudFront Origin Access Identity ${id}`,
            iamArn: `arn:${f.partition}:iam::cloudfront:user/CloudFront Origin Access Identity ${id}`,
            cloudfrontAccessIdentityPath: `origin-access-identity/cloudfront/${id}`,
            s3CanonicalUserId: f.generator.hex(96, "canonical"),
            callerReference: f.generator.uuid("caller"),
            etag: etag(f),
        };
    },
    "aws:cloudfront/cachePolicy:CachePolicy": policy("cache-policy"),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": policy("origin-request-policy"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": policy("response-headers-policy"),
    "aws:cloudfront/function:Function": (f) => ({
        id: f.id(() => f.name),
        arn: f.globalArn("cloudfront", `function/${f.name}`),
        etag: etag(f),
        liveStageEtag: etag(f),
        status: "UNASSOCIATED",
    }),
    "aws:cloudfront/publicKey:PublicKey": (f) => ({
        id: f.id(() => `K${f.generator.upper(13, "key")}`),
        etag: etag(f),
        callerReference: f.generator.uuid("caller"),
        namePrefix: "",
    }),
    "aws:cloudfront/keyGroup:KeyGroup": (f) => ({ id: f.id(() => f.generator.uuid("group")), etag: etag(f) }),
    "aws:route53/zone:Zone": (f) => {
        const id = f.id(() => `Z${f.generator.upper(20, "zone")}`);
        return {
            id,
            zoneId: id,
            arn: `arn:${f.partition}:route53:::hostedzone/${id}`,
            nameServers: ["com", "net", "org", "co.uk"].map(
                (tld, i) =>
                    `ns-${f.generator.integer(1, 511, `ns${i}`) + i * 512}.awsdns-${String(i).padStart(2, "0")}.${tld}`,
            ),
            primaryNameServer: `ns-${f.generator.integer(1, 511, "ns0")}.awsdns-00.com`,
            comment: "Managed by Pulumi",
        };
    },
    "aws:route53/record:Record": (f) => {
        const zone = f.outputOf("aws:route53/zone:Zone", f.text("zoneId"), "name");
        const name = f.text("name") ?? "";
        const full =
            zone === undefined || name === zone || name.endsWith(`.${zone}`)
                ? name
                : name === ""
                  ? zone
                  : `${name}.${zone}`;
        const set = f.text("setIdentifier");
        return {
            id: f.id(
                () => `${f.text("zoneId") ?? ""}_${full}_${f.text("type") ?? ""}${set === undefined ? "" : `_${set}`}`,
            ),
            fqdn: full.replace(/\.$/, ""),
            allowOverwrite: false,
        };
    },
    "aws:route53/healthCheck:HealthCheck": (f) => {
        const id = f.id(() => f.generator.uuid("check"));
        return {
            id,
            arn: `arn:${f.partition}:route53:::healthcheck/${id}`,
            regions: [],
            enableSni: false,
            requestInterval: 30,
            failureThreshold: 3,
        };
    },
    "aws:globalaccelerator/accelerator:Accelerator": (f) => {
        const arn = f.id(() => f.globalArn("globalaccelerator", `accelerator/${f.generator.uuid("accelerator")}`));
        return {
            id: arn,
            arn,
            dnsName: `a${f.generator.hex(16, "dns")}.awsglobalaccelerator.com`,
            dualStackDnsName: `a${f.generator.hex(16, "dns")}.dualstack.awsglobalaccelerator.com`,
            hostedZoneId: "Z2BJ6XQ5FK7U4H",
            ipSets: [{ ipAddresses: [f.generator.publicIpv4("one"), f.generator.publicIpv4("two")], ipFamily: "IPv4" }],
        };
    },
};
