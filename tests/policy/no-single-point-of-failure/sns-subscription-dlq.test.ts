import { snsSubscriptionDlq } from "../../../policies/no-single-point-of-failure/rules/sns-subscription-dlq";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const subscription = (inputs: object): TestResource[] => [resource("snsTopicSubscription", "hook", inputs)];

describeRule(snsSubscriptionDlq, {
    compliant: {
        "a dead-letter queue": subscription({ protocol: "https", redrivePolicy: '{"deadLetterTargetArn":"arn"}' }),
        "a dead-letter queue that does not exist yet": [
            ...subscription({ protocol: "https", redrivePolicy: json({ deadLetterTargetArn: ref("dead", "arn") }) }),
            resource("sqsQueue", "dead"),
        ],
    },
    violating: {
        none: { resources: subscription({ protocol: "sqs" }), at: ["hook"], says: /redrivePolicy is not set/ },
        "an empty one": {
            resources: subscription({ protocol: "sqs", redrivePolicy: "" }),
            at: ["hook"],
            says: /redrivePolicy is not set/,
        },
        "one that names no queue": {
            resources: subscription({ protocol: "sqs", redrivePolicy: "{}" }),
            at: ["hook"],
            says: /redrivePolicy is not set/,
        },
    },
    unknown: {
        "the protocol": {
            resources: subscription({ protocol: UNKNOWN_VALUE }),
            at: ["hook"],
            says: /protocol is not known/,
        },
        "a policy that may turn out empty": {
            resources: subscription({ protocol: "https", redrivePolicy: UNKNOWN_VALUE }),
            at: ["hook"],
            says: /redrivePolicy is not known/,
        },
    },
    notApplicable: { "mail to people": subscription({ protocol: "email" }) },
});
