import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN } from "../../shared/unknown";

export const ecsEnvSecrets = defineResourceRule({
    id: "ecs-env-secrets",
    title: "A container gets its secrets from a secret store, not from plain environment variables",
    severity: "high",
    frameworks: { fsbp: ["ECS.8"], checkov: ["CKV_AWS_46"], wellArchitected: ["SEC02-BP03"] },
    why: "the value is readable to everybody who may describe a task definition, in every revision for ever",
    fix: "pass it in `secrets` with `valueFrom`, the ARN of a secret or parameter",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    tokens: TOKENS.ecsTaskDefinition,
    guards: ["containerDefinitions"],
    // One ARN of the same stack makes the whole document unknown until it exists.
    undetermined: "advisory",
    settings: {
        exactNames: {
            type: "array",
            items: { type: "string" },
            default: [
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
                "ECS_ENGINE_AUTH_DATA",
                "PGPASSWORD",
                "MYSQL_PWD",
            ],
            description: "Names of variables that hold a secret, whatever their last word is.",
        },
        secretNames: {
            type: "array",
            items: { type: "string" },
            default: ["PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY", "CREDENTIALS"],
            description:
                "Words, separated by `_` or a capital letter from the rest, that make a variable's name that of a secret. " +
                "A last word that ends with one (`DBPASSWORD`) counts, too.",
        },
        referenceSuffixes: {
            type: "array",
            items: { type: "string" },
            default: ["ARN", "NAME", "ID", "FILE", "PATH", "URL", "TTL", "SECONDS", "VERSION"],
            description: "Last words of a name that says where a secret is rather than what it is.",
        },
    },
    check: ({ inputs }, report, settings) => {
        const {
            exactNames = [],
            secretNames = [],
            referenceSuffixes = [],
        } = settings as Record<string, readonly string[]>;
        const containers = inputs.json("containerDefinitions");
        if (containers === UNKNOWN) {
            report.undetermined("containerDefinitions");
            return;
        }
        for (const index of containers?.keys() ?? []) {
            for (const variable of elements(containers?.list(`${index}.environment`))) {
                const name = variable.str("name");
                const words = typeof name === "string" ? wordsOf(name) : "";
                const exact = exactNames.some((each) => words === wordsOf(each));
                const secret = secretNames.some((word) => words.includes(`_${word}_`) || words.endsWith(`${word}_`));
                const reference = referenceSuffixes.some((word) => words.endsWith(`_${word}_`));
                // The value may be the secret itself: only the name is ever shown.
                if ((exact || (secret && !reference)) && variable.str("value") !== undefined) {
                    report.violation(
                        `containerDefinitions[${index}].environment`,
                        `holds ${String(name)} as plain text`,
                    );
                }
            }
        }
    },
});

/** "dbPassword" and "db-password" as "_DB_PASSWORD_". */
function wordsOf(name: string): string {
    const separated = name
        .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
        .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
        .replace(/[^A-Za-z0-9]+/g, "_");
    return `_${separated.toUpperCase()}_`;
}
