import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const CLEAR_TEXT = new Set(["HTTP", "TCP", "TCP_UDP"]);

export const lbTargetTls = defineResourceRule({
    id: "lb-target-tls",
    title: "A load balancer reaches its targets over TLS",
    severity: "medium",
    frameworks: { checkov: ["CKV_AWS_378"], wellArchitected: ["SEC09-BP02"] },
    why: "traffic is in clear text between the load balancer and the containers, across zones too",
    fix: 'set `protocol: "HTTPS"` (TLS on a network load balancer) and `healthCheck.protocol` alike',
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html#target-group-routing-configuration",
    tokens: TOKENS.targetGroup,
    guards: ["protocol"],
    check: ({ inputs }, report) => {
        // Functions are called, not connected to; a target that is a load balancer has a listener of its own.
        const type = inputs.str("targetType");
        if (type === "lambda" || type === "alb") {
            return;
        }
        const protocol = inputs.str("protocol");
        if (protocol === UNKNOWN) {
            report.undetermined("protocol");
        } else if (protocol !== undefined && CLEAR_TEXT.has(protocol)) {
            report.violation("protocol", `is ${protocol}`);
        }
    },
});
