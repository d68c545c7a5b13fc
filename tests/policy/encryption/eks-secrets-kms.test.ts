import { eksSecretsKms } from "../../../policies/encryption/rules/eks-secrets-kms";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const cluster = (encryptionConfig?: unknown, more: object = {}): TestResource =>
    resource("eksCluster", "shop", { ...(encryptionConfig === undefined ? {} : { encryptionConfig }), ...more });
const withKey = (keyArn: unknown, resources: unknown = ["secrets"]): object => ({ provider: { keyArn }, resources });

const KEY = "arn:aws:kms:eu-west-1:123456789012:key/1";

describeRule(eksSecretsKms, {
    compliant: {
        "a key by its ARN": [cluster(withKey(KEY))],
        "a key that does not exist yet": [resource("kmsKey", "key"), cluster(withKey(ref("key", "arn")))],
    },
    violating: {
        nothing: {
            resources: [cluster()],
            at: ["shop"],
            says: /encryptionConfig\.provider\.keyArn is not set: .* Fix: set `encryptionConfig/,
        },
        "nothing, on a version that encrypts by itself with a key of AWS": {
            resources: [cluster(undefined, { version: "1.33" })],
            at: ["shop"],
            says: /encryptionConfig\.provider\.keyArn is not set/,
        },
        "a key for nothing": {
            resources: [cluster(withKey(KEY, []))],
            at: ["shop"],
            says: /encryptionConfig\.resources does not name "secrets"/,
        },
        "an empty key": {
            resources: [cluster(withKey(""))],
            at: ["shop"],
            says: /encryptionConfig\.provider\.keyArn is not set/,
        },
    },
    unknown: {
        "a key that comes from no key of the stack": {
            resources: [cluster(withKey(UNKNOWN_VALUE))],
            at: ["shop"],
            says: /encryptionConfig\.provider\.keyArn is not known/,
        },
        "what the key is for": {
            resources: [cluster(withKey(KEY, UNKNOWN_VALUE))],
            at: ["shop"],
            says: /encryptionConfig\.resources is not known/,
        },
    },
    notApplicable: {
        "a local cluster on an Outpost": [cluster(undefined, { outpostConfig: { outpostArns: ["arn"] } })],
        "a group of nodes": [resource("eksNodeGroup", "nodes")],
    },
});
