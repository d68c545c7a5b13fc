import * as fs from "node:fs";
import * as path from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** A program may be an async function whose result is the stack's outputs. */
export = async () => {
    const zone = await aws.route53.getZone({ name: "example.com" });
    const site = new aws.s3.Bucket("site");
    const folder = path.join(__dirname, "public");
    for (const file of fs.readdirSync(folder)) {
        new aws.s3.BucketObject(file, {
            bucket: site.id,
            key: file,
            source: new pulumi.asset.FileAsset(path.join(folder, file)),
            contentType: "text/html",
        });
    }

    const access = new aws.cloudfront.OriginAccessControl("site", {
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
    });
    const certificate = new aws.acm.Certificate("site", {
        region: "us-east-1",
        domainName: "www.example.com",
        validationMethod: "DNS",
    });
    const validation = certificate.domainValidationOptions.apply(([option]) => {
        if (option === undefined) {
            throw new Error("the certificate has no validation record");
        }
        return option;
    });
    new aws.route53.Record("validation", {
        zoneId: zone.zoneId,
        name: validation.resourceRecordName,
        type: validation.resourceRecordType,
        records: [validation.resourceRecordValue],
        ttl: 60,
    });
    const cdn = new aws.cloudfront.Distribution("site", {
        enabled: true,
        aliases: ["www.example.com"],
        defaultRootObject: "index.html",
        origins: [{ originId: "site", domainName: site.bucketRegionalDomainName, originAccessControlId: access.id }],
        defaultCacheBehavior: {
            targetOriginId: "site",
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD"],
            cachedMethods: ["GET", "HEAD"],
            cachePolicyId: (await aws.cloudfront.getCachePolicy({ name: "Managed-CachingOptimized" })).id,
        },
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: {
            acmCertificateArn: certificate.arn,
            sslSupportMethod: "sni-only",
            minimumProtocolVersion: "TLSv1.2_2021",
        },
    });
    new aws.s3.BucketPolicy("site", {
        bucket: site.id,
        policy: aws.iam.getPolicyDocumentOutput({
            statements: [
                {
                    actions: ["s3:GetObject"],
                    resources: [pulumi.interpolate`${site.arn}/*`],
                    principals: [{ type: "Service", identifiers: ["cloudfront.amazonaws.com"] }],
                    conditions: [{ test: "StringEquals", variable: "AWS:SourceArn", values: [cdn.arn] }],
                },
            ],
        }).json,
    });
    return { domainName: cdn.domainName };
};
