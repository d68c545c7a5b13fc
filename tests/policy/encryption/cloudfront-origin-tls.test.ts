import { cloudfrontOriginTls } from "../../../policies/encryption/rules/cloudfront-origin-tls";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

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

const through = (policy: unknown, viewerProtocolPolicy: unknown): TestResource[] => [
    ...vpcOrigin(policy),
    resource("cloudFrontDistribution", "cdn", {
        defaultCacheBehavior: { viewerProtocolPolicy },
        origins: [{ originId: "app", vpcOriginConfig: { vpcOriginId: ref("origin") } }],
    }),
];

describeRule(cloudfrontOriginTls, {
    compliant: {
        "a VPC origin over TLS 1.2": vpcOrigin("https-only"),
        "a custom origin over TLS 1.2": cdn({ originProtocolPolicy: "https-only", originSslProtocols: ["TLSv1.2"] }),
        "a VPC origin as the viewer comes, who comes over TLS": through("match-viewer", "https-only"),
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
        "a VPC origin as the viewer comes, who may come without TLS": {
            resources: through("match-viewer", "allow-all"),
            at: ["origin"],
            says: /vpcOriginEndpointConfig.originProtocolPolicy is match-viewer while viewers may use HTTP/,
        },
        "a website endpoint of S3, which has no TLS": {
            resources: [
                resource("cloudFrontDistribution", "cdn", {
                    defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
                    origins: [
                        {
                            originId: "site",
                            domainName: "site.s3-website.eu-central-1.amazonaws.com",
                            customOriginConfig: { originProtocolPolicy: "http-only" },
                        },
                    ],
                }),
            ],
            at: ["cdn"],
            says: /originProtocolPolicy is http-only: .* Fix: a website endpoint has no TLS/,
        },
    },
    unknown: {
        "what viewers may use": {
            resources: cdn({ originProtocolPolicy: "match-viewer" }, UNKNOWN_VALUE),
            at: ["cdn"],
            says: /is match-viewer, and what viewers may use is not known/,
        },
        "the distribution of a VPC origin": {
            resources: vpcOrigin("match-viewer"),
            at: ["origin"],
            says: /is match-viewer, and what viewers may use is not known/,
        },
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
