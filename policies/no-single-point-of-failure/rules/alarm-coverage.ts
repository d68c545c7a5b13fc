import { coverageOf, COVERED_KINDS } from "../../shared/relations/alarm-coverage";
import { someNames } from "../../shared/relations/topics";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";

export const alarmCoverage = defineStackRule({
    id: "alarm-coverage",
    title: "A load balancer, service, database, cache or broker has an alarm",
    severity: "medium",
    frameworks: { wellArchitected: ["REL06-BP01"] },
    why: "its failure is first noticed by those who use it",
    fix: "create an `aws.cloudwatch.MetricAlarm` on a metric of it, with `alarmActions`",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_monitor_aws_resources_monitor_resources.html",
    tokens: tokensOf(...COVERED_KINDS),
    guards: [
        ...["dimensions", "namespace", "metricQueries", "alarmActions"].map((property) => ({
            tokens: TOKENS.metricAlarm,
            property,
        })),
        { tokens: TOKENS.compositeAlarm, property: "alarmRule" },
    ],
    check: (graph, on) => {
        for (const { node, what, metric, alarms, perhaps, onlyScaling } of coverageOf(graph)) {
            if (alarms.length > 0) {
                continue;
            }
            if (perhaps.length > 0) {
                on(node).undetermined(what, `has an alarm that may watch something else (${someNames(perhaps)})`);
                continue;
            }
            const fix = `create an \`aws.cloudwatch.MetricAlarm\`, for example on ${metric}, with \`alarmActions\``;
            on(node).violation(
                what,
                onlyScaling.length === 0
                    ? "has no alarm on any of its metrics"
                    : `has alarms that only scale (${someNames(onlyScaling)}), and none that tells anybody`,
                fix,
            );
        }
    },
});
