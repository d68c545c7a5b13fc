import { reportSecrets } from "../../shared/environment-secrets";
import { defineResourceRule } from "../../shared/rule";
import { SECRET_NAME_SETTINGS } from "../../shared/secret-names";
import { TOKENS } from "../../shared/tokens";

export const ecsEnvSecrets = defineResourceRule({
    id: "ecs-env-secrets",
    title: "A container gets its secrets from a secret store, not from plain environment variables",
    severity: "high",
    frameworks: { fsbp: ["ECS.8"], wellArchitected: ["SEC02-BP03"] },
    why: "the value is readable to everybody who may describe a task definition, in every revision for ever",
    fix: "pass it in `secrets` with `valueFrom`, the ARN of a secret or parameter",
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
    tokens: TOKENS.ecsTaskDefinition,
    guards: ["containerDefinitions"],
    // One ARN of the same stack makes the whole document unknown until it exists.
    undetermined: "advisory",
    settings: SECRET_NAME_SETTINGS,
    check: reportSecrets,
});
