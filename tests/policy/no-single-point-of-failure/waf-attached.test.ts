import { wafAttached } from "../../../policies/no-single-point-of-failure/rules/waf-attached";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE } from "../support/harness";

describeRule(wafAttached, {
    compliant: {
        "a distribution with a web ACL": [
            resource("cloudFrontDistribution", "cdn", { webAclId: ref("acl", "arn") }),
            { type: "aws:wafv2/webAcl:WebAcl", name: "acl", inputs: {} },
        ],
        "a public load balancer with a web ACL": [
            resource("loadBalancer", "lb", { internal: false }),
            resource("webAclAssociation", "association", { resourceArn: ref("lb", "arn"), webAclArn: "arn" }),
        ],
    },
    violating: {
        "a distribution without": {
            resources: [resource("cloudFrontDistribution", "cdn", {})],
            at: ["cdn"],
            says: /webAclId is not set/,
        },
        "a public load balancer without": {
            resources: [resource("loadBalancer", "lb", {})],
            at: ["lb"],
            says: /web ACL is missing on a load balancer that the internet reaches/,
        },
    },
    unknown: {
        "the web ACL": {
            resources: [resource("cloudFrontDistribution", "cdn", { webAclId: UNKNOWN_VALUE })],
            at: ["cdn"],
            says: /webAclId is not known/,
        },
        "whether it is public": {
            resources: [resource("loadBalancer", "lb", { internal: UNKNOWN_VALUE })],
            at: ["lb"],
            says: /internal is not known/,
        },
    },
    notApplicable: {
        "an internal load balancer": [resource("loadBalancer", "lb", { internal: true })],
        "a network load balancer": [resource("loadBalancer", "lb", { loadBalancerType: "network" })],
    },
});
