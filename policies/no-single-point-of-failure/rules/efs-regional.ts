import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const efsRegional = defineResourceRule({
    id: "efs-regional",
    title: "A file system keeps its files in several availability zones",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01"] },
    why: "when its one zone fails its files cannot be reached, and when the zone is lost so are they",
    fix: "leave `availabilityZoneName` out; the file system has to be replaced and its files restored from a backup",
    url: "https://docs.aws.amazon.com/efs/latest/ug/availability-durability.html",
    tokens: TOKENS.efsFileSystem,
    guards: ["availabilityZoneName"],
    check: ({ inputs }, report) => {
        const zone = inputs.str("availabilityZoneName");
        if (zone === UNKNOWN) {
            report.undetermined("availabilityZoneName");
        } else if (zone !== undefined) {
            report.violation("availabilityZoneName", `is ${zone}, which makes it a One Zone file system`);
        }
    },
});
