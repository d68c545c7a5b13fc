import { rdsMultiAz } from "../../../policies/no-single-point-of-failure/rules/rds-multi-az";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE } from "../support/harness";

const db = (inputs: object) => [resource("rdsInstance", "db", { engine: "postgres", ...inputs })];

describeRule(rdsMultiAz, {
    compliant: { "an instance with a standby": db({ multiAz: true }) },
    violating: {
        "a primary, for which the provider writes an empty source": {
            resources: db({ multiAz: false, replicateSourceDb: "" }),
            at: ["db"],
            says: /multiAz is false/,
        },
        "an instance without a word about it": {
            resources: db({}),
            at: ["db"],
            says: /^.*multiAz is not set: .* Fix: set `multiAz: true`\./,
        },
        "an edition of SQL Server that has no standby": {
            resources: db({ engine: "sqlserver-ex" }),
            at: ["db"],
            says: /multiAz is not set: .* Fix: the Express edition has no Multi-AZ: take `sqlserver-se`/,
        },
        "an instance that switches it off": { resources: db({ multiAz: false }), at: ["db"], says: /multiAz is false/ },
    },
    unknown: {
        "whether there is a standby": {
            resources: db({ multiAz: UNKNOWN_VALUE }),
            at: ["db"],
            says: /multiAz is not known in preview/,
        },
        "another property besides the missing one": {
            resources: db({ multiAz: UNKNOWN_VALUE, engine: UNKNOWN_VALUE }),
            at: ["db"],
            says: /multiAz/,
        },
    },
    notApplicable: {
        "a read replica": [
            resource("rdsInstance", "primary", { engine: "postgres", multiAz: true }),
            resource("rdsInstance", "replica", { replicateSourceDb: ref("primary", "identifier") }),
        ],
        "an instance of Aurora": db({ engine: "aurora-postgresql" }),
        "a bucket": [resource("bucket", "assets")],
    },
});
