import type { Report } from "../../shared/finding";
import type { ResourceGraph } from "../../shared/graph";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, Values, type Maybe, type Readable, type Unknown } from "../../shared/unknown";

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
    guards: ["parameters.encrypted", { tokens: TOKENS.ebsEncryptionByDefault, property: "enabled" }],
    settings: {
        encryptionByDefault: {
            type: "boolean",
            default: false,
            description:
                "Whether encryption of EBS by default is on, by other means than this stack, in every account and region with a cluster.",
        },
    },
    check: (graph, on, { encryptionByDefault }) => {
        const byDefault = encryptionByDefault === true || defaultOf(graph);
        // The account's default holds for every new volume, whatever a class says.
        if (byDefault === true) {
            return;
        }
        for (const node of graph.all("storageClass")) {
            const given = node.inputs ?? node;
            const provisioner = given.str("provisioner");
            if (provisioner === UNKNOWN) {
                on(node).undetermined("provisioner");
            } else if (provisioner !== undefined && EBS.has(provisioner)) {
                judge(given, byDefault, on(node));
            }
        }
    },
});

/** Encryption by default as the stack sets it; not known where it is on in one region and off in another. */
function defaultOf(graph: ResourceGraph): boolean | Unknown {
    const settings = graph.all("ebsEncryptionByDefault").map((each) => (each.inputs ?? each).bool("enabled") ?? true);
    const [first = false] = settings;
    return settings.every((each) => each === first) ? first : UNKNOWN;
}

function judge(storageClass: Readable, byDefault: false | Unknown, report: Report): void {
    const property = "parameters.encrypted";
    const encrypted = encryptedOf(storageClass);
    if (encrypted === "true") {
        return;
    }
    const state = encrypted === undefined ? "is not set" : 'is not "true"';
    if (encrypted === UNKNOWN) {
        report.undetermined(property);
    } else if (byDefault === UNKNOWN) {
        report.undetermined(property, `${state}, and it is not known whether encryption by default is on`);
    } else {
        report.violation(property, state);
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
