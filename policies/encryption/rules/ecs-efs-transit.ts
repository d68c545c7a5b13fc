import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const ecsEfsTransit = defineResourceRule({
    id: "ecs-efs-transit",
    title: "A task reaches its file system of EFS over TLS",
    severity: "high",
    frameworks: { checkov: ["CKV_AWS_97"], wellArchitected: ["SEC09-BP02"] },
    why: "files cross the network in clear text, and neither the task's role nor an access point can be required",
    fix: 'set `transitEncryption: "ENABLED"` in `efsVolumeConfiguration`',
    url: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html",
    tokens: TOKENS.ecsTaskDefinition,
    guards: ["volumes"],
    check: ({ inputs }, report) => {
        const volumes = inputs.list("volumes");
        if (volumes === UNKNOWN) {
            report.undetermined("volumes");
            return;
        }
        (volumes ?? []).forEach((volume, index) => {
            const property = `volumes[${index}].efsVolumeConfiguration`;
            const efs = volume.get("efsVolumeConfiguration");
            const encryption = volume.str("efsVolumeConfiguration.transitEncryption");
            if (efs === UNKNOWN || encryption === UNKNOWN) {
                report.undetermined(efs === UNKNOWN ? property : `${property}.transitEncryption`);
            } else if (efs !== undefined && encryption !== "ENABLED") {
                report.violation(
                    `${property}.transitEncryption`,
                    encryption === undefined ? "is not set, which means DISABLED" : "is not ENABLED",
                );
            }
        });
    },
});
