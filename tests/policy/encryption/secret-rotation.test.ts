import { secretRotation } from "../../../policies/encryption/rules/secret-rotation";
import { describeRule, settings } from "../support/describe-rule";
import { json, ref, resource, unknownListOf, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const rotation = (secretId: unknown, name = "rotation"): TestResource =>
    resource("secretRotation", name, {
        secretId,
        rotationLambdaArn: "arn:aws:lambda:eu-west-1:123456789012:function:rotate",
        rotationRules: { automaticallyAfterDays: 30 },
    });
const ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1";

describeRule(secretRotation, {
    compliant: {
        "a rotation by the secret's id": [resource("secret", "database"), rotation(ref("database"))],
        "a rotation by the secret's ARN": [resource("secret", "database"), rotation(ref("database", "arn"))],
        "a rotation by a literal ARN": [
            resource("secret", "database", { name: "db" }, { computed: { arn: ARN } }),
            rotation("db"),
        ],
        "a rotation through a version of the secret": [
            resource("secret", "database"),
            {
                type: "aws:secretsmanager/secretVersion:SecretVersion",
                name: "value",
                inputs: { secretId: ref("database") },
            },
            rotation(ref("value", "secretId")),
        ],
        "a secret that is copied to other regions": [
            resource("secret", "database", { replicas: [{ region: "eu-central-1" }] }),
            rotation(ref("database")),
        ],
        "a rotation of the secret's own, in older versions of the provider": [
            resource("secret", "database", { rotationLambdaArn: "arn", rotationRules: { automaticallyAfterDays: 30 } }),
        ],
    },
    violating: {
        "no rotation": {
            resources: [resource("secret", "database")],
            at: ["database"],
            says: /rotation is not set up: .* Fix: add an `aws\.secretsmanager\.SecretRotation`/,
        },
        "none, for which an older version of the provider fills in an empty one": {
            resources: [resource("secret", "database", {}, { computed: { rotationLambdaArn: "" } })],
            at: ["database"],
            says: /rotation is not set up/,
        },
        "a rotation of another secret": {
            resources: [resource("secret", "database"), resource("secret", "cache"), rotation(ref("cache"))],
            at: ["database"],
            says: /rotation is not set up/,
        },
        "a rotation of a secret outside of the stack": {
            resources: [resource("secret", "database"), rotation(ARN)],
            at: ["database"],
            says: /rotation is not set up/,
        },
        "copies alone": {
            resources: [resource("secret", "database", { replicas: [{ region: "eu-central-1" }] })],
            at: ["database"],
            says: /rotation is not set up/,
        },
        "the secrets that count": {
            resources: [resource("secret", "shop-database"), resource("secret", "licence")],
            at: ["shop-database"],
            says: /rotation is not set up/,
            config: settings(secretRotation, { secrets: ["*-database"] }),
        },
    },
    unknown: {
        "which secret a rotation is for": {
            resources: [resource("secret", "database"), rotation(UNKNOWN_VALUE)],
            at: ["database"],
            says: /rotation is that of this secret or of another/,
        },
        "which of two secrets a rotation is for": {
            resources: [
                resource("secret", "database"),
                resource("secret", "cache"),
                rotation(json({ either: unknownListOf("database", "cache") })),
            ],
            at: ["database", "cache"],
            says: /rotation is that of this secret or of another, which is not known in preview/,
        },
    },
    notApplicable: { "a key": [resource("kmsKey", "key")] },
});
