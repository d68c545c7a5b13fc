import { asgElbHealth } from "../../../policies/no-single-point-of-failure/rules/asg-elb-health";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const targets = resource("targetGroup", "targets");
const group = (inputs: object, more: readonly TestResource[] = []): TestResource[] => [
    targets,
    resource("autoScalingGroup", "nodes", { minSize: 2, maxSize: 9, ...inputs }),
    ...more,
];
const attachment = resource("autoScalingAttachment", "attachment", {
    autoscalingGroupName: ref("nodes", "name"),
    lbTargetGroupArn: ref("targets", "arn"),
});
const source = (type: string, identifier?: string): TestResource =>
    resource("autoScalingTrafficSourceAttachment", "source", {
        autoscalingGroupName: ref("nodes", "name"),
        trafficSource: { identifier: identifier ?? ref("targets", "arn"), type },
    });

describeRule(asgElbHealth, {
    compliant: {
        "the load balancer's checks, with a target group of its own list": group({
            targetGroupArns: [ref("targets", "arn")],
            healthCheckType: "ELB",
        }),
        "several checks": group({ targetGroupArns: ["arn:aws:x"], healthCheckType: "EC2, EBS,ELB" }),
        "the load balancer's checks, with an attachment": group({ healthCheckType: "ELB" }, [attachment]),
        "no load balancer": group({ healthCheckType: "EC2" }),
        "empty lists": group({ targetGroupArns: [], loadBalancers: [], trafficSources: [] }),
        "an attachment of another group": group({}, [
            resource("autoScalingAttachment", "other", {
                autoscalingGroupName: "other",
                lbTargetGroupArn: "arn:aws:x",
            }),
        ]),
        "the checks of VPC Lattice": group({ healthCheckType: "VPC_LATTICE" }, [source("vpc-lattice")]),
    },
    violating: {
        "no type, which means the instance's own checks": {
            resources: group({ targetGroupArns: [ref("targets", "arn")] }),
            at: ["nodes"],
            says: /healthCheckType is not set, which means "EC2": .* Fix: set `healthCheckType: "ELB"`/,
        },
        "the instance's own checks with an attachment": {
            resources: group({ healthCheckType: "EC2" }, [attachment]),
            at: ["nodes"],
            says: /healthCheckType leaves out "ELB"/,
        },
        "a classic load balancer": {
            resources: group({ loadBalancers: ["front"], healthCheckType: "EC2" }),
            at: ["nodes"],
            says: /leaves out "ELB"/,
        },
        "a traffic source of its own list": {
            resources: group({ trafficSources: [{ identifier: ref("targets", "arn"), type: "elbv2" }] }),
            at: ["nodes"],
            says: /is not set/,
        },
        "an attached traffic source": { resources: group({}, [source("elbv2")]), at: ["nodes"], says: /is not set/ },
        "VPC Lattice with the load balancer's checks": {
            resources: group({ healthCheckType: "ELB" }, [
                source("", "arn:aws:vpc-lattice:eu-west-1:123456789012:targetgroup/tg-1"),
            ]),
            at: ["nodes"],
            says: /leaves out "VPC_LATTICE": .* set `healthCheckType: "VPC_LATTICE"`/,
        },
        "target groups that are known as a list only": {
            resources: group({ targetGroupArns: unknownListOf("targets") }),
            at: ["nodes"],
            says: /is not set/,
        },
    },
    unknown: {
        "the type": {
            resources: group({ targetGroupArns: ["arn:aws:x"], healthCheckType: UNKNOWN_VALUE }),
            at: ["nodes"],
            says: /healthCheckType is not known/,
        },
        "whether there are target groups": {
            resources: group({ targetGroupArns: UNKNOWN_VALUE }),
            at: ["nodes"],
            says: /targetGroupArns may hold a load balancer's target group/,
        },
        "whether there are traffic sources": {
            resources: group({ trafficSources: UNKNOWN_VALUE, healthCheckType: "EC2" }),
            at: ["nodes"],
            says: /trafficSources may hold/,
        },
    },
    notApplicable: { "a target group alone": [targets] },
});
