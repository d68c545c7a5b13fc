import { ecsMinHealthy } from "../../../policies/no-single-point-of-failure/rules/ecs-min-healthy";
import { describeRule, settings } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const service = (inputs: object) => [resource("ecsService", "web", inputs)];

describeRule(ecsMinHealthy, {
    compliant: { "all of them": service({ deploymentMinimumHealthyPercent: 100 }), "the default": service({}) },
    violating: {
        none: { resources: service({ deploymentMinimumHealthyPercent: 0 }), at: ["web"], says: /is 0, below 50/ },
        "fewer than configured": {
            resources: service({ deploymentMinimumHealthyPercent: 60 }),
            at: ["web"],
            says: /is 60, below 100/,
            config: settings(ecsMinHealthy, { minimumPercent: 100 }),
        },
    },
    unknown: {
        "the percentage": {
            resources: service({ deploymentMinimumHealthyPercent: UNKNOWN_VALUE }),
            at: ["web"],
            says: /not known/,
        },
    },
    notApplicable: { "a daemon": service({ schedulingStrategy: "DAEMON", deploymentMinimumHealthyPercent: 0 }) },
});
