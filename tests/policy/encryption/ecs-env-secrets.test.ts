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
    },
});

test("the value of a variable never shows up", () => {
    const [finding] = judge(ecsEnvSecrets, task({ name: "DATABASE_PASSWORD", value: "hunter2" }));
    expect(finding?.message).not.toContain("hunter2");
});
