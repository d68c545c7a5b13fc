import { dbSubnetGroupAzs } from "../../../policies/no-single-point-of-failure/rules/db-subnet-group-azs";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const subnets = ["a", "b"].map((zone) => resource("subnet", `subnet-${zone}`, { availabilityZone: zone }));
const groups = (subnetIds: unknown): TestResource[] => [
    ...subnets,
    resource("rdsSubnetGroup", "database", { subnetIds }),
    resource("elasticacheSubnetGroup", "cache", { subnetIds }),
];

describeRule(dbSubnetGroupAzs, {
    compliant: { "subnets in two zones": groups([ref("subnet-a"), ref("subnet-b")]) },
    violating: {
        "one subnet": {
            resources: groups([ref("subnet-b")]),
            at: ["database", "cache"],
            says: /subnetIds reaches one availability zone only \(b\)/,
        },
    },
    unknown: {
        "the subnets": { resources: groups(UNKNOWN_VALUE), at: ["database", "cache"], says: /depends on no subnet/ },
    },
    notApplicable: { "subnets alone": subnets },
});
