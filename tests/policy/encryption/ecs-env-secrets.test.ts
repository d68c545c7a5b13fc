import { ecsEnvSecrets } from "../../../policies/encryption/rules/ecs-env-secrets";
import { describeRule, settings } from "../support/describe-rule";
import { json, judge, ref, resource, type TestResource } from "../support/harness";

const task = (...environment: object[]): TestResource[] => [
    resource("ecsTaskDefinition", "web", {
        containerDefinitions: json([{ name: "web", image: "web:1", environment }]),
    }),
];

describeRule(ecsEnvSecrets, {
    compliant: {
        "plain settings": task({ name: "LOG_LEVEL", value: "info" }, { name: "MONKEY", value: "1" }),
        "the place of a secret": task(
            { name: "DATABASE_PASSWORD_ARN", value: "arn:aws:secretsmanager:1" },
            { name: "tokenUrl", value: "https://example.com" },
        ),
        "the place of a secret, by its value": task(
            { name: "DATABASE_SECRET", value: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1" },
            { name: "STRIPE_SECRET", value: "{{resolve:secretsmanager:stripe}}" },
        ),
        "what a secret is like": task(
            { name: "PASSWORD_MIN_LENGTH", value: "12" },
            { name: "ACCESS_TOKEN_EXPIRE_MINUTES", value: "30" },
            { name: "USE_API_TOKEN", value: "true" },
        ),
        "a connection string whose password is elsewhere": task(
            { name: "DATABASE_URL", value: "postgres://app@db.internal:5432/app" },
            { name: "CACHE_URL", value: "rediss://app:${CACHE_AUTH}@cache.internal:6379" },
        ),
        "an empty value": task({ name: "DATABASE_PASSWORD", value: "" }),
        "a secret from the store": [
            resource("ecsTaskDefinition", "web", {
                containerDefinitions: json([
                    { name: "web", secrets: [{ name: "DATABASE_PASSWORD", valueFrom: "arn" }] },
                ]),
            }),
        ],
    },
    violating: {
        "a password": {
            resources: task({ name: "DATABASE_PASSWORD", value: "hunter2" }),
            at: ["web"],
            says: /containerDefinitions\[0\].environment holds DATABASE_PASSWORD as plain text: .* Fix: pass it in `secrets`/,
        },
        "several, each of them": {
            resources: task({ name: "API_KEY", value: "a" }, { name: "AWS_SECRET_ACCESS_KEY", value: "b" }),
            at: ["web", "web"],
            says: /holds (API_KEY|AWS_SECRET_ACCESS_KEY)/,
        },
        "in the second container": {
            resources: [
                resource("ecsTaskDefinition", "web", {
                    containerDefinitions: json([
                        { name: "web" },
                        { name: "agent", environment: [{ name: "DD_API_KEY", value: "a" }] },
                    ]),
                }),
            ],
            at: ["web"],
            says: /containerDefinitions\[1\].environment holds DD_API_KEY as plain text/,
        },
        "names that hold secrets whatever their last word is": {
            resources: task({ name: "AWS_ACCESS_KEY_ID", value: "a" }, { name: "ECS_ENGINE_AUTH_DATA", value: "b" }),
            at: ["web", "web"],
            says: /holds (AWS_ACCESS_KEY_ID|ECS_ENGINE_AUTH_DATA)/,
        },
        "names without underscores": {
            resources: task(
                { name: "PGPASSWORD", value: "a" },
                { name: "dbPassword", value: "b" },
                { name: "APIKey", value: "c" },
            ),
            at: ["web", "web", "web"],
            says: /holds (PGPASSWORD|dbPassword|APIKey)/,
        },
        "secrets within values, whatever the names": {
            resources: task(
                { name: "DATABASE_URL", value: "postgres://app:hunter2@db.internal:5432/app" },
                { name: "JDBC", value: "jdbc:mysql://db.internal/app?user=app&password=hunter2" },
                { name: "ACCESS", value: "AKIAIOSFODNN7EXAMPLE" },
                { name: "SIGNING", value: "-----BEGIN RSA PRIVATE KEY-----\nMIIE" },
            ),
            at: ["web", "web", "web", "web"],
            says: /holds (DATABASE_URL|JDBC|ACCESS|SIGNING) with a password or key in it as plain text/,
        },
        "a word of one's own": {
            resources: task({ name: "LICENCE", value: "a" }),
            at: ["web"],
            says: /holds LICENCE/,
            config: settings(ecsEnvSecrets, { secretNames: ["LICENCE"] }),
        },
    },
    unknown: {
        "one value, and with it the whole document": {
            resources: task(
                { name: "QUEUE", value: ref("queue", "url") },
                { name: "DATABASE_PASSWORD", value: "hunter2" },
            ),
            at: ["web"],
            says: /containerDefinitions is not known/,
        },
    },
    notApplicable: {
        "a container without an environment": [resource("ecsTaskDefinition", "web", { containerDefinitions: "[{}]" })],
        "a text that is no JSON": [resource("ecsTaskDefinition", "web", { containerDefinitions: "[{" })],
    },
});

test.each([
    ["DATABASE_PASSWORD", "hunter2"],
    ["DATABASE_URL", "postgres://app:hunter2@db.internal/app"],
])("the value of %s never shows up", (name, value) => {
    const found = judge(ecsEnvSecrets, task({ name, value }));
    expect(found).toHaveLength(1);
    expect(found[0]?.message).not.toContain("hunter2");
});
