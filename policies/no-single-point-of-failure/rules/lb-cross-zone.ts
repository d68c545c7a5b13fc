import { defineResourceRule } from "../../shared/rule";
import { tokensOf, TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** Of an application load balancer it is always on; these types leave it off unless they are told. */
const OFF_BY_DEFAULT = new Set<unknown>(["network", "gateway"]);

const ON_BALANCER = "enableCrossZoneLoadBalancing";
const ON_GROUP = "loadBalancingCrossZoneEnabled";

function isTargetGroup(type: string): boolean {
    return TOKENS.targetGroup.includes(type);
}

export const lbCrossZone = defineResourceRule({
    id: "lb-cross-zone",
    title: "A load balancer sends requests to healthy targets in every zone",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_152"], wellArchitected: ["REL10-BP01"] },
    why: "a zone that has lost targets gets its full share of requests all the same, and fails under it while others are idle",
    fix: "set `enableCrossZoneLoadBalancing: true`",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-cross-zone.html",
    tokens: tokensOf("loadBalancer", "targetGroup"),
    guards: [
        { tokens: TOKENS.loadBalancer, property: ON_BALANCER },
        { tokens: TOKENS.targetGroup, property: ON_GROUP },
    ],
    check: ({ type, inputs }, report) => {
        if (isTargetGroup(type)) {
            const crossZone = inputs.get(ON_GROUP);
            if (crossZone === UNKNOWN) {
                report.undetermined(ON_GROUP);
            } else if (crossZone === "false" || crossZone === false) {
                const problem = "is false, whatever the load balancer says";
                report.violation(ON_GROUP, problem, `set \`${ON_GROUP}: "true"\` or leave it out`);
            }
            return;
        }
        const balancerType = inputs.str("loadBalancerType");
        if (balancerType !== UNKNOWN && !OFF_BY_DEFAULT.has(balancerType)) {
            return;
        }
        const crossZone = inputs.bool(ON_BALANCER);
        if (crossZone === true) {
            return;
        }
        if (balancerType === UNKNOWN) {
            report.undetermined("loadBalancerType");
        } else if (crossZone === UNKNOWN) {
            report.undetermined(ON_BALANCER);
        } else {
            const state = crossZone === false ? "is false" : "is not set, which means false";
            report.violation(ON_BALANCER, `${state} on a ${balancerType ?? ""} load balancer`);
        }
    },
    remediate: (inputs, { type }) => {
        if (isTargetGroup(type)) {
            inputs[ON_GROUP] = "true";
        } else {
            inputs[ON_BALANCER] = true;
        }
    },
});
