import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** Deliveries to people: there is no queue to put them into. */
const PEOPLE = new Set(["email", "email-json", "sms"]);

export const snsSubscriptionDlq = defineResourceRule({
    id: "sns-subscription-dlq",
    title: "A subscription keeps what it could not deliver in a dead-letter queue",
    severity: "medium",
    frameworks: { wellArchitected: ["REL05-BP01"] },
    why: "a message that cannot be delivered is dropped after the last attempt",
    fix: "set `redrivePolicy` with the ARN of a dead-letter queue (`deadLetterTargetArn`)",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
    tokens: TOKENS.snsTopicSubscription,
    guards: ["redrivePolicy"],
    check: ({ inputs }, report) => {
        const protocol = inputs.str("protocol");
        if (inputs.get("redrivePolicy") !== undefined || (typeof protocol === "string" && PEOPLE.has(protocol))) {
            return;
        }
        if (protocol === UNKNOWN) {
            report.undetermined("protocol");
        } else {
            report.violation("redrivePolicy", "is not set");
        }
    },
});
