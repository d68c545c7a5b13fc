import { asgMinTwo } from "../../../policies/no-single-point-of-failure/rules/asg-min-two";
import { describeRule, settings } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const group = (inputs: object, more: readonly TestResource[] = []): TestResource[] => [
    resource("autoScalingGroup", "nodes", { maxSize: 9, ...inputs }),
    ...more,
];
const schedule = (minSize?: unknown): TestResource =>
    resource("autoScalingSchedule", "night", { autoscalingGroupName: ref("nodes", "name"), minSize });
const provider = (managedScaling?: object): TestResource =>
    resource("ecsCapacityProvider", "provider", {
        autoScalingGroupProvider: { autoScalingGroupArn: ref("nodes", "arn"), managedScaling },
    });

describeRule(asgMinTwo, {
    compliant: {
        "two instances": group({ minSize: 2 }),
        "two instances at night": group({ minSize: 6 }, [schedule(2)]),
        "a schedule that leaves the minimum as it is": group({ minSize: 2 }, [schedule(-1)]),
        "no instance of its own where ECS scales it": group({ minSize: 0 }, [provider({ status: "ENABLED" })]),
        "a warm pool beside it": group({ minSize: 2, warmPool: { minSize: 0 } }),
        "instances of which the largest counts for three": group({
            minSize: 6,
            mixedInstancesPolicy: {
                launchTemplate: { overrides: [{ instanceType: "m7g.large", weightedCapacity: "3" }] },
            },
        }),
        "a schedule of another group": group({ minSize: 2 }, [
            resource("autoScalingSchedule", "other", { autoscalingGroupName: "somebody-elses", minSize: 0 }),
        ]),
    },
    violating: {
        "one instance": { resources: group({ minSize: 1 }), at: ["nodes"], says: /minSize is 1, below 2: .* Fix: set/ },
        none: { resources: group({ minSize: 0 }), at: ["nodes"], says: /minSize is 0, below 2/ },
        "one instance at night": {
            resources: group({ minSize: 6 }, [schedule(1)]),
            at: ["nodes"],
            says: /minSize of the schedule night is 1, below 2/,
        },
        "none at night, since the schedule does not say": {
            resources: group({ minSize: 6 }, [schedule()]),
            at: ["nodes"],
            says: /minSize of the schedule night is 0, below 2/,
        },
        "a capacity provider that does not scale it": {
            resources: group({ minSize: 1 }, [provider()]),
            at: ["nodes"],
            says: /minSize is 1, below 2/,
        },
        "one instance that counts for four": {
            resources: group({
                minSize: 4,
                mixedInstancesPolicy: {
                    launchTemplate: { overrides: [{ weightedCapacity: "1" }, { weightedCapacity: "4" }] },
                },
            }),
            at: ["nodes"],
            says: /minSize by weightedCapacity is 1, below 2/,
        },
        "fewer than are configured": {
            resources: group({ minSize: 2 }),
            at: ["nodes"],
            says: /is 2, below 3/,
            config: settings(asgMinTwo, { minimum: 3 }),
        },
    },
    unknown: {
        "the minimum": { resources: group({ minSize: UNKNOWN_VALUE }), at: ["nodes"], says: /minSize is not known/ },
        "the minimum at night": {
            resources: group({ minSize: 6 }, [schedule(UNKNOWN_VALUE)]),
            at: ["nodes"],
            says: /minSize of the schedule night is not known/,
        },
        "whether ECS scales it": {
            resources: group({ minSize: 0 }, [provider({ status: UNKNOWN_VALUE })]),
            at: ["nodes"],
            says: /managedScaling.status of its capacity provider is not known/,
        },
        "how many instances eight processors are": {
            resources: group({ minSize: 8, desiredCapacityType: "vcpu" }),
            at: ["nodes"],
            says: /minSize, counted by desiredCapacityType, is no number of instances/,
            level: "advisory",
        },
        "the weights": {
            resources: group({
                minSize: 4,
                mixedInstancesPolicy: { launchTemplate: { overrides: UNKNOWN_VALUE } },
            }),
            at: ["nodes"],
            says: /minSize is not known/,
        },
    },
    notApplicable: { "an instance on its own": [resource("instance", "bastion")] },
});
