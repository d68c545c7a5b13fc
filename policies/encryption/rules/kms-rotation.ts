import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const kmsRotation = defineResourceRule({
    id: "kms-rotation",
    title: "A symmetric key is rotated by itself",
    severity: "high",
    frameworks: { fsbp: ["KMS.4"], checkov: ["CKV_AWS_7"], wellArchitected: ["SEC08-BP01"] },
    why: "one piece of key material protects everything for ever, and its loss reaches back to the first day",
    fix: "set `enableKeyRotation: true`",
    url: "https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html",
    tokens: TOKENS.kmsKey,
    guards: ["enableKeyRotation"],
    check: ({ inputs }, report) => {
        // Asymmetric keys, HMAC keys and keys in a key store of one's own cannot be rotated by KMS.
        const spec = inputs.str("customerMasterKeySpec") ?? "SYMMETRIC_DEFAULT";
        const usage = inputs.str("keyUsage") ?? "ENCRYPT_DECRYPT";
        const elsewhere = inputs.str("customKeyStoreId") !== undefined || inputs.str("xksKeyId") !== undefined;
        if (
            elsewhere ||
            (spec !== UNKNOWN && spec !== "SYMMETRIC_DEFAULT") ||
            (usage !== UNKNOWN && usage !== "ENCRYPT_DECRYPT")
        ) {
            return;
        }
        const value = inputs.bool("enableKeyRotation");
        if (value === true) {
            return;
        }
        if (value === UNKNOWN) {
            report.undetermined("enableKeyRotation");
        } else if (spec === UNKNOWN || usage === UNKNOWN) {
            report.undetermined(spec === UNKNOWN ? "customerMasterKeySpec" : "keyUsage");
        } else {
            report.violation("enableKeyRotation", value === false ? "is false" : "is not set");
        }
    },
    remediate: (inputs) => {
        const symmetric = (inputs["customerMasterKeySpec"] ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT";
        const encrypts = (inputs["keyUsage"] ?? "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT";
        const elsewhere = [inputs["customKeyStoreId"], inputs["xksKeyId"]].some((id) => (id ?? "") !== "");
        if (symmetric && encrypts && !elsewhere) {
            inputs["enableKeyRotation"] = true;
        }
    },
});
