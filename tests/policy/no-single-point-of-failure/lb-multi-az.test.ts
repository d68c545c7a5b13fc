import { lbMultiAz } from "../../../policies/no-single-point-of-failure/rules/lb-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, unknownListOf, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const twin = resource("subnet", "twin", { availabilityZone: "a" });
const balancer = (inputs: object): TestResource[] => [...subnets, twin, resource("loadBalancer", "lb", inputs)];

describeRule(lbMultiAz, {
    compliant: {
        "subnets in two zones": balancer({ subnets: [ref("subnet-a"), ref("subnet-b")] }),
        "a list that is unknown as a whole": balancer({ subnets: unknownListOf("subnet-a", "subnet-b") }),
        "mappings in two zones": balancer({
            subnetMappings: [{ subnetId: ref("subnet-a") }, { subnetId: ref("subnet-b") }],
        }),
    },
    violating: {
        "one subnet": {
            resources: balancer({ subnets: [ref("subnet-a")] }),
            at: ["lb"],
            says: /subnets reaches one availability zone only \(a\)/,
        },
        "two subnets in one zone": {
            resources: balancer({ subnets: [ref("subnet-a"), ref("twin")] }),
            at: ["lb"],
            says: /one availability zone only \(a\): .* Fix: give `subnets` one subnet in each of two zones/,
        },
        "one mapping": {
            resources: balancer({ subnetMappings: [{ subnetId: ref("subnet-a") }] }),
            at: ["lb"],
            says: /subnetMappings reaches one/,
        },
    },
    unknown: {
        "subnets of another stack": {
            resources: balancer({ subnets: ["subnet-1", "subnet-2"] }),
            at: ["lb"],
            says: /subnets reaches subnets whose availability zones are not known in preview or lie outside/,
        },
        "the whole list": {
            resources: balancer({ subnets: UNKNOWN_VALUE }),
            at: ["lb"],
            says: /depends on no subnet of this stack/,
        },
    },
    notApplicable: { "a target group": [resource("targetGroup", "web", { port: 443 })] },
});
