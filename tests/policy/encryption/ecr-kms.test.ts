import { ecrKms } from "../../../policies/encryption/rules/ecr-kms";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const repository = (inputs: object): TestResource[] => [resource("ecrRepository", "images", inputs)];

describeRule(ecrKms, {
    compliant: { KMS: repository({ encryptionConfigurations: [{ encryptionType: "KMS" }] }) },
    violating: {
        "the default": { resources: repository({}), at: ["images"], says: /encryptionConfigurations is not set/ },
        "a key of S3": {
            resources: repository({ encryptionConfigurations: [{ encryptionType: "AES256" }] }),
            at: ["images"],
            says: /is not of type KMS/,
        },
    },
    unknown: {
        "the configuration": {
            resources: repository({ encryptionConfigurations: UNKNOWN_VALUE }),
            at: ["images"],
            says: /not known/,
        },
    },
    notApplicable: { "a bucket": [resource("bucket", "assets")] },
});
