import { cloudfrontOriginFailover } from "../../../policies/no-single-point-of-failure/rules/cloudfront-origin-failover";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const READS = ["GET", "HEAD", "OPTIONS"];
const ALL = [...READS, "PUT", "POST", "PATCH", "DELETE"];
const groups = [{ originId: "assets", failoverCriteria: { statusCodes: [500] }, members: [] }];
const behaviour = (targetOriginId: unknown, allowedMethods: unknown = READS): object => ({
    targetOriginId,
    allowedMethods,
});
const distribution = (inputs: object): TestResource[] => [resource("cloudFrontDistribution", "cdn", inputs)];

describeRule(cloudfrontOriginFailover, {
    compliant: {
        "every behaviour targets a group": distribution({
            originGroups: groups,
            defaultCacheBehavior: behaviour("assets"),
            orderedCacheBehaviors: [behaviour("assets")],
        }),
        "a behaviour that writes, which cannot fail over": distribution({
            originGroups: groups,
            defaultCacheBehavior: behaviour("assets"),
            orderedCacheBehaviors: [behaviour("api", ALL)],
        }),
    },
    violating: {
        "one origin": {
            resources: distribution({ defaultCacheBehavior: behaviour("bucket") }),
            at: ["cdn"],
            says: /defaultCacheBehavior\.targetOriginId leads to one origin only: .* Fix: add an entry with two `members` to `originGroups`/,
        },
        "one origin whose id is not known yet": {
            resources: distribution({ defaultCacheBehavior: behaviour(UNKNOWN_VALUE) }),
            at: ["cdn"],
            says: /leads to one origin only/,
        },
        "a group that nothing targets": {
            resources: distribution({
                originGroups: groups,
                defaultCacheBehavior: behaviour("first"),
                orderedCacheBehaviors: [behaviour("assets"), behaviour("second")],
            }),
            at: ["cdn", "cdn"],
            says: /(defaultCacheBehavior|orderedCacheBehaviors\[1\])\.targetOriginId names no origin group/,
        },
    },
    unknown: {
        "the groups": {
            resources: distribution({ originGroups: UNKNOWN_VALUE, defaultCacheBehavior: behaviour("assets") }),
            at: ["cdn"],
            says: /originGroups is not known/,
        },
        "what a behaviour targets": {
            resources: distribution({ originGroups: groups, defaultCacheBehavior: behaviour(UNKNOWN_VALUE) }),
            at: ["cdn"],
            says: /defaultCacheBehavior\.targetOriginId is not known/,
        },
        "the methods": {
            resources: distribution({ defaultCacheBehavior: behaviour("bucket", UNKNOWN_VALUE) }),
            at: ["cdn"],
            says: /defaultCacheBehavior\.allowedMethods is not known/,
        },
        "the other behaviours": {
            resources: distribution({
                originGroups: groups,
                defaultCacheBehavior: behaviour("assets"),
                orderedCacheBehaviors: UNKNOWN_VALUE,
            }),
            at: ["cdn"],
            says: /orderedCacheBehaviors is not known/,
        },
    },
    notApplicable: {
        "a distribution that writes": distribution({ defaultCacheBehavior: behaviour("api", ALL) }),
        "a bucket": [resource("bucket", "assets")],
    },
});
