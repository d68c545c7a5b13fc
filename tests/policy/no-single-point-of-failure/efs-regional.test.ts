import { efsRegional } from "../../../policies/no-single-point-of-failure/rules/efs-regional";
import { describeRule } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE } from "../support/harness";

const files = (inputs: object) => [resource("efsFileSystem", "files", { encrypted: true, ...inputs })];

describeRule(efsRegional, {
    compliant: {
        "no zone, which is regional": files({}),
        "an empty zone, as the provider writes it": files({ availabilityZoneName: "" }),
    },
    violating: {
        "a zone": {
            resources: files({ availabilityZoneName: "us-east-1a" }),
            at: ["files"],
            says: /availabilityZoneName is us-east-1a, which makes it a One Zone file system: .* Fix: leave `availabilityZoneName` out/,
        },
    },
    unknown: {
        "the zone": {
            resources: files({ availabilityZoneName: UNKNOWN_VALUE }),
            at: ["files"],
            says: /availabilityZoneName is not known/,
        },
    },
    notApplicable: { "a mount target": [resource("efsMountTarget", "target")] },
});
