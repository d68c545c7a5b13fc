import { alarmTopicKeyUsable } from "../../../policies/encryption/rules/alarm-topic-key-usable";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, type TestResource } from "../support/harness";

const alarm = resource("metricAlarm", "errors", { alarmActions: [ref("alerts", "arn")] });
const topic = (kmsMasterKeyId?: unknown): TestResource => resource("snsTopic", "alerts", { kmsMasterKeyId });
const key = (...Statement: object[]): TestResource => resource("kmsKey", "key", { policy: json({ Statement }) });
const cloudWatch = {
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
};
const account = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" };

describeRule(alarmTopicKeyUsable, {
    compliant: {
        "a key that lets CloudWatch in": [alarm, topic(ref("key", "arn")), key(account, cloudWatch)],
        "through an alias": [
            alarm,
            topic(ref("alias", "name")),
            resource("kmsAlias", "alias", { targetKeyId: ref("key", "id") }),
            key(account, cloudWatch),
        ],
        "beside an alias that says the key's ARN, too": [
            alarm,
            topic(ref("key", "arn")),
            resource("kmsAlias", "alias", { targetKeyId: ref("key") }, { computed: { targetKeyArn: "key-arn" } }),
            key(account, cloudWatch),
        ],
        "a policy of its own": [
            alarm,
            topic(ref("key", "arn")),
            key(account),
            resource("kmsKeyPolicy", "policy", { keyId: ref("key", "id"), policy: json({ Statement: [cloudWatch] }) }),
        ],
    },
    violating: {
        "the key of SNS itself": {
            resources: [alarm, topic("alias/aws/sns")],
            at: ["alerts"],
            says: /kmsMasterKeyId is alias\/aws\/sns, which CloudWatch may not use/,
        },
        "a key that leaves CloudWatch out": {
            resources: [alarm, topic(ref("key", "arn")), key(account)],
            at: ["alerts"],
            says: /kmsMasterKeyId is a key \(key\) whose policy leaves CloudWatch out: .* no alarm ever arrives/,
        },
        "a key that lets CloudWatch do half of it": {
            resources: [alarm, topic(ref("key", "arn")), key({ ...cloudWatch, Action: "kms:Decrypt" })],
            at: ["alerts"],
            says: /leaves CloudWatch out/,
        },
    },
    unknown: {
        "the policy": {
            resources: [alarm, topic(ref("key", "arn")), key({ ...account, Principal: { AWS: ref("role", "arn") } })],
            at: ["alerts"],
            says: /a key whose policy is not known in preview/,
        },
        "a key of another stack": {
            resources: [alarm, topic("arn:aws:kms:eu-west-1:123456789012:key/1")],
            at: ["alerts"],
            says: /a key that is not in this stack/,
        },
    },
    notApplicable: {
        "a topic that no alarm sends to": [topic("alias/aws/sns")],
        "a topic without a key": [alarm, topic()],
    },
});
