import { alarmTopicKeyUsable } from "../../../policies/encryption/rules/alarm-topic-key-usable";
import { describeRule } from "../support/describe-rule";
import { json, judge, ref, resource, type TestResource } from "../support/harness";

const alarm = resource("metricAlarm", "errors", { alarmActions: [ref("alerts", "arn")] });
const topic = (kmsMasterKeyId?: unknown): TestResource => resource("snsTopic", "alerts", { kmsMasterKeyId });
const policyOf = (...Statement: object[]) => ({ policy: json({ Statement }) });
const key = (...Statement: object[]): TestResource => resource("kmsKey", "key", policyOf(...Statement));
const replica = (...Statement: object[]): TestResource =>
    resource("kmsReplicaKey", "replica", { primaryKeyArn: "arn:aws:kms:us-east-1:1:key/1", ...policyOf(...Statement) });
/** The id that a key of several regions shares with its replicas. */
const sharedId = { computed: { keyId: "mrk-1" } };
const cloudWatch = {
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
};
const account = { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" };

describeRule(alarmTopicKeyUsable, {
    compliant: {
        "a key that lets CloudWatch in": [alarm, topic(ref("key", "arn")), key(account, cloudWatch)],
        "a key that lets CloudWatch do all but manage it": [
            alarm,
            topic(ref("key", "arn")),
            key(account, { Effect: "Allow", Principal: cloudWatch.Principal, NotAction: "kms:Put*" }),
        ],
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
        "a replica of a key of another region": [alarm, topic(ref("replica", "arn")), replica(account, cloudWatch)],
        "a replica through an alias": [
            alarm,
            topic(ref("alias", "name")),
            resource("kmsAlias", "alias", { targetKeyId: ref("replica", "arn") }),
            replica(account, cloudWatch),
        ],
        "a key with material of one's own": [
            alarm,
            topic(ref("key", "arn")),
            resource("kmsExternalKey", "key", policyOf(account, cloudWatch)),
        ],
        "a replica of such a key": [
            alarm,
            topic(ref("key", "arn")),
            resource("kmsReplicaExternalKey", "key", policyOf(account, cloudWatch)),
        ],
        "a policy of its own for a replica": [
            alarm,
            topic(ref("replica", "arn")),
            replica(account),
            resource("kmsKeyPolicy", "policy", { keyId: ref("replica", "id"), ...policyOf(cloudWatch) }),
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
        "a key that lets CloudWatch do all but what it needs": {
            resources: [
                alarm,
                topic(ref("key", "arn")),
                key(account, { Effect: "Allow", Principal: cloudWatch.Principal, NotAction: "kms:*crypt*" }),
            ],
            at: ["alerts"],
            says: /leaves CloudWatch out/,
        },
        "a replica that leaves CloudWatch out, whatever its primary key says": {
            resources: [alarm, topic(ref("replica", "arn")), key(account, cloudWatch), replica(account)],
            at: ["alerts"],
            says: /kmsMasterKeyId is a key \(replica\) whose policy leaves CloudWatch out/,
        },
        "a replica without a policy, which admits its account alone": {
            resources: [alarm, topic(ref("replica", "arn")), resource("kmsReplicaKey", "replica")],
            at: ["alerts"],
            says: /leaves CloudWatch out/,
        },
        "a key with material of one's own that leaves CloudWatch out": {
            resources: [alarm, topic(ref("key", "arn")), resource("kmsExternalKey", "key", policyOf(account))],
            at: ["alerts"],
            says: /leaves CloudWatch out/,
        },
        "the key of SNS itself by its ARN": {
            resources: [alarm, topic("arn:aws-cn:kms:cn-north-1:123456789012:alias/aws/sns")],
            at: ["alerts"],
            says: /kmsMasterKeyId is alias\/aws\/sns, which/,
        },
    },
    unknown: {
        "the policy of a replica": {
            resources: [
                alarm,
                topic(ref("replica", "arn")),
                replica({ ...account, Principal: { AWS: ref("role", "arn") } }),
            ],
            at: ["alerts"],
            says: /a key whose policy is not known in preview/,
        },
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

describe("an id that a key shares with its replica", () => {
    const judged = (ofReplica: TestResource) =>
        judge(alarmTopicKeyUsable, [alarm, topic("mrk-1"), { ...key(account, cloudWatch), ...sharedId }, ofReplica], {
            mode: "up",
        });

    test("keeps the rule where both let CloudWatch in", () => {
        expect(judged({ ...replica(account, cloudWatch), ...sharedId })).toEqual([]);
    });

    test("is open where only one does", () => {
        const [finding, ...others] = judged({ ...replica(account), ...sharedId });
        expect(finding?.message).toMatch(/^undetermined: kmsMasterKeyId may be one of several keys/);
        expect(others).toEqual([]);
    });
});
