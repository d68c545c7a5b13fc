import { reportSecrets } from "../../shared/environment-secrets";
import { defineResourceRule } from "../../shared/rule";
import { SECRET_NAME_SETTINGS } from "../../shared/secret-names";
import { TOKENS } from "../../shared/tokens";

export const lambdaEnvSecrets = defineResourceRule({
    id: "lambda-env-secrets",
    title: "A function gets its secrets from a secret store, not from plain environment variables",
    severity: "high",
    frameworks: { checkov: ["CKV_AWS_45"], wellArchitected: ["SEC02-BP03"] },
    why: "the value is readable to everybody who may read the function's configuration, in every version for ever",
    fix: "give the function the ARN of a secret or parameter, and let it read the value when it starts",
    url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    tokens: TOKENS.lambdaFunction,
    guards: ["environment.variables"],
    // `DATABASE_SECRET: secret.arn` is where a secret is, which shows only once the ARN is known.
    undetermined: "advisory",
    settings: SECRET_NAME_SETTINGS,
    check: reportSecrets,
});
