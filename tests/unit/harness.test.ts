import * as aws from "@pulumi/aws";
import { record, valueOf } from "./harness";

describe("the recording harness", () => {
    it("records every resource with its resolved inputs", async () => {
        const registered = await record(async () => {
            const topic = new aws.sns.Topic("topic", {});
            new aws.sns.TopicPolicy("policy", { arn: topic.arn, policy: "{}" });
            await expect(valueOf(topic.id)).resolves.toBe("topic-id");
        });
        expect(registered.one("aws:sns/topicPolicy:TopicPolicy").inputs["arn"]).toBe(
            "arn:aws:mock:eu-central-1:123456789012:topic",
        );
    });

    it("lists what there is when a resource is missing", async () => {
        const registered = await record(() => new aws.sns.Topic("topic", {}));
        expect(() => registered.one("aws:sqs/queue:Queue")).toThrow("aws:sns/topic:Topic topic");
    });
});
