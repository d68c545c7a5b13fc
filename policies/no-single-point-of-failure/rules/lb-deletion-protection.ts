import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const lbDeletionProtection = defineResourceRule({
    id: "lb-deletion-protection",
    title: "A load balancer cannot be deleted in one step",
    severity: "medium",
    frameworks: { fsbp: ["ELB.6"], checkov: ["CKV_AWS_150"], wellArchitected: ["REL08-BP05"] },
    why: "one mistaken deployment or click takes the service off the network, and its name with it",
    fix: "set `enableDeletionProtection: true`",
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#deletion-protection",
    tokens: TOKENS.loadBalancer,
    guards: ["enableDeletionProtection"],
    check: ({ inputs }, report) => {
        const value = inputs.bool("enableDeletionProtection");
        if (value === UNKNOWN) {
            report.undetermined("enableDeletionProtection");
        } else if (value !== true) {
            report.violation("enableDeletionProtection", value === false ? "is false" : "is not set");
        }
    },
    remediate: (inputs) => {
        inputs["enableDeletionProtection"] = true;
    },
});
