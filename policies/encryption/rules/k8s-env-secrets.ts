import { reportSecrets } from "../../shared/environment-secrets";
import { containerGuards, POD_TOKENS } from "../../shared/relations/pod-templates";
import { defineResourceRule } from "../../shared/rule";
import { SECRET_NAME_SETTINGS } from "../../shared/secret-names";
import { TOKENS } from "../../shared/tokens";

export const k8sEnvSecrets = defineResourceRule({
    id: "k8s-env-secrets",
    title: "A pod gets its secrets from a Secret or a secret store, not from plain environment variables or a ConfigMap",
    severity: "medium",
    frameworks: { wellArchitected: ["SEC02-BP03"] },
    why: "the value is readable to everybody who may look at a workload, a pod or a ConfigMap, and stays in the history of rollouts",
    fix: "take it from a Secret with `valueFrom.secretKeyRef`, or mount it from a secret store",
    url: "https://kubernetes.io/docs/concepts/configuration/secret/",
    tokens: [...POD_TOKENS, ...TOKENS.configMap],
    guards: [...containerGuards("env"), { tokens: TOKENS.configMap, property: "data" }],
    settings: SECRET_NAME_SETTINGS,
    check: reportSecrets,
});
