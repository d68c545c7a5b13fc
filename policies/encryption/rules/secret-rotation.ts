import { attachments } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";

export const secretRotation = defineStackRule({
    id: "secret-rotation",
    title: "A secret is rotated by itself",
    severity: "medium",
    frameworks: {
        fsbp: ["SecretsManager.1"],
        checkov: ["CKV2_AWS_57"],
        wellArchitected: ["SEC02-BP03", "SEC02-BP05"],
    },
    why: "a value that leaked stays good until somebody thinks of changing it",
    fix: "add an `aws.secretsmanager.SecretRotation` with `secretId`, `rotationLambdaArn` and `rotationRules`, or let the service that uses it manage it",
    url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html",
    tokens: TOKENS.secret,
    guards: [{ tokens: TOKENS.secretRotation, property: "secretId" }],
    settings: {
        secrets: {
            type: "array",
            items: { type: "string" },
            default: ["*"],
            description:
                "Logical names of the secrets that count; `*` stands for any characters. What others issue, a licence or a " +
                "key of their API, cannot be rotated by a function: name the others here, or exempt it.",
        },
    },
    check: (graph, on, settings) => {
        const counts = nameTest(settings.secrets as readonly string[]);
        const rotationsOf = attachments(graph, "secretRotation", "secretId", "secret");
        for (const secret of graph.all("secret")) {
            // A rotation of the secret itself is what older versions of the provider had.
            if (!counts(secret.name) || secret.str("rotationLambdaArn") !== undefined) {
                continue;
            }
            const { sure, perhaps } = rotationsOf(secret);
            if (sure.length > 0) {
                continue;
            }
            if (perhaps.length > 0) {
                on(secret).undetermined(
                    "rotation",
                    "is that of this secret or of another, which is not known in preview",
                );
            } else {
                on(secret).violation("rotation", "is not set up");
            }
        }
    },
});

function nameTest(patterns: readonly string[]): (name: string) => boolean {
    const expressions = patterns.map((pattern) => {
        const source = pattern.split("*").map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
        return new RegExp(`^${source.join(".*")}$`);
    });
    return (name) => expressions.some((expression) => expression.test(name));
}
