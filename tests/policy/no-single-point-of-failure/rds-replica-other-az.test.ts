import { rdsReplicaOtherAz } from "../../../policies/no-single-point-of-failure/rules/rds-replica-other-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const primary = (inputs: object = {}): TestResource =>
    resource("rdsInstance", "primary", { identifier: "shop", multiAz: true, ...inputs });
const replica = (name: string, inputs: object = {}): TestResource =>
    resource("rdsInstance", name, { replicateSourceDb: ref("primary", "id"), ...inputs });

describeRule(rdsReplicaOtherAz, {
    compliant: {
        "two replicas in two zones": [
            primary(),
            replica("one", { availabilityZone: "a" }),
            replica("two", { availabilityZone: "b" }),
        ],
        "one replica away from its single-zone source": [
            primary({ multiAz: false, availabilityZone: "a" }),
            replica("one", { availabilityZone: "b" }),
        ],
        "three replicas of which one has no zone yet": [
            primary(),
            replica("one", { availabilityZone: "a" }),
            replica("three", { availabilityZone: UNKNOWN_VALUE }),
            replica("two", { availabilityZone: "b" }),
        ],
        "one replica in another region": [
            primary({ region: "eu-central-1" }),
            replica("one", { region: "eu-west-1", availabilityZone: "eu-west-1a" }),
        ],
        "one replica in another region, of a single-zone source": [
            primary({ multiAz: false, availabilityZone: "eu-central-1a" }),
            replica("one", { availabilityZone: "eu-west-1a" }),
        ],
        "two replicas in two regions": [
            primary({ region: "eu-central-1" }),
            replica("one", { region: "eu-central-1" }),
            replica("two", { region: "eu-west-1" }),
        ],
    },
    violating: {
        "two replicas in one zone": {
            resources: [
                primary(),
                replica("one", { availabilityZone: "a" }),
                replica("two", { availabilityZone: "a" }),
            ],
            at: ["one"],
            says: /availabilityZone is a for all replicas \(one, two\): .* Fix: give the replicas different zones/,
        },
        "a replica in the zone of its single-zone source": {
            resources: [primary({ multiAz: false, availabilityZone: "a" }), replica("one", { availabilityZone: "a" })],
            at: ["one"],
            says: /availabilityZone is a, which is also that of its source primary/,
        },
    },
    unknown: {
        "the zone of the only replica of a single-zone source": {
            resources: [primary({ multiAz: false, availabilityZone: "a" }), replica("one")],
            at: ["one"],
            says: /availabilityZone is not known for the replica or its source/,
        },
        "the zone of the single-zone source": {
            resources: [primary({ multiAz: false }), replica("one", { availabilityZone: "a" })],
            at: ["one"],
            says: /availabilityZone is not known for the replica or its source/,
        },
        "the zones of two replicas that AWS chooses": {
            resources: [primary(), replica("one"), replica("two")],
            at: ["one"],
            says: /availabilityZone is not known for every replica \(one, two\)/,
        },
        "where a Multi-AZ source will be, which nobody can know": {
            resources: [primary(), replica("one", { availabilityZone: "a" })],
            at: ["one"],
            says: /the only replica of a Multi-AZ source, which moves between zones/,
            level: "advisory",
        },
    },
    notApplicable: {
        "an instance without replicas": [primary()],
        "primaries, for which the provider writes an empty source": [
            primary({ replicateSourceDb: "", availabilityZone: "a", multiAz: false }),
            resource("rdsInstance", "second", { replicateSourceDb: "", availabilityZone: "a" }),
        ],
        "one replica of a source in another stack": [
            resource("rdsInstance", "one", { replicateSourceDb: "arn:aws:rds:eu-west-1:123456789012:db:elsewhere" }),
        ],
    },
});
