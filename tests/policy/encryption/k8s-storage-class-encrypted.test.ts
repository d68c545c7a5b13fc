import { k8sStorageClassEncrypted } from "../../../policies/encryption/rules/k8s-storage-class-encrypted";
import { describeRule, settings } from "../support/describe-rule";
import { judge, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const storageClass = (provisioner: unknown, parameters?: unknown): TestResource =>
    resource("storageClass", "fast", {
        metadata: { name: "fast" },
        provisioner,
        ...(parameters === undefined ? {} : { parameters }),
    });

describeRule(k8sStorageClassEncrypted, {
    compliant: {
        "the driver of EBS": [storageClass("ebs.csi.aws.com", { type: "gp3", encrypted: "true", kmsKeyId: "arn" })],
        "EKS Auto Mode": [storageClass("ebs.csi.eks.amazonaws.com", { type: "gp3", encrypted: "true" })],
        "the provisioner that Kubernetes had built in": [storageClass("kubernetes.io/aws-ebs", { encrypted: "true" })],
        "capitals, which the driver takes as well": [storageClass("ebs.csi.aws.com", { Encrypted: "True" })],
        "an account that encrypts by default": [
            resource("ebsEncryptionByDefault", "default", { enabled: true }),
            storageClass("ebs.csi.aws.com", { type: "gp3" }),
        ],
        "an account that does so, without saying it": [
            resource("ebsEncryptionByDefault", "default"),
            storageClass("ebs.csi.aws.com", { type: "gp3" }),
        ],
    },
    violating: {
        "no parameters": {
            resources: [storageClass("ebs.csi.aws.com")],
            at: ["fast"],
            says: /parameters\.encrypted is not set: .* Fix: set `parameters: \{ encrypted: "true" \}`/,
        },
        "other parameters only": {
            resources: [storageClass("ebs.csi.eks.amazonaws.com", { type: "gp3" })],
            at: ["fast"],
            says: /parameters\.encrypted is not set/,
        },
        "encryption switched off": {
            resources: [storageClass("kubernetes.io/aws-ebs", { encrypted: "false" })],
            at: ["fast"],
            says: /parameters\.encrypted is not "true"/,
        },
        "an account whose default is switched off": {
            resources: [
                resource("ebsEncryptionByDefault", "default", { enabled: false }),
                storageClass("ebs.csi.aws.com"),
            ],
            at: ["fast"],
            says: /parameters\.encrypted is not set/,
        },
    },
    unknown: {
        "whether the account encrypts by default": {
            resources: [
                resource("ebsEncryptionByDefault", "default", { enabled: UNKNOWN_VALUE }),
                storageClass("ebs.csi.aws.com"),
            ],
            at: ["fast"],
            says: /parameters\.encrypted is not set, and it is not known whether encryption by default is on/,
        },
        "which of two regions the cluster is in": {
            resources: [
                resource("ebsEncryptionByDefault", "one", { enabled: true, region: "eu-west-1" }),
                resource("ebsEncryptionByDefault", "other", { enabled: false, region: "eu-west-2" }),
                storageClass("ebs.csi.aws.com", { encrypted: "false" }),
            ],
            at: ["fast"],
            says: /parameters\.encrypted is not "true", and it is not known/,
        },
        "the parameter": {
            resources: [storageClass("ebs.csi.aws.com", { encrypted: UNKNOWN_VALUE })],
            at: ["fast"],
            says: /parameters\.encrypted is not known/,
        },
        "all parameters": {
            resources: [storageClass("ebs.csi.aws.com", UNKNOWN_VALUE)],
            at: ["fast"],
            says: /parameters\.encrypted is not known/,
        },
        "the provisioner": {
            resources: [storageClass(UNKNOWN_VALUE, { encrypted: "false" })],
            at: ["fast"],
            says: /provisioner is not known/,
        },
    },
    notApplicable: {
        "file systems of EFS, which are encrypted or not themselves": [storageClass("efs.csi.aws.com")],
        "volumes of nodes": [storageClass("kubernetes.io/no-provisioner")],
    },
});

test("an account that encrypts by default by other means says so in the configuration", () => {
    const config = settings(k8sStorageClassEncrypted, { encryptionByDefault: true });
    expect(judge(k8sStorageClassEncrypted, [storageClass("ebs.csi.aws.com")], { config })).toEqual([]);
});
