import { keyReference, requireKey } from "../../shared/relations/reference";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const eksSecretsKms = defineStackRule({
    id: "eks-secrets-kms",
    title: "A cluster's Kubernetes secrets are encrypted with a key of one's own",
    // Medium, as in Security Hub: from Kubernetes 1.28 on EKS encrypts all data of the API with a key of AWS's own.
    severity: "medium",
    frameworks: { fsbp: ["EKS.3"], checkov: ["CKV_AWS_58"], wellArchitected: ["SEC08-BP01", "SEC08-BP02"] },
    why: "access to them cannot be taken back or followed through the key, and before Kubernetes 1.28 they are not encrypted by themselves",
    fix: 'set `encryptionConfig: { provider: { keyArn }, resources: ["secrets"] }`; it can be added to a cluster that runs, and never taken away',
    url: "https://docs.aws.amazon.com/eks/latest/userguide/envelope-encryption.html",
    tokens: TOKENS.eksCluster,
    guards: ["encryptionConfig.provider.keyArn", "encryptionConfig.resources"],
    check: (graph, on) => {
        for (const cluster of graph.all("eksCluster")) {
            const given = cluster.inputs ?? cluster;
            // A local cluster on an Outpost keeps its data there.
            if (given.get("outpostConfig") !== undefined) {
                continue;
            }
            const report = on(cluster);
            requireKey(graph, cluster, "encryptionConfig.provider.keyArn", report);
            if (keyReference(graph, cluster, "encryptionConfig.provider.keyArn") === "unset") {
                continue;
            }
            const resources = given.strings("encryptionConfig.resources");
            if (resources === UNKNOWN || (resources?.includes(UNKNOWN) && !resources.includes("secrets"))) {
                report.undetermined("encryptionConfig.resources");
            } else if (!resources?.includes("secrets")) {
                report.violation("encryptionConfig.resources", 'does not name "secrets"');
            }
        }
    },
});
