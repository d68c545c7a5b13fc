import { ecsMinTasks } from "../../../policies/no-single-point-of-failure/rules/ecs-min-tasks";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const service = (inputs: object, more: readonly TestResource[] = []): TestResource[] => [
    resource("ecsService", "web", inputs),
    ...more,
];
const scaling = (minCapacity: unknown): TestResource =>
    resource("scalingTarget", "web-scaling", { resourceId: ref("web"), minCapacity });

const atNight = (scalableTargetAction: object, resourceId: unknown = ref("web-scaling", "resourceId")): TestResource =>
    resource("scalingScheduledAction", "night", { serviceNamespace: "ecs", resourceId, scalableTargetAction });

describeRule(ecsMinTasks, {
    compliant: {
        "two tasks at night": service({ desiredCount: 1 }, [scaling(6), atNight({ minCapacity: 2 })]),
        "a maximum at night": service({ desiredCount: 1 }, [scaling(2), atNight({ maxCapacity: 4 })]),
        "another service's night": service({ desiredCount: 1 }, [
            scaling(2),
            atNight({ minCapacity: 0 }, "service/main/reports"),
        ]),
        "two tasks": service({ desiredCount: 2 }),
        "one task at first and two by scaling": service({ desiredCount: 1 }, [scaling(2)]),
        "a scaling target that names its service": service({ desiredCount: 1, name: "web-1" }, [
            resource("scalingTarget", "web-scaling", { resourceId: "service/main/web-1", minCapacity: 2 }),
        ]),
    },
    violating: {
        "one task": {
            resources: service({ desiredCount: 1 }),
            at: ["web"],
            says: /desiredCount is 1, below 2: .* Fix: set/,
        },
        "no count, which means none": { resources: service({}), at: ["web"], says: /desiredCount is 0, below 2/ },
        "many tasks that scaling may take away": {
            resources: service({ desiredCount: 10 }, [scaling(1)]),
            at: ["web"],
            says: /minCapacity of the scaling target web-scaling is 1, below 2/,
        },
        "one task at night": {
            resources: service({ desiredCount: 1 }, [scaling(6), atNight({ minCapacity: 1, maxCapacity: 2 })]),
            at: ["web"],
            says: /scalableTargetAction.minCapacity of the scheduled action night is 1, below 2/,
        },
        "one task at night, by the name of the service": {
            resources: service({ desiredCount: 1, name: "web" }, [
                resource("scalingTarget", "web-scaling", { resourceId: "service/main/web", minCapacity: 6 }),
                atNight({ minCapacity: 1 }, "service/main/web"),
            ]),
            at: ["web"],
            says: /of the scheduled action night is 1, below 2/,
        },
        "fewer than are configured": {
            resources: service({ desiredCount: 2 }),
            at: ["web"],
            says: /is 2, below 3/,
            config: settings(ecsMinTasks, { minimum: 3 }),
        },
    },
    unknown: {
        "the count": {
            resources: service({ desiredCount: UNKNOWN_VALUE }),
            at: ["web"],
            says: /desiredCount is not known/,
        },
        "the floor at night": {
            resources: service({ desiredCount: 9 }, [scaling(6), atNight({ minCapacity: UNKNOWN_VALUE })]),
            at: ["web"],
            says: /scalableTargetAction.minCapacity of the scheduled action night is not known/,
        },
        "which service scaling may leave at one task": {
            resources: service({ desiredCount: 9 }, [
                resource("scalingTarget", "web-scaling", {
                    serviceNamespace: "ecs",
                    resourceId: UNKNOWN_VALUE,
                    minCapacity: 1,
                }),
            ]),
            at: ["web"],
            says: /minCapacity is not known/,
        },
        "the floor of scaling": {
            resources: service({ desiredCount: 9 }, [scaling(UNKNOWN_VALUE)]),
            at: ["web"],
            says: /minCapacity/,
        },
    },
    notApplicable: { "a daemon": service({ schedulingStrategy: "DAEMON" }) },
});
