import { endpointMultiAz } from "../../../policies/no-single-point-of-failure/rules/endpoint-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const endpoint = (subnetIds: unknown, type: unknown = "Interface"): TestResource[] => [
    ...subnets,
    resource("vpcEndpoint", "logs", { vpcEndpointType: type, subnetIds }),
];

const joined = (zone: string): TestResource =>
    resource("vpcEndpointSubnetAssociation", zone, { vpcEndpointId: ref("logs"), subnetId: ref(`subnet-${zone}`) });

describeRule(endpointMultiAz, {
    compliant: {
        "two zones": endpoint([ref("subnet-a"), ref("subnet-b")]),
        "subnets that are joined one by one": [...endpoint(undefined), joined("a"), joined("b")],
        "a subnet of its own and one that is joined": [...endpoint([ref("subnet-a")]), joined("b")],
    },
    violating: {
        "one subnet that is joined": {
            resources: [...endpoint(undefined), joined("a")],
            at: ["logs"],
            says: /subnetIds reaches one availability zone only \(a\)/,
        },
        "one zone": {
            resources: endpoint([ref("subnet-a")]),
            at: ["logs"],
            says: /subnetIds reaches one availability zone only/,
        },
    },
    unknown: {
        "the subnets": { resources: endpoint(UNKNOWN_VALUE), at: ["logs"], says: /depends on no subnet/ },
        "whether it is an interface endpoint": {
            resources: endpoint([ref("subnet-a")], UNKNOWN_VALUE),
            at: ["logs"],
            says: /vpcEndpointType is not known/,
        },
    },
    notApplicable: {
        "a gateway endpoint": endpoint(undefined, "Gateway"),
    },
});
