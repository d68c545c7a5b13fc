import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { finds, leavesOpen, type Example } from "../expectation";

/** A public website bucket behind CloudFront, which reaches it in the clear, with request logs and a certificate. */
function program(): void {
    const domain = "www.example.com";
    const content = new aws.s3.Bucket("contentBucket", { bucket: domain });
    const website = new aws.s3.BucketWebsiteConfiguration("website", {
        bucket: content.id,
        indexDocument: { suffix: "index.html" },
        errorDocument: { key: "404.html" },
    });
    const access = new aws.s3.BucketPublicAccessBlock("public-access", {
        bucket: content.id,
        blockPublicAcls: false,
        blockPublicPolicy: false,
    });
    new aws.s3.BucketPolicy(
        "public-read",
        {
            bucket: content.id,
            policy: pulumi.jsonStringify({
                Version: "2012-10-17",
                Statement: [
                    {
                        Effect: "Allow",
                        Principal: "*",
                        Action: "s3:GetObject",
                        Resource: pulumi.interpolate`${content.arn}/*`,
                    },
                ],
            }),
        },
        { dependsOn: [access] },
    );
    new aws.s3.BucketObject("index.html", {
        key: "index.html",
        bucket: content.id,
        contentType: "text/html",
        source: new pulumi.asset.StringAsset("<h1>It works</h1>"),
    });
    const logs = new aws.s3.Bucket("requestLogs", { bucket: `${domain}-logs` });
    new aws.s3.BucketOwnershipControls("log-owner", {
        bucket: logs.id,
        rule: { objectOwnership: "BucketOwnerPreferred" },
    });

    const east = new aws.Provider("east", { region: "us-east-1" });
    const certificate = new aws.acm.Certificate(
        "certificate",
        { domainName: domain, validationMethod: "DNS" },
        { provider: east },
    );
    const zone = new aws.route53.Zone("zone", { name: "example.com" });
    const option = certificate.domainValidationOptions.apply(([first]) => ({
        name: first?.resourceRecordName ?? "",
        type: first?.resourceRecordType ?? "",
        value: first?.resourceRecordValue ?? "",
    }));
    const validation = new aws.route53.Record("validation", {
        zoneId: zone.zoneId,
        name: option.name,
        type: option.type,
        records: [option.value],
        ttl: 600,
    });
    const validated = new aws.acm.CertificateValidation(
        "certificateValidation",
        { certificateArn: certificate.arn, validationRecordFqdns: [validation.fqdn] },
        { provider: east },
    );
    const distribution = new aws.cloudfront.Distribution("cdn", {
        enabled: true,
        aliases: [domain],
        origins: [
            {
                originId: content.arn,
                domainName: website.websiteEndpoint,
                customOriginConfig: {
                    originProtocolPolicy: "http-only",
                    httpPort: 80,
                    httpsPort: 443,
                    originSslProtocols: ["TLSv1.2"],
                },
            },
        ],
        defaultRootObject: "index.html",
        defaultCacheBehavior: {
            targetOriginId: content.arn,
            viewerProtocolPolicy: "redirect-to-https",
            allowedMethods: ["GET", "HEAD", "OPTIONS"],
            cachedMethods: ["GET", "HEAD", "OPTIONS"],
            forwardedValues: { cookies: { forward: "none" }, queryString: false },
            minTtl: 0,
            defaultTtl: 600,
            maxTtl: 600,
        },
        priceClass: "PriceClass_100",
        customErrorResponses: [{ errorCode: 404, responseCode: 404, responsePagePath: "/404.html" }],
        restrictions: { geoRestriction: { restrictionType: "none" } },
        viewerCertificate: { acmCertificateArn: validated.certificateArn, sslSupportMethod: "sni-only" },
        loggingConfig: { bucket: logs.bucketDomainName, includeCookies: false, prefix: `${domain}/` },
    });
    new aws.route53.Record("alias", {
        zoneId: zone.zoneId,
        name: "www",
        type: "A",
        aliases: [{ name: distribution.domainName, zoneId: distribution.hostedZoneId, evaluateTargetHealth: true }],
    });
}

export const staticWebsite: Example = {
    shape: "A static website on S3 and CloudFront",
    program,
    expected: [
        finds("cloudfront-origin-tls", ["cdn"], "website endpoints of S3 speak HTTP only"),
        finds("cloudfront-min-tls", ["cdn"], "unset, which CloudFront takes for TLSv1"),
        finds("cloudfront-origin-failover", ["cdn"], "one bucket behind every request"),
        finds("waf-attached", ["cdn"], "no web ACL"),
        finds("s3-versioning", ["contentBucket", "requestLogs"], "not set up"),
        finds("s3-replication", ["contentBucket", "requestLogs"], "not set up"),
        finds("s3-kms", ["contentBucket", "requestLogs"], "encrypted with the key of S3 only"),
        finds("s3-tls-only", ["requestLogs"], "a bucket without a policy"),
        leavesOpen(
            "s3-tls-only",
            ["contentBucket"],
            "its policy holds the bucket's ARN, which is not known yet",
            "found",
        ),
    ],
};
