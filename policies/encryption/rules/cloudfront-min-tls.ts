import { defineResourceRule } from "../../shared/rule";
import { shown } from "../../shared/shown";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** "TLSv1.2_2021", as all of them are named. */
const PROTOCOL_VERSION = /^(SSLv3|TLSv1(\.\d)?)(_\d{4})?$/;

export const cloudfrontMinTls = defineResourceRule({
    id: "cloudfront-min-tls",
    title: "A distribution refuses viewers with TLS older than 1.2",
    severity: "high",
    frameworks: { fsbp: ["CloudFront.15"], checkov: ["CKV_AWS_174"], wellArchitected: ["SEC09-BP02"] },
    why: "protocols with known weaknesses are accepted, and compliance standards forbid them",
    fix: 'set `viewerCertificate` with an `acmCertificateArn` of your own and `minimumProtocolVersion: "TLSv1.2_2021"`',
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html",
    tokens: TOKENS.cloudFrontDistribution,
    guards: ["viewerCertificate"],
    settings: {
        allowed: {
            type: "array",
            items: { type: "string" },
            default: ["TLSv1.2_2018", "TLSv1.2_2019", "TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"],
            description: "Security policies that viewers may be served with.",
        },
    },
    check: ({ inputs }, report, { allowed }) => {
        const own = inputs.bool("viewerCertificate.cloudfrontDefaultCertificate");
        const version = inputs.str("viewerCertificate.minimumProtocolVersion");
        if (own === true) {
            report.violation(
                "viewerCertificate.cloudfrontDefaultCertificate",
                "is true: with CloudFront's own name, TLSv1 is what viewers may use whatever else is set",
            );
        } else if (version === UNKNOWN || own === UNKNOWN) {
            report.undetermined("viewerCertificate.minimumProtocolVersion");
        } else if (version === undefined || !(allowed as readonly string[]).includes(version)) {
            const state =
                version === undefined ? "is not set, which means TLSv1" : `is ${shown(version, PROTOCOL_VERSION)}`;
            report.violation("viewerCertificate.minimumProtocolVersion", state);
        }
    },
});
