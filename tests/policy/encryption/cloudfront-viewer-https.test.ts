import { cloudfrontViewerHttps } from "../../../policies/encryption/rules/cloudfront-viewer-https";
import { describeRule } from "../support/describe-rule";
import { judge, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cdn = (first: unknown, ...others: unknown[]): TestResource[] => [
    resource("cloudFrontDistribution", "cdn", {
        defaultCacheBehavior: { viewerProtocolPolicy: first },
        orderedCacheBehaviors: others.map((viewerProtocolPolicy) => ({ pathPattern: "/x", viewerProtocolPolicy })),
    }),
];

describeRule(cloudfrontViewerHttps, {
    compliant: { "redirects and HTTPS alone": cdn("redirect-to-https", "https-only") },
    violating: {
        "the default behaviour": {
            resources: cdn("allow-all", "https-only"),
            at: ["cdn"],
            says: /defaultCacheBehavior.viewerProtocolPolicy is allow-all: .* Fix: set `viewerProtocolPolicy: "redirect-to-https"`/,
        },
        "one behaviour of several": {
            resources: cdn("redirect-to-https", "https-only", "allow-all"),
            at: ["cdn"],
            says: /orderedCacheBehaviors\[1\].viewerProtocolPolicy is allow-all/,
        },
        "several, each of them": { resources: cdn("allow-all", "allow-all"), at: ["cdn", "cdn"], says: /is allow-all/ },
    },
    unknown: {
        "all behaviours but the default": {
            resources: [
                resource("cloudFrontDistribution", "cdn", {
                    defaultCacheBehavior: { viewerProtocolPolicy: "https-only" },
                    orderedCacheBehaviors: UNKNOWN_VALUE,
                }),
            ],
            at: ["cdn"],
            says: /orderedCacheBehaviors is not known/,
        },
        "one of them, and the others are judged": {
            resources: cdn("redirect-to-https", UNKNOWN_VALUE),
            at: ["cdn"],
            says: /orderedCacheBehaviors\[0\].viewerProtocolPolicy is not known/,
        },
    },
    notApplicable: { "a VPC origin": [resource("cloudFrontVpcOrigin", "origin", {})] },
});

test("an unknown behaviour does not hide one that is known to be wrong", () => {
    const found = judge(cloudfrontViewerHttps, cdn(UNKNOWN_VALUE, "allow-all"));
    expect(found.map(({ message }) => message.startsWith("undetermined: "))).toEqual([true, false]);
});
