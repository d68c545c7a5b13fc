import type { Node, ResourceGraph } from "../../shared/graph";
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
        const { rotated, perhaps } = rotations(graph);
        for (const secret of graph.all("secret")) {
            // A rotation of the secret itself is what older versions of the provider had.
            if (!counts(secret.name) || rotated.has(secret) || secret.str("rotationLambdaArn") !== undefined) {
                continue;
            }
            if (perhaps.has(secret)) {
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

interface Rotations {
    readonly rotated: ReadonlySet<Node>;
    /** Secrets that a rotation may be for, among others. */
    readonly perhaps: ReadonlySet<Node>;
}

function rotations(graph: ResourceGraph): Rotations {
    const rotated = new Set<Node>();
    const perhaps = new Set<Node>();
    for (const rotation of graph.all("secretRotation")) {
        const { nodes } = graph.resolve(rotation, "secretId", "secret");
        const secrets = nodes.length > 0 ? nodes : throughOthers(rotation);
        secrets.forEach((secret) => (secrets.length === 1 ? rotated : perhaps).add(secret));
    }
    return { rotated, perhaps };
}

/** The secrets behind what a rotation refers to: it may take the id from a version or an attachment of the secret. */
function throughOthers(rotation: Node): readonly Node[] {
    const between = rotation.propertyDependencies.get("secretId") ?? [];
    return [...new Set(between.flatMap(({ dependencies }) => dependencies.filter((node) => node.is("secret"))))];
}

function nameTest(patterns: readonly string[]): (name: string) => boolean {
    const expressions = patterns.map((pattern) => {
        const source = pattern.split("*").map((literal) => literal.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
        return new RegExp(`^${source.join(".*")}$`);
    });
    return (name) => expressions.some((expression) => expression.test(name));
}
