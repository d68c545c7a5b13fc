import { alarmActions } from "../../../policies/no-single-point-of-failure/rules/alarm-actions";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const alarm = (inputs: object): TestResource[] => [resource("metricAlarm", "errors", inputs)];

describeRule(alarmActions, {
    compliant: {
        "an action": alarm({ alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] }),
        "an action that does not exist yet": [
            resource("snsTopic", "alerts"),
            ...alarm({ alarmActions: [ref("alerts", "arn")] }),
        ],
    },
    violating: {
        "no action": { resources: alarm({}), at: ["errors"], says: /alarmActions names no action/ },
        "an empty list": {
            resources: alarm({ alarmActions: [] }),
            at: ["errors"],
            says: /alarmActions names no action/,
        },
        "actions that are switched off": {
            resources: alarm({ alarmActions: ["arn"], actionsEnabled: false }),
            at: ["errors"],
            says: /actionsEnabled is false: .* Fix: leave `actionsEnabled` on/,
        },
        "a composite alarm": {
            resources: [resource("compositeAlarm", "all", {})],
            at: ["all"],
            says: /names no action/,
        },
    },
    unknown: {
        "the list": {
            resources: alarm({ alarmActions: UNKNOWN_VALUE }),
            at: ["errors"],
            says: /alarmActions is not known/,
        },
        "whether they are on": {
            resources: alarm({ alarmActions: ["arn"], actionsEnabled: UNKNOWN_VALUE }),
            at: ["errors"],
            says: /not known/,
        },
    },
    notApplicable: { "a topic": [resource("snsTopic", "alerts")] },
});
