import { actsOnAlarm } from "../../shared/relations/alarms";
import { defineResourceRule } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";

export const alarmActions = defineResourceRule({
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
    guards: ["alarmActions", "actionsEnabled"],
    check: ({ inputs }, report) => {
        switch (actsOnAlarm(inputs)) {
            case "silent":
                if (inputs.bool("actionsEnabled") === false) {
                    report.violation("actionsEnabled", "is false", "leave `actionsEnabled` on");
                } else {
                    report.violation("alarmActions", "names no action");
                }
                break;
            case "open":
                report.undetermined("alarmActions");
                break;
            case "acts":
                break;
        }
    },
});
