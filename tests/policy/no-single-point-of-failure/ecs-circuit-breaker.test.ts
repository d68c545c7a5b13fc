import { ecsCircuitBreaker } from "../../../policies/no-single-point-of-failure/rules/ecs-circuit-breaker";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const service = (inputs: object) => [resource("ecsService", "web", inputs)];

describeRule(ecsCircuitBreaker, {
    compliant: { "with rollback": service({ deploymentCircuitBreaker: { enable: true, rollback: true } }) },
    violating: {
        "none, with the controller named": {
            resources: service({ deploymentController: { type: "ECS" } }),
            at: ["web"],
            says: /deploymentCircuitBreaker.enable is not set/,
        },
        none: { resources: service({}), at: ["web"], says: /deploymentCircuitBreaker.enable is not set/ },
        "without rollback": {
            resources: service({ deploymentCircuitBreaker: { enable: true, rollback: false } }),
            at: ["web"],
            says: /deploymentCircuitBreaker.rollback is false/,
        },
    },
    unknown: {
        "all of it": {
            resources: service({ deploymentCircuitBreaker: UNKNOWN_VALUE }),
            at: ["web", "web"],
            says: /deploymentCircuitBreaker\.\w+ is not known/,
        },
    },
    notApplicable: { "deployments by CodeDeploy": service({ deploymentController: { type: "CODE_DEPLOY" } }) },
});
