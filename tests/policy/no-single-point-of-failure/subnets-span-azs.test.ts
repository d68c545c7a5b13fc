import { subnetsSpanAzs } from "../../../policies/no-single-point-of-failure/rules/subnets-span-azs";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const network = (...zones: unknown[]): TestResource[] => [
    resource("vpc", "vpc", { cidrBlock: "10.0.0.0/16" }),
    ...zones.map((zone, index) => resource("subnet", `subnet-${index}`, { vpcId: ref("vpc"), availabilityZone: zone })),
];

describeRule(subnetsSpanAzs, {
    compliant: { "subnets in two zones": network("a", "b", "a") },
    violating: {
        "subnets in one zone": {
            resources: network("a", "a"),
            at: ["vpc"],
            says: /subnets reaches one availability zone only \(a\)/,
        },
    },
    unknown: {
        "whether a zone by name is the one by id": {
            resources: [
                resource("vpc", "vpc"),
                resource("subnet", "one", { vpcId: ref("vpc"), availabilityZone: "us-east-1a" }),
                resource("subnet", "two", { vpcId: ref("vpc"), availabilityZoneId: "use1-az1" }),
            ],
            at: ["vpc"],
            says: /subnets/,
        },
        "the zones": {
            resources: network(UNKNOWN_VALUE, UNKNOWN_VALUE),
            at: ["vpc"],
            says: /zones are not known in preview/,
        },
        "zones that AWS chooses": {
            resources: network(undefined, "a"),
            at: ["vpc"],
            says: /zones are not known in preview/,
        },
    },
    notApplicable: {
        "a network without subnets in this stack": network(),
        "the default network, of whose subnets one is taken up": [
            resource("vpc", "vpc", {}, { type: "aws:ec2/defaultVpc:DefaultVpc" }),
            resource(
                "subnet",
                "default",
                { availabilityZone: "a" },
                { type: "aws:ec2/defaultSubnet:DefaultSubnet", computed: { vpcId: "vpc-id" } },
            ),
        ],
    },
});
