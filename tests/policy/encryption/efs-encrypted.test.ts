import { efsEncrypted } from "../../../policies/encryption/rules/efs-encrypted";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const files = (inputs: object): TestResource[] => [resource("efsFileSystem", "files", inputs)];

describeRule(efsEncrypted, {
    compliant: {
        "with the key that AWS keeps": files({ encrypted: true }),
        "with a key of one's own": [
            resource("kmsKey", "key"),
            ...files({ encrypted: true, kmsKeyId: ref("key", "arn") }),
        ],
    },
    violating: {
        "nothing said, which means no": {
            resources: files({ throughputMode: "elastic" }),
            at: ["files"],
            says: /encrypted is not set: .* Fix: set `encrypted: true`/,
        },
        "turned off": { resources: files({ encrypted: false }), at: ["files"], says: /encrypted is false/ },
        "of one zone": {
            resources: files({ availabilityZoneName: "eu-west-1a" }),
            at: ["files"],
            says: /encrypted is not set/,
        },
    },
    unknown: {
        "the flag": {
            resources: files({ encrypted: UNKNOWN_VALUE }),
            at: ["files"],
            says: /encrypted is not known/,
        },
    },
    notApplicable: { "a mount target": [resource("efsMountTarget", "one", { fileSystemId: "fs-1" })] },
});
