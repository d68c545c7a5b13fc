import type { Node } from "../../shared/graph";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Maybe } from "../../shared/unknown";

/** Records that say where to go. A weighted TXT record is no path for requests. */
const LEADS_SOMEWHERE = new Set<unknown>(["A", "AAAA", "CNAME", "HTTPS", "SVCB", UNKNOWN]);

export const dnsFailoverHealth = defineStackRule({
    id: "dns-failover-health",
    title: "A record that shares its name with others is answered only while what it points to is healthy",
    severity: "medium",
    frameworks: { wellArchitected: ["REL11-BP01", "REL11-BP02"] },
    why: "Route 53 takes a record without a health check for healthy and keeps sending callers there when it is down",
    fix: "set `healthCheckId` to an `aws.route53.HealthCheck` of what the record points to",
    url: "https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html",
    tokens: TOKENS.dnsRecord,
    guards: ["healthCheckId", "aliases"],
    check: (graph, on) => {
        for (const record of graph.all("dnsRecord")) {
            const policy = policyOf(record);
            if (policy === undefined || !LEADS_SOMEWHERE.has(record.str("type"))) {
                continue;
            }
            const healthCheck = record.str("healthCheckId");
            // The id of a health check of the stack is unknown until it exists.
            const fromStack = (record.propertyDependencies.get("healthCheckId") ?? []).length > 0;
            if (healthCheck !== undefined && (healthCheck !== UNKNOWN || fromStack)) {
                continue;
            }
            const aliases = record.list("aliases");
            const evaluates = elements(aliases).map((alias) => alias.bool("evaluateTargetHealth"));
            if (evaluates.includes(true)) {
                continue;
            }
            if (healthCheck === UNKNOWN) {
                on(record).undetermined("healthCheckId");
            } else if (aliases === UNKNOWN || evaluates.includes(UNKNOWN)) {
                on(record).undetermined("aliases");
            } else if (policy === UNKNOWN) {
                on(record).undetermined("routing policy");
            } else if (evaluates.length > 0) {
                on(record).violation(
                    "aliases[0].evaluateTargetHealth",
                    `is false on a ${policy} record without \`healthCheckId\``,
                    "set `evaluateTargetHealth: true`, or `healthCheckId` where the target is a distribution of CloudFront",
                );
            } else {
                on(record).violation("healthCheckId", `is not set on a ${policy} record`);
            }
        }
    },
});

/** The routing policy that chooses among records of one name by their health, in the words of Route 53. */
function policyOf(record: Node): Maybe<string> {
    const view = record.inputs ?? record;
    const policies: Maybe<string>[] = [];
    for (const failover of elements(view.list("failoverRoutingPolicies"))) {
        const type = failover.str("type");
        // The secondary is the last resort, which is answered whether it is healthy or not.
        policies.push(type === "PRIMARY" ? "primary failover" : type === UNKNOWN ? UNKNOWN : undefined);
    }
    for (const weighted of elements(view.list("weightedRoutingPolicies"))) {
        // A record of weight 0 is one, too: it is answered only when all others have failed.
        const weight = weighted.num("weight");
        policies.push(weight === UNKNOWN ? UNKNOWN : weight === 0 ? undefined : "weighted");
    }
    if (elements(view.list("latencyRoutingPolicies")).length > 0) {
        policies.push("latency");
    }
    const multivalue = view.bool("multivalueAnswerRoutingPolicy");
    policies.push(multivalue === true ? "multivalue answer" : multivalue === UNKNOWN ? UNKNOWN : undefined);
    const whole = ["failoverRoutingPolicies", "weightedRoutingPolicies", "latencyRoutingPolicies"];
    if (whole.some((property) => view.get(property) === UNKNOWN)) {
        policies.push(UNKNOWN);
    }
    return policies.find((policy) => typeof policy === "string") ?? policies.find((policy) => policy === UNKNOWN);
}
