import { rules } from "../../../policies/encryption/rules";
import { describeRule } from "../support/describe-rule";
import { resource, type TestResource } from "../support/harness";

const rule = rules.find(({ id }) => id === "no-ignore-changes-guarded");
const key = (...ignoreChanges: string[]): TestResource[] => [resource("kmsKey", "data", {}, { ignoreChanges })];

if (rule === undefined) {
    throw new Error("the pack has the rule");
}
describeRule(rule, {
    compliant: {
        "a property that no rule judges": key("description"),
        "the version of a database whose own group demands TLS": [
            resource(
                "rdsInstance",
                "db",
                { engine: "postgres", parameterGroupName: "ours" },
                { ignoreChanges: ["engineVersion"] },
            ),
        ],
        "where a listener with TLS forwards to, which deployments change": [
            resource("listener", "web", { protocol: "HTTPS" }, { ignoreChanges: ["defaultActions"] }),
        ],
    },
    violating: {
        "a guarded property": {
            resources: key("enableKeyRotation"),
            at: ["data"],
            says: /hides `enableKeyRotation` from kms-rotation/,
        },
        "what the rules read of other types": {
            resources: [
                resource("bucketPolicy", "policy", {}, { ignoreChanges: ["policy"] }),
                resource("bucketEncryption", "encryption", {}, { ignoreChanges: ["rules"] }),
                resource("snsTopic", "topic", {}, { ignoreChanges: ["kmsMasterKeyId"] }),
            ],
            at: ["policy", "encryption", "topic"],
            says: /hides `policy` from s3-tls-only|hides `rules` from s3-kms|from alarm-topic-key-usable, sns-kms/,
        },
        "the version of a database that alone decides about TLS": {
            resources: [
                resource(
                    "rdsInstance",
                    "db",
                    { engine: "postgres", engineVersion: "16.3" },
                    { ignoreChanges: ["engineVersion"] },
                ),
            ],
            at: ["db"],
            says: /hides `engineVersion` from rds-force-ssl/,
        },
        "an element of a list, by its index": {
            resources: [
                resource("deployment", "web", {}, { ignoreChanges: ["spec.template.spec.containers[0].env[1].value"] }),
                resource("deployment", "api", {}, { ignoreChanges: ["spec.template.spec.containers[*].env"] }),
            ],
            at: ["web", "api"],
            says: /hides `spec\.template\.spec\.containers\.env` from .*k8s-env-secrets/,
        },
        "one key that holds dots": {
            resources: [
                resource(
                    "ingress",
                    "web",
                    {},
                    { ignoreChanges: ['metadata.annotations["alb.ingress.kubernetes.io/listen-ports"]'] },
                ),
            ],
            at: ["web"],
            says: /hides `metadata\.annotations` from k8s-ingress-tls/,
        },
        "what a listener without TLS does with requests": {
            resources: [resource("listener", "web", { protocol: "HTTP" }, { ignoreChanges: ["defaultActions"] })],
            at: ["web"],
            says: /hides `defaultActions` from lb-listener-tls/,
        },
        everything: { resources: key("*"), at: ["data"], says: /kms-policy-star, kms-rotation/ },
    },
    unknown: "options are always known",
    notApplicable: { "a type without rules": [resource("vpc", "vpc", {}, { ignoreChanges: ["cidrBlock"] })] },
});
