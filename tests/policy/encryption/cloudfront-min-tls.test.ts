import { cloudfrontMinTls } from "../../../policies/encryption/rules/cloudfront-min-tls";
import { describeRule, settings } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cdn = (viewerCertificate: unknown): TestResource[] => [
    resource("cloudFrontDistribution", "cdn", { viewerCertificate }),
];

describeRule(cloudfrontMinTls, {
    compliant: { "TLS 1.2": cdn({ acmCertificateArn: "arn", minimumProtocolVersion: "TLSv1.2_2021" }) },
    violating: {
        "CloudFront's own name": {
            resources: cdn({ cloudfrontDefaultCertificate: true, minimumProtocolVersion: "TLSv1.2_2021" }),
            at: ["cdn"],
            says: /viewerCertificate.cloudfrontDefaultCertificate is true/,
        },
        "TLS 1.0": {
            resources: cdn({ acmCertificateArn: "arn", minimumProtocolVersion: "TLSv1" }),
            at: ["cdn"],
            says: /viewerCertificate.minimumProtocolVersion is TLSv1: /,
        },
        "a name that only begins like an allowed one": {
            resources: cdn({ minimumProtocolVersion: "TLSv1.2_20211" }),
            at: ["cdn"],
            says: /is a value that AWS does not have/,
        },
        nothing: { resources: cdn(undefined), at: ["cdn"], says: /is not set, which means TLSv1/ },
        "less than is configured": {
            resources: cdn({ minimumProtocolVersion: "TLSv1.2_2021" }),
            at: ["cdn"],
            says: /is TLSv1.2_2021/,
            config: settings(cloudfrontMinTls, { allowed: ["TLSv1.3_2025"] }),
        },
    },
    unknown: {
        "the certificate": { resources: cdn(UNKNOWN_VALUE), at: ["cdn"], says: /minimumProtocolVersion is not known/ },
    },
    notApplicable: { "a listener": [resource("listener", "web", {})] },
});
