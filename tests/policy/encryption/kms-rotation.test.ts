import { kmsRotation } from "../../../policies/encryption/rules/kms-rotation";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const key = (inputs: object): TestResource[] => [resource("kmsKey", "data", inputs)];

describeRule(kmsRotation, {
    compliant: { "a key that rotates": key({ enableKeyRotation: true }) },
    violating: {
        "a key whose key store is an empty name": {
            resources: key({ enableKeyRotation: false, customKeyStoreId: "", xksKeyId: "" }),
            at: ["data"],
            says: /enableKeyRotation is false/,
        },
        "a key that says nothing": {
            resources: key({}),
            at: ["data"],
            says: /enableKeyRotation is not set: .* Fix: set `enableKeyRotation: true`/,
        },
        "a key that does not": {
            resources: key({ enableKeyRotation: false }),
            at: ["data"],
            says: /enableKeyRotation is false/,
        },
    },
    unknown: {
        "the flag": {
            resources: key({ enableKeyRotation: UNKNOWN_VALUE }),
            at: ["data"],
            says: /enableKeyRotation is not known/,
        },
        "the kind of key": {
            resources: key({ customerMasterKeySpec: UNKNOWN_VALUE }),
            at: ["data"],
            says: /customerMasterKeySpec/,
        },
    },
    notApplicable: {
        "an asymmetric key": key({ customerMasterKeySpec: "RSA_4096", keyUsage: "SIGN_VERIFY" }),
        "an HMAC key": key({ customerMasterKeySpec: "HMAC_256", keyUsage: "GENERATE_VERIFY_MAC" }),
        "a key in a key store of one's own": key({ customKeyStoreId: "cks-1" }),
    },
});

test("remediation sets the flag on keys that can rotate, and on no others", () => {
    const [symmetric, asymmetric] = [{ customKeyStoreId: "" }, { customerMasterKeySpec: "RSA_4096" }];
    const view = { urn: "", type: "aws:kms/key:Key", name: "data", ignoreChanges: [] };
    kmsRotation.remediate?.(symmetric, view);
    kmsRotation.remediate?.(asymmetric, view);
    expect(symmetric).toEqual({ customKeyStoreId: "", enableKeyRotation: true });
    expect(asymmetric).toEqual({ customerMasterKeySpec: "RSA_4096" });
});
