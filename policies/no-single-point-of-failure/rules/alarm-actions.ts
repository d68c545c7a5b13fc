import { actsOnAlarm, compositesOf, eventsTellOfAlarms, isReadByOthers } from "../../shared/relations/alarms";
import { defineStackRule } from "../../shared/rule";
import { TOKENS, tokensOf } from "../../shared/tokens";

export const alarmActions = defineStackRule({
    id: "alarm-actions",
    title: "An alarm tells somebody",
    severity: "high",
    frameworks: {
        fsbp: ["CloudWatch.15", "CloudWatch.17"],
        checkov: ["CKV_AWS_319"],
        wellArchitected: ["REL06-BP03"],
    },
    why: "it turns red on a page that nobody looks at",
    fix: "set `alarmActions` to the ARN of a topic that is subscribed to, and leave `actionsEnabled` on",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
    tokens: tokensOf("metricAlarm", "compositeAlarm"),
    guards: ["alarmActions", "actionsEnabled", { tokens: TOKENS.compositeAlarm, property: "alarmRule" }],
    check: (graph, on) => {
        // Every alarm's change of state is an event, which does not need an action of the alarm.
        if (eventsTellOfAlarms(graph)) {
            return;
        }
        for (const alarm of graph.all("metricAlarm", "compositeAlarm")) {
            const acts = actsOnAlarm(alarm);
            // A composite alarm speaks for the alarms in its rule, or is held back by them; it is judged itself.
            if (acts === "acts" || compositesOf(graph, alarm).length > 0 || isReadByOthers(graph, alarm)) {
                continue;
            }
            const report = on(alarm);
            if (acts === "open") {
                report.undetermined("alarmActions");
            } else if (alarm.bool("actionsEnabled") === false) {
                report.violation("actionsEnabled", "is false", "leave `actionsEnabled` on");
            } else {
                report.violation("alarmActions", "names no action");
            }
        }
    },
});
