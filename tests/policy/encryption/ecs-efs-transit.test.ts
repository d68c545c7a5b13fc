import { ecsEfsTransit } from "../../../policies/encryption/rules/ecs-efs-transit";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const task = (...volumes: object[]): TestResource[] => [resource("ecsTaskDefinition", "web", { volumes })];
const efs = (transitEncryption?: unknown): object => ({
    name: "uploads",
    efsVolumeConfiguration: {
        fileSystemId: ref("uploads"),
        ...(transitEncryption === undefined ? {} : { transitEncryption }),
    },
});

describeRule(ecsEfsTransit, {
    compliant: {
        TLS: task(efs("ENABLED")),
        "TLS, beside other volumes": task({ name: "scratch" }, efs("ENABLED")),
    },
    violating: {
        "nothing said": {
            resources: task(efs()),
            at: ["web"],
            says: /volumes\[0\]\.efsVolumeConfiguration\.transitEncryption is not set, which means DISABLED: .* Fix: set `transitEncryption: "ENABLED"`/,
        },
        "TLS switched off": {
            resources: task({ name: "scratch" }, efs("DISABLED")),
            at: ["web"],
            says: /volumes\[1\]\.efsVolumeConfiguration\.transitEncryption is not ENABLED/,
        },
        "each volume": { resources: task(efs(), efs("ENABLED"), efs()), at: ["web", "web"], says: /volumes\[(0|2)\]/ },
    },
    unknown: {
        "whether it is switched on": {
            resources: task(efs(UNKNOWN_VALUE)),
            at: ["web"],
            says: /volumes\[0\]\.efsVolumeConfiguration\.transitEncryption is not known/,
        },
        "a whole volume": {
            resources: task({ name: "uploads", efsVolumeConfiguration: UNKNOWN_VALUE }),
            at: ["web"],
            says: /volumes\[0\]\.efsVolumeConfiguration is not known/,
        },
        "all volumes": {
            resources: [resource("ecsTaskDefinition", "web", { volumes: UNKNOWN_VALUE })],
            at: ["web"],
            says: /volumes is not known/,
        },
    },
    notApplicable: {
        "volumes of other kinds": task({ name: "scratch" }, { name: "host", hostPath: "/data" }),
        "a task without volumes": [resource("ecsTaskDefinition", "web")],
    },
});
