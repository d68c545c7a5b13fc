import { endpointMultiAz } from "../../../policies/no-single-point-of-failure/rules/endpoint-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const endpoint = (subnetIds: unknown, type = "Interface"): TestResource[] => [
    ...subnets,
    resource("vpcEndpoint", "logs", { vpcEndpointType: type, subnetIds }),
];

describeRule(endpointMultiAz, {
    compliant: { "two zones": endpoint([ref("subnet-a"), ref("subnet-b")]) },
    violating: {
        "one zone": {
            resources: endpoint([ref("subnet-a")]),
            at: ["logs"],
            says: /subnetIds reaches one availability zone only/,
        },
    },
    unknown: { "the subnets": { resources: endpoint(UNKNOWN_VALUE), at: ["logs"], says: /depends on no subnet/ } },
    notApplicable: {
        "a gateway endpoint": endpoint(undefined, "Gateway"),
        "an endpoint whose subnets are joined one by one": [
            ...endpoint(undefined),
            resource("vpcEndpointSubnetAssociation", "a", { vpcEndpointId: ref("logs"), subnetId: ref("subnet-a") }),
        ],
    },
});
