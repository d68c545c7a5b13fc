import { lbDeletionProtection } from "../../../policies/no-single-point-of-failure/rules/lb-deletion-protection";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const balancer = (inputs: object) => [resource("loadBalancer", "lb", inputs)];

describeRule(lbDeletionProtection, {
    compliant: { "a protected one": balancer({ enableDeletionProtection: true }) },
    violating: {
        "an unprotected one": { resources: balancer({}), at: ["lb"], says: /enableDeletionProtection is not set/ },
        "one that says so": { resources: balancer({ enableDeletionProtection: false }), at: ["lb"], says: /is false/ },
    },
    unknown: {
        "the flag": { resources: balancer({ enableDeletionProtection: UNKNOWN_VALUE }), at: ["lb"], says: /not known/ },
    },
    notApplicable: { "a target group": [resource("targetGroup", "web")] },
});
