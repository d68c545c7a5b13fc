import { alarmActions } from "../../../policies/no-single-point-of-failure/rules/alarm-actions";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const alarm = (inputs: object): TestResource[] => [resource("metricAlarm", "errors", inputs)];

const events = (pattern: object): TestResource[] => [
    ...alarm({}),
    resource("eventRule", "alarms", { eventPattern: json(pattern) }, { computed: { name: "alarms-1" } }),
    resource("eventTarget", "chat", {
        rule: ref("alarms", "name"),
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:chat",
    }),
];
const ofAlarms = { source: ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"] };

describeRule(alarmActions, {
    compliant: {
        "an action": alarm({ alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] }),
        "an action that does not exist yet": [
            resource("snsTopic", "alerts"),
            ...alarm({ alarmActions: [ref("alerts", "arn")] }),
        ],
        "alarms that a composite one speaks for": [
            ...alarm({ name: "errors" }),
            resource("metricAlarm", "latency", {}, { computed: { name: "latency-1" } }),
            resource("compositeAlarm", "all", {
                alarmRule: json([ref("errors", "name"), ref("latency", "name")]),
                alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"],
            }),
        ],
        "an alarm that a composite one names": [
            ...alarm({ name: "errors in checkout" }),
            resource("compositeAlarm", "all", {
                alarmRule: 'ALARM("errors in checkout") AND NOT ALARM(deploying)',
                alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"],
            }),
        ],
        "an alarm that holds back a composite one": [
            resource("metricAlarm", "deploying", {}),
            ...alarm({ alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"] }),
            resource("compositeAlarm", "all", {
                alarmRule: "ALARM(something)",
                actionsSuppressor: { alarm: ref("deploying"), extensionPeriod: 60, waitPeriod: 60 },
                alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"],
            }),
        ],
        "alarms that roll a deployment back": [
            resource("metricAlarm", "errors", { name: "errors" }),
            resource("ecsService", "web", { alarms: { alarmNames: ["errors"], enable: true, rollback: true } }),
            resource("metricAlarm", "latency"),
            resource("codeDeployGroup", "blue-green", { alarmConfiguration: { alarms: [ref("latency")] } }),
            resource("metricAlarm", "refresh", {}, { computed: { name: "refresh-1" } }),
            resource("autoScalingGroup", "nodes", {
                instanceRefresh: { preferences: { alarmSpecification: { alarms: [ref("refresh", "name")] } } },
            }),
        ],
        "alarms that an event rule hands on": events({ ...ofAlarms, detail: { state: { value: ["ALARM"] } } }),
        "an alarm that a health check of Route 53 goes by": [
            resource("metricAlarm", "lag", { name: "lag" }),
            resource("dnsHealthCheck", "replica", {
                type: "CLOUDWATCH_METRIC",
                cloudwatchAlarmName: ref("lag", "name"),
            }),
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
        "alarms of which an event rule hands on others": {
            resources: events({ ...ofAlarms, resources: ["arn:aws:cloudwatch:eu-west-1:123456789012:alarm:other"] }),
            at: ["errors"],
            says: /alarmActions names no action/,
        },
        "alarms of which an event rule hands on the end": {
            resources: events({ ...ofAlarms, detail: { state: { value: ["OK"] } } }),
            at: ["errors"],
            says: /alarmActions names no action/,
        },
        "an alarm beside the one that rolls a deployment back": {
            resources: [
                resource("metricAlarm", "errors", { name: "errors" }),
                resource("metricAlarm", "other", { name: "other" }),
                resource("ecsService", "web", { alarms: { alarmNames: ["errors"], enable: true, rollback: true } }),
            ],
            at: ["other"],
            says: /alarmActions names no action/,
        },
        "a composite alarm": {
            resources: [resource("compositeAlarm", "all", {})],
            at: ["all"],
            says: /names no action/,
        },
        "an alarm that the composite one does not name": {
            resources: [
                ...alarm({ name: "errors" }),
                resource("compositeAlarm", "all", {
                    alarmRule: "ALARM(latency) OR ALARM(errors-of-another)",
                    alarmActions: ["arn:aws:sns:eu-west-1:123456789012:alerts"],
                }),
            ],
            at: ["errors"],
            says: /names no action/,
        },
        "a composite alarm that tells nobody, whose children leave it to it": {
            resources: [
                ...alarm({ name: "errors" }),
                resource("compositeAlarm", "all", { alarmRule: "ALARM(errors)" }),
            ],
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
