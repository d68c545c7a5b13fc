import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const wafAttached = defineStackRule({
    id: "waf-attached",
    title: "What the internet reaches first has a web ACL",
    severity: "medium",
    frameworks: {
        fsbp: ["ELB.16", "CloudFront.6"],
        checkov: ["CKV_AWS_68", "CKV2_AWS_28"],
        wellArchitected: ["SEC05-BP03", "REL05-BP02"],
    },
    why: "a flood of requests or a known attack reaches the service itself",
    fix: "set the distribution's `webAclId`, or add an `aws.wafv2.WebAclAssociation` for the load balancer",
    url: "https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html",
    tokens: tokensOf("cloudFrontDistribution", "loadBalancer"),
    guards: ["webAclId", { tokens: TOKENS.webAclAssociation, property: "resourceArn" }],
    check: (graph, on) => {
        for (const distribution of graph.all("cloudFrontDistribution")) {
            const webAcl = distribution.get("webAclId");
            if (webAcl === undefined || webAcl === "") {
                on(distribution).violation("webAclId", "is not set");
            } else if (webAcl === UNKNOWN && (distribution.propertyDependencies.get("webAclId") ?? []).length === 0) {
                on(distribution).undetermined("webAclId");
            }
        }
        for (const balancer of graph.all("loadBalancer")) {
            const type = balancer.str("loadBalancerType") ?? "application";
            const internal = balancer.bool("internal");
            if (type !== "application" || internal === true) {
                continue;
            }
            if (graph.referring(balancer, "webAclAssociation", "resourceArn").length > 0) {
                continue;
            }
            if (internal === UNKNOWN) {
                on(balancer).undetermined("internal");
            } else {
                on(balancer).violation("web ACL", "is missing on a load balancer that the internet reaches");
            }
        }
    },
});
