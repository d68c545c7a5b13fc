import { defineResourceRule } from "../../shared/rule";
import { shown } from "../../shared/shown";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

const COMPATIBLE = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/** "ELBSecurityPolicy-TLS13-1-2-2021-06", as all of them are named. */
const POLICY_NAME = /^ELBSecurityPolicy-[A-Za-z0-9-]{1,60}$/;

export const lbTlsPolicy = defineResourceRule({
    id: "lb-tls-policy",
    title: "A listener refuses TLS older than 1.2 and weak ciphers",
    severity: "high",
    frameworks: { fsbp: ["ELB.17"], checkov: ["CKV_AWS_103"], wellArchitected: ["SEC09-BP02"] },
    why: "the default policy still takes TLS 1.0, whose weaknesses are known",
    fix: 'set `sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"`, or "ELBSecurityPolicy-TLS13-1-2-2021-06"',
    url: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
    tokens: TOKENS.listener,
    guards: ["sslPolicy"],
    settings: {
        allowed: {
            type: "array",
            items: { type: "string" },
            default: [
                "ELBSecurityPolicy-TLS13-1-3-2021-06",
                COMPATIBLE,
                "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
                "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
                "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
                "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
                "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09",
                "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
                "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
                "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04",
                "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
                "ELBSecurityPolicy-TLS-1-2-2017-01",
                "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
                "ELBSecurityPolicy-FS-1-2-2019-08",
                "ELBSecurityPolicy-FS-1-2-Res-2019-08",
                "ELBSecurityPolicy-FS-1-2-Res-2020-10",
            ],
            description: "Security policies that listeners may have. All refuse TLS older than 1.2.",
        },
    },
    check: ({ inputs }, report, { allowed }) => {
        const protocol = inputs.str("protocol");
        const policy = inputs.str("sslPolicy");
        if (protocol !== UNKNOWN && protocol !== "HTTPS" && protocol !== "TLS") {
            return;
        }
        if (policy !== UNKNOWN && policy !== undefined && (allowed as readonly string[]).includes(policy)) {
            return;
        }
        if (policy === UNKNOWN || protocol === UNKNOWN) {
            report.undetermined(policy === UNKNOWN ? "sslPolicy" : "protocol");
        } else {
            const state =
                policy === undefined
                    ? "is not set, which means ELBSecurityPolicy-2016-08"
                    : `is ${shown(policy, POLICY_NAME)}`;
            report.violation("sslPolicy", state);
        }
    },
    remediate: (inputs, _, settings) => {
        // What the configuration allows, and of that what most viewers can speak.
        const policies = (settings?.["allowed"] ?? [COMPATIBLE]) as readonly string[];
        const policy = policies.includes(COMPATIBLE) ? COMPATIBLE : policies[0];
        if (policy !== undefined && (inputs["protocol"] === "HTTPS" || inputs["protocol"] === "TLS")) {
            inputs["sslPolicy"] = policy;
        }
    },
});
