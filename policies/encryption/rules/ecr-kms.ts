import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const ecrKms = defineResourceRule({
    id: "ecr-kms",
    title: "An image repository is encrypted with a key of KMS",
    severity: "low",
    frameworks: { checkov: ["CKV_AWS_136"], fsbp: ["ECR.5"], wellArchitected: ["SEC08-BP01"] },
    why: "access to the images cannot be limited or followed through a key, and the setting cannot be changed later",
    fix: 'set `encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: … }]`',
    url: "https://docs.aws.amazon.com/AmazonECR/latest/userguide/encryption-at-rest.html",
    tokens: TOKENS.ecrRepository,
    guards: ["encryptionConfigurations"],
    check: ({ inputs }, report) => {
        const configurations = inputs.list("encryptionConfigurations");
        const types =
            configurations === UNKNOWN ? [UNKNOWN] : (configurations ?? []).map((each) => each.str("encryptionType"));
        if (types.some((type) => type === "KMS" || type === "KMS_DSSE")) {
            return;
        }
        if (types.includes(UNKNOWN)) {
            report.undetermined("encryptionConfigurations");
        } else {
            report.violation("encryptionConfigurations", types.length === 0 ? "is not set" : "is not of type KMS");
        }
    },
});
