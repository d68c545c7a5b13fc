import { lbTargetAzMatch } from "../../../policies/no-single-point-of-failure/rules/lb-target-az-match";
import { describeRule } from "../support/describe-rule";
import { json, ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b", "c"].flatMap((zone) => [
    resource("subnet", `public-${zone}`, { availabilityZone: zone }),
    resource("subnet", `private-${zone}`, { availabilityZone: zone }),
]);
const refs = (kind: string, zones: string): unknown[] => zones.split("").map((zone) => ref(`${kind}-${zone}`));

const group = resource("targetGroup", "web");
const balancer = (inputs: object = { subnets: refs("public", "ab") }): TestResource[] => [
    ...subnets,
    resource("loadBalancer", "lb", inputs),
    group,
];
const forward = { type: "forward", targetGroupArn: ref("web", "arn") };
const listener = (action: object = forward): TestResource =>
    resource("listener", "https", { loadBalancerArn: ref("lb", "arn"), defaultActions: [action] });
const notFound = { type: "fixed-response", fixedResponse: { contentType: "text/plain", statusCode: "404" } };
const service = (zones: unknown): TestResource =>
    resource("ecsService", "shop", {
        networkConfiguration: { subnets: zones },
        loadBalancers: [{ targetGroupArn: ref("web", "arn"), containerName: "shop", containerPort: 80 }],
    });
const fleet = (inputs: object): TestResource => resource("autoScalingGroup", "fleet", { minSize: 2, ...inputs });

describeRule(lbTargetAzMatch, {
    compliant: {
        "tasks in private subnets of the same zones": [...balancer(), listener(), service(refs("private", "ab"))],
        "a load balancer in more zones than its targets": [
            ...balancer({ subnets: refs("public", "abc") }),
            listener(),
            service(refs("private", "ab")),
        ],
        "lists that are unknown as a whole": [
            ...balancer({ subnets: unknownListOf("public-a", "public-b") }),
            listener(),
            service(unknownListOf("private-a", "private-b")),
        ],
        "subnets of another stack that both have": [
            ...balancer({ subnets: ["subnet-1", "subnet-2"] }),
            listener(),
            service(["subnet-2", "subnet-1"]),
        ],
        "the same subnets in zones that are not known": [
            ...["x", "y"].map((name) => resource("subnet", name, { availabilityZone: UNKNOWN_VALUE })),
            resource("loadBalancer", "lb", { subnets: [ref("x"), ref("y")] }),
            group,
            listener(),
            service([ref("y")]),
        ],
        "mappings, a rule that forwards, and an Auto Scaling group": [
            ...balancer({ subnetMappings: [{ subnetId: ref("public-a") }, { subnetId: ref("public-b") }] }),
            listener(notFound),
            resource("listenerRule", "rule", {
                listenerArn: ref("https", "arn"),
                actions: [{ type: "forward", forward: { targetGroups: [{ arn: ref("web", "arn"), weight: 1 }] } }],
            }),
            fleet({ vpcZoneIdentifiers: refs("private", "ab"), targetGroupArns: [ref("web", "arn")] }),
        ],
        "an Auto Scaling group that is attached and names its zones": [
            ...balancer(),
            listener(),
            fleet({ availabilityZones: ["a", "b"] }),
            resource("autoScalingAttachment", "attachment", {
                autoscalingGroupName: ref("fleet"),
                lbTargetGroupArn: ref("web", "arn"),
            }),
        ],
        "an instance": [
            ...balancer(),
            listener(),
            resource("instance", "server", { subnetId: ref("private-a") }),
            resource("targetGroupAttachment", "attachment", {
                targetGroupArn: ref("web", "arn"),
                targetId: ref("server"),
            }),
        ],
    },
    violating: {
        "tasks in a zone that is not enabled": {
            resources: [...balancer(), listener(), service(refs("private", "abc"))],
            at: ["lb"],
            says: /subnets are in a, b, but targets run in other zones: shop \(c\): .* Fix: give `subnets` one subnet in every zone/,
        },
        "an instance in a zone that is not enabled": {
            resources: [
                ...balancer(),
                listener(),
                resource("instance", "server", { subnetId: ref("private-c") }),
                resource("targetGroupAttachment", "attachment", {
                    targetGroupArn: ref("web", "arn"),
                    targetId: ref("server"),
                }),
            ],
            at: ["lb"],
            says: /targets run in other zones: server \(c\)/,
        },
        "one of two groups behind rules": {
            resources: [
                ...balancer(),
                listener(notFound),
                resource("listenerRule", "rule", { listenerArn: ref("https", "arn"), actions: [forward] }),
                service(refs("private", "ab")),
                fleet({ vpcZoneIdentifiers: refs("private", "bc") }),
                resource("autoScalingTrafficSourceAttachment", "attachment", {
                    autoscalingGroupName: ref("fleet"),
                    trafficSource: { type: "elbv2", identifier: ref("web", "arn") },
                }),
            ],
            at: ["lb"],
            says: /targets run in other zones: fleet \(c\):/,
        },
    },
    unknown: {
        "tasks in subnets of another stack": {
            resources: [...balancer(), listener(), service(["subnet-1", "subnet-2"])],
            at: ["lb"],
            says: /subnets or those of targets are in zones that are not known: shop/,
        },
        "where the load balancer is": {
            resources: [...balancer({ subnets: UNKNOWN_VALUE }), listener(), service(refs("private", "ab"))],
            at: ["lb"],
            says: /zones that are not known: shop/,
        },
        "which of three subnets the load balancer has": {
            resources: [
                ...balancer({ subnets: [json([...refs("public", "abc"), 1])] }),
                listener(),
                service(refs("private", "ab")),
            ],
            at: ["lb"],
            says: /zones that are not known: shop/,
        },
        "whether a zone by name is the one by id": {
            resources: [
                ...balancer(),
                listener(),
                resource("subnet", "by-id", { availabilityZoneId: "use1-az1" }),
                service([ref("by-id")]),
            ],
            at: ["lb"],
            says: /zones that are not known: shop/,
        },
    },
    notApplicable: {
        "tasks behind no listener": [...balancer(), service(refs("private", "c"))],
        "a group behind another load balancer": [
            ...balancer(),
            resource("targetGroup", "other"),
            listener({ type: "forward", targetGroupArn: ref("other", "arn") }),
            service(refs("private", "c")),
        ],
        "tasks on the instances of a cluster": [
            ...balancer(),
            listener(),
            resource("ecsService", "shop", { loadBalancers: [{ targetGroupArn: ref("web", "arn") }] }),
        ],
        "a function": [
            ...balancer(),
            listener(),
            resource("lambdaFunction", "function"),
            resource("targetGroupAttachment", "attachment", {
                targetGroupArn: ref("web", "arn"),
                targetId: ref("function", "arn"),
            }),
        ],
    },
});
