import { lambdaEnvSecrets } from "../../../policies/encryption/rules/lambda-env-secrets";
import { describeRule } from "../support/describe-rule";
import { judge, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const functionWith = (variables: object | undefined): TestResource[] => [
    resource("secret", "stripe"),
    resource("lambdaFunction", "charge", { environment: { variables } }),
];

describeRule(lambdaEnvSecrets, {
    compliant: {
        "plain settings": functionWith({ LOG_LEVEL: "info", POWERTOOLS_SERVICE_NAME: "charge" }),
        "the ARN of a secret of the stack": functionWith({ STRIPE_SECRET_ARN: ref("stripe", "arn"), TABLE: "charges" }),
        "the place of a secret, by its value": functionWith({
            STRIPE_SECRET: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:stripe-1",
        }),
        "a ciphertext that the function decrypts itself": functionWith({
            STRIPE_SECRET: "AQICAHhBGVUkiQrwNHaEXAMPLE==",
        }),
        "unknown values under names of no secret": functionWith({ TABLE: ref("stripe", "name"), TOPIC: UNKNOWN_VALUE }),
    },
    violating: {
        "a key": {
            resources: functionWith({ TABLE: "charges", STRIPE_API_KEY: "sk_live_1" }),
            at: ["charge"],
            says: /environment\.variables holds STRIPE_API_KEY as plain text: .* Fix: give the function the ARN of a secret/,
        },
        "keys of IAM": {
            resources: functionWith({ AWS_KEY: "AKIAIOSFODNN7EXAMPLE" }),
            at: ["charge"],
            says: /holds AWS_KEY with a password or key in it/,
        },
        "a password in a connection string": {
            resources: functionWith({ DATABASE_URL: "postgresql://app:hunter2@db.internal/app" }),
            at: ["charge"],
            says: /holds DATABASE_URL with a password or key in it/,
        },
        "several, each of them": {
            resources: functionWith({ stripeToken: "a", dbPassword: "b" }),
            at: ["charge", "charge"],
            says: /holds (stripeToken|dbPassword)/,
        },
    },
    unknown: {
        "the value of a secret's name: it may be where the secret is": {
            resources: functionWith({ DATABASE_SECRET: ref("stripe", "arn") }),
            at: ["charge"],
            says: /environment\.variables holds DATABASE_SECRET, whose value is not known in preview/,
        },
        "all variables": {
            resources: functionWith(UNKNOWN_VALUE),
            at: ["charge"],
            says: /environment\.variables is not known in preview/,
        },
    },
    notApplicable: {
        "a function without an environment": [resource("lambdaFunction", "charge")],
        "a function with an empty one": functionWith({}),
        "one without variables": functionWith(undefined),
    },
});

test("a secret whose value is known on update is refused then", () => {
    const found = judge(lambdaEnvSecrets, functionWith({ DATABASE_PASSWORD: ref("stripe", "result") }), { mode: "up" });
    expect(found.map(({ enforcementLevel }) => enforcementLevel)).toEqual(["mandatory"]);
});

test("the value of a variable never shows up", () => {
    const [finding] = judge(lambdaEnvSecrets, functionWith({ STRIPE_API_KEY: "sk_live_1" }));
    expect(finding?.message).not.toContain("sk_live_1");
});
