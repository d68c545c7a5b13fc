import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** Deliveries to people: there is no queue to put them into. */
const PEOPLE = new Set(["email", "email-json", "sms"]);

export const snsSubscriptionDlq = defineStackRule({
    id: "sns-subscription-dlq",
    title: "A subscription keeps what it could not deliver in a dead-letter queue",
    severity: "medium",
    frameworks: { wellArchitected: ["REL05-BP01"] },
    why: "a message that cannot be delivered is dropped after the last attempt",
    fix: "set `redrivePolicy` with the ARN of a dead-letter queue (`deadLetterTargetArn`)",
    url: "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
    tokens: TOKENS.snsTopicSubscription,
    guards: ["redrivePolicy"],
    check: (graph, on) => {
        for (const subscription of graph.all("snsTopicSubscription")) {
            const protocol = subscription.str("protocol");
            // The provider fills in the empty text, and a program may write it: a policy is one that names a queue.
            const document = (subscription.inputs ?? subscription).json("redrivePolicy");
            const policy = document === UNKNOWN ? UNKNOWN : document?.str("deadLetterTargetArn");
            const comes = (subscription.propertyDependencies.get("redrivePolicy") ?? []).length > 0;
            if ((policy !== undefined && (policy !== UNKNOWN || comes)) || PEOPLE.has(String(protocol))) {
                continue;
            }
            if (policy === UNKNOWN || protocol === UNKNOWN) {
                on(subscription).undetermined(policy === UNKNOWN ? "redrivePolicy" : "protocol");
            } else {
                on(subscription).violation("redrivePolicy", "is not set");
            }
        }
    },
});
