import { lbCrossZone } from "../../../policies/no-single-point-of-failure/rules/lb-cross-zone";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const balancer = (inputs: object) => [resource("loadBalancer", "lb", inputs)];
const group = (inputs: object) => [resource("targetGroup", "web", { port: 443, protocol: "TLS", ...inputs })];

describeRule(lbCrossZone, {
    compliant: {
        "a network load balancer with it on": balancer({
            loadBalancerType: "network",
            enableCrossZoneLoadBalancing: true,
        }),
        "a gateway load balancer with it on": balancer({
            loadBalancerType: "gateway",
            enableCrossZoneLoadBalancing: true,
        }),
        "a target group that leaves it to the load balancer": group({
            loadBalancingCrossZoneEnabled: "useLoadBalancerConfiguration",
        }),
        "a target group with it on": group({ loadBalancingCrossZoneEnabled: "true" }),
        "a target group that says nothing": group({}),
    },
    violating: {
        "a network load balancer": {
            resources: balancer({ loadBalancerType: "network" }),
            at: ["lb"],
            says: /enableCrossZoneLoadBalancing is not set, which means false on a network load balancer: .* Fix: set `enableCrossZoneLoadBalancing: true`/,
        },
        "a gateway load balancer with it off": {
            resources: balancer({ loadBalancerType: "gateway", enableCrossZoneLoadBalancing: false }),
            at: ["lb"],
            says: /enableCrossZoneLoadBalancing is false on a gateway load balancer/,
        },
        "a target group that switches it off": {
            resources: group({ loadBalancingCrossZoneEnabled: "false" }),
            at: ["web"],
            says: /loadBalancingCrossZoneEnabled is false, whatever the load balancer says: .* Fix: set `loadBalancingCrossZoneEnabled: "true"`/,
        },
    },
    unknown: {
        "the type": {
            resources: balancer({ loadBalancerType: UNKNOWN_VALUE }),
            at: ["lb"],
            says: /loadBalancerType is not known/,
        },
        "the flag": {
            resources: balancer({ loadBalancerType: "network", enableCrossZoneLoadBalancing: UNKNOWN_VALUE }),
            at: ["lb"],
            says: /enableCrossZoneLoadBalancing is not known/,
        },
        "the flag of a target group": {
            resources: group({ loadBalancingCrossZoneEnabled: UNKNOWN_VALUE }),
            at: ["web"],
            says: /loadBalancingCrossZoneEnabled is not known/,
        },
    },
    notApplicable: {
        "an application load balancer, which always has it": balancer({ loadBalancerType: "application" }),
        "a load balancer without a type, which is an application load balancer": balancer({
            enableCrossZoneLoadBalancing: false,
        }),
    },
});

describe("lb-cross-zone, where it mends what it finds", () => {
    const mend = (type: string, inputs: Record<string, unknown>): Record<string, unknown> => {
        lbCrossZone.remediate?.(inputs, { urn: "urn", type, name: "name", ignoreChanges: [] });
        return inputs;
    };

    test("switches a network load balancer's on and changes nothing else", () => {
        const inputs = { loadBalancerType: "network", internal: true };
        expect(mend("aws:lb/loadBalancer:LoadBalancer", { ...inputs })).toEqual({
            ...inputs,
            enableCrossZoneLoadBalancing: true,
        });
    });

    test("switches a target group's on and changes nothing else", () => {
        const inputs = { port: 443, loadBalancingCrossZoneEnabled: "false" };
        expect(mend("aws:alb/targetGroup:TargetGroup", { ...inputs })).toEqual({
            port: 443,
            loadBalancingCrossZoneEnabled: "true",
        });
    });
});
