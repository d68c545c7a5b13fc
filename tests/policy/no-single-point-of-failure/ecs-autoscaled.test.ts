import { ecsAutoscaled } from "../../../policies/no-single-point-of-failure/rules/ecs-autoscaled";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const ecs = { serviceNamespace: "ecs", scalableDimension: "ecs:service:DesiredCount" };
const service = resource("ecsService", "web", { desiredCount: 2, name: "web", cluster: "main" });
const target = (resourceId: unknown): TestResource =>
    resource("scalingTarget", "target", { ...ecs, resourceId, minCapacity: 2, maxCapacity: 9 });
const policy = (resourceId: unknown): TestResource =>
    resource("scalingPolicy", "policy", { ...ecs, resourceId, policyType: "TargetTrackingScaling" });

describeRule(ecsAutoscaled, {
    compliant: {
        "a target and a policy by reference": [service, target(ref("web", "id")), policy(ref("target", "resourceId"))],
        "a target and a policy by name": [service, target("service/main/web"), policy("service/main/web")],
        "a target and a schedule": [
            service,
            target("service/main/web"),
            resource("scalingScheduledAction", "morning", {
                ...ecs,
                resourceId: ref("target", "resourceId"),
                scalableTargetAction: { minCapacity: 4 },
            }),
        ],
    },
    violating: {
        "no target": {
            resources: [service],
            at: ["web"],
            says: /desiredCount is fixed: no scaling target is for the service/,
        },
        "a target of another service": {
            resources: [service, target("service/main/api"), policy("service/main/api")],
            at: ["web"],
            says: /no scaling target is for the service/,
        },
        "a target of a table": {
            resources: [
                service,
                resource("scalingTarget", "table", {
                    serviceNamespace: "dynamodb",
                    resourceId: "table/web",
                    minCapacity: 1,
                    maxCapacity: 5,
                }),
            ],
            at: ["web"],
            says: /no scaling target is for the service/,
        },
        "a target without a policy": {
            resources: [service, target(ref("web", "id"))],
            at: ["web"],
            says: /the scaling target target has no policy and no scheduled action/,
        },
        "a target with a policy for another": {
            resources: [service, target("service/main/web"), policy("service/main/api")],
            at: ["web"],
            says: /has no policy and no scheduled action/,
        },
    },
    unknown: {
        "which service of the cluster is scaled": {
            resources: [
                resource("ecsService", "web", { desiredCount: 2, cluster: ref("cluster", "arn") }),
                resource("ecsCluster", "cluster"),
                target(json(["service", ref("cluster", "name"), "web"])),
            ],
            at: ["web"],
            says: /resourceId of a scaling target is not known/,
        },
        "which service is scaled": {
            resources: [service, target(UNKNOWN_VALUE)],
            at: ["web"],
            says: /resourceId of a scaling target is not known/,
        },
        "which target a policy is for": {
            resources: [service, target("service/main/web"), policy(UNKNOWN_VALUE)],
            at: ["web"],
            says: /resourceId of a scaling policy is not known/,
        },
    },
    notApplicable: {
        "a daemon": [resource("ecsService", "agent", { schedulingStrategy: "DAEMON" })],
    },
});
