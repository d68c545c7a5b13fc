import { cloudfrontOriginTls } from "../../../policies/encryption/rules/cloudfront-origin-tls";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cdn = (customOriginConfig: unknown, viewerProtocolPolicy: unknown = "redirect-to-https"): TestResource[] => [
    resource("cloudFrontDistribution", "cdn", {
        defaultCacheBehavior: { viewerProtocolPolicy },
        origins: [{ originId: "app", customOriginConfig }],
    }),
];
const vpcOrigin = (policy: unknown, items: unknown = ["TLSv1.2"]): TestResource[] => [
    resource("cloudFrontVpcOrigin", "origin", {
        vpcOriginEndpointConfig: { originProtocolPolicy: policy, originSslProtocols: { items, quantity: 1 } },
    }),
];

describeRule(cloudfrontOriginTls, {
    compliant: {
        "a VPC origin over TLS 1.2": vpcOrigin("https-only"),
        "a custom origin over TLS 1.2": cdn({ originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] }),
        "as the viewer comes, who comes over TLS": cdn({
            originProtocolPolicy: "match-viewer",
            originSslProtocols: ["TLSv1.2"],
        }),
    },
    violating: {
        "a VPC origin in clear text": {
            resources: vpcOrigin("http-only"),
            at: ["origin"],
            says: /vpcOriginEndpointConfig.originProtocolPolicy is http-only: .* Fix: set `originProtocolPolicy: "https-only"`/,
        },
        "an old version beside the new one": {
            resources: vpcOrigin("https-only", ["TLSv1.2", "TLSv1.1"]),
            at: ["origin"],
            says: /originSslProtocols holds TLSv1.1/,
        },
        "a custom origin in clear text": {
            resources: cdn({ originProtocolPolicy: "http-only" }),
            at: ["cdn"],
            says: /origins\[0\].customOriginConfig.originProtocolPolicy is http-only/,
        },
        "as the viewer comes, who may come without TLS": {
            resources: cdn({ originProtocolPolicy: "match-viewer" }, "allow-all"),
            at: ["cdn"],
            says: /match-viewer while viewers may use HTTP/,
        },
    },
    unknown: {
        "a VPC origin's policy and versions": {
            resources: vpcOrigin(UNKNOWN_VALUE, UNKNOWN_VALUE),
            at: ["origin", "origin"],
            says: /is not known in preview/,
        },
        "the origins": {
            resources: [resource("cloudFrontDistribution", "cdn", { origins: UNKNOWN_VALUE })],
            at: ["cdn"],
            says: /origins is not known/,
        },
    },
    notApplicable: {
        "a bucket": [
            resource("cloudFrontDistribution", "cdn", { origins: [{ originId: "assets", s3OriginConfig: {} }] }),
        ],
    },
});
