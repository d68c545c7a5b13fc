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
        secretNames: {
            type: "array",
            items: { type: "string" },
            default: [
                "PASSWORD",
                "PASSWD",
                "SECRET",
                "TOKEN",
                "API_KEY",
                "PRIVATE_KEY",
                "ACCESS_KEY",
                "CREDENTIALS",
                "ECS_ENGINE_AUTH_DATA",
            ],
            description: "Words, separated by `_` from the rest, that make a variable's name that of a secret.",
        },
        referenceSuffixes: {
            type: "array",
            items: { type: "string" },
            default: ["ARN", "NAME", "ID", "FILE", "PATH", "URL", "TTL", "SECONDS", "VERSION"],
            description: "Last words of a name that says where a secret is rather than what it is.",
        },
    },
    check: ({ inputs }, report, settings) => {
        const { secretNames, referenceSuffixes } = settings as Record<string, readonly string[]>;
        const containers = inputs.json("containerDefinitions");
        if (containers === UNKNOWN) {
            report.undetermined("containerDefinitions");
            return;
        }
        for (const index of containers?.keys() ?? []) {
            for (const variable of elements(containers?.list(`${index}.environment`))) {
                const name = variable.str("name");
                const words = typeof name === "string" ? `_${name.toUpperCase()}_` : "";
                const names = (list: readonly string[] | undefined, match: (word: string) => boolean): boolean =>
                    (list ?? []).some(match);
                const secret = names(secretNames, (word) => words.includes(`_${word}_`));
                const reference = names(referenceSuffixes, (word) => words.endsWith(`_${word}_`));
                // The value may be the secret itself: only the name is ever shown.
                if (secret && !reference && variable.str("value") !== undefined) {
                    report.violation(
                        `containerDefinitions[${index}].environment`,
                        `holds ${String(name)} as plain text`,
                    );
                }
            }
        }
    },
});
