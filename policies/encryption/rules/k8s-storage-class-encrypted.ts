import type { Report } from "../../shared/finding";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, Values, type Maybe, type Readable } from "../../shared/unknown";

/** What provisions volumes of EBS: the driver, the one of EKS Auto Mode, and the one that Kubernetes had built in. */
const EBS = new Set(["ebs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"]);

export const k8sStorageClassEncrypted = defineStackRule({
    id: "k8s-storage-class-encrypted",
    title: "A storage class makes encrypted volumes",
    severity: "high",
    frameworks: { wellArchitected: ["SEC08-BP02"] },
    why: "each of its volumes is encrypted only where the account does so by default, and copies of its data can be read wherever they get",
    fix: 'set `parameters: { encrypted: "true" }`, with a text; a class cannot be changed, and its volumes stay as they are',
    url: "https://docs.aws.amazon.com/eks/latest/userguide/create-storage-class.html",
    tokens: TOKENS.storageClass,
    guards: ["parameters.encrypted"],
    check: (graph, on) => {
        // The account's default holds for every new volume, whatever a class says.
        const byDefault = graph
            .all("ebsEncryptionByDefault")
            .some((each) => (each.inputs ?? each).bool("enabled") !== false);
        if (byDefault) {
            return;
        }
        for (const node of graph.all("storageClass")) {
            const given = node.inputs ?? node;
            const provisioner = given.str("provisioner");
            if (provisioner === UNKNOWN) {
                on(node).undetermined("provisioner");
            } else if (provisioner !== undefined && EBS.has(provisioner)) {
                judge(given, on(node));
            }
        }
    },
});

function judge(storageClass: Readable, report: Report): void {
    const encrypted = encryptedOf(storageClass);
    if (encrypted === UNKNOWN) {
        report.undetermined("parameters.encrypted");
    } else if (encrypted !== "true") {
        report.violation("parameters.encrypted", encrypted === undefined ? "is not set" : 'is not "true"');
    }
}

/** The drivers take the names of parameters, and this value, in capitals as well. */
function encryptedOf(inputs: Readable): Maybe<string> {
    const parameters = inputs.get("parameters");
    if (typeof parameters !== "object" || parameters === null) {
        return parameters === UNKNOWN ? UNKNOWN : undefined;
    }
    const values = new Values(parameters);
    const key = values.keys().find((name) => name.toLowerCase() === "encrypted");
    const value = key === undefined ? undefined : values.at(key);
    if (value === UNKNOWN || value === undefined) {
        return value;
    }
    return typeof value === "string" || typeof value === "boolean" ? String(value).toLowerCase() : undefined;
}
