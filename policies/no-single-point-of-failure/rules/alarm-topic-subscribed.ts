import { alertTopics, someNames, subscribersOf } from "../../shared/relations/topics";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const alarmTopicSubscribed = defineStackRule({
    id: "alarm-topic-subscribed",
    title: "Somebody listens to a topic that alarms are sent to",
    severity: "high",
    frameworks: { wellArchitected: ["REL06-BP03"] },
    why: "the alarm goes off, the topic takes the message, and nobody gets it",
    fix: "create an `aws.sns.TopicSubscription` to the topic (an e-mail address has to confirm it), or name the topic in `snsTopicArns` of a chat channel",
    url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/US_SetupSNS.html",
    tokens: TOKENS.snsTopic,
    guards: [
        { tokens: TOKENS.snsTopicSubscription, property: "topic" },
        { tokens: TOKENS.chatChannel, property: "snsTopicArns" },
    ],
    check: (graph, on) => {
        for (const [topic, senders] of alertTopics(graph)) {
            const { sure, unsure } = subscribersOf(graph, topic);
            if (sure.length > 0) {
                continue;
            }
            if (unsure.length > 0) {
                on(topic).undetermined("topic", `has a subscription that may be to another one (${someNames(unsure)})`);
            } else {
                on(topic).violation("topic", `has no subscription, and is told by ${someNames(senders)}`);
            }
        }
    },
});
