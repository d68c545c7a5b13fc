import { defineResourceRule } from "../../shared/rule";
import { tokensOf, TOKENS } from "../../shared/tokens";
import type { Report } from "../../shared/finding";
import { elements, UNKNOWN, type Readable } from "../../shared/unknown";

/** Versions that CloudFront may offer to an origin and should not. */
const OLD = new Set(["SSLv3", "TLSv1", "TLSv1.1"]);

export const cloudfrontOriginTls = defineResourceRule({
    id: "cloudfront-origin-tls",
    title: "CloudFront reaches its origins over TLS 1.2 only",
    severity: "high",
    frameworks: { fsbp: ["CloudFront.9", "CloudFront.10"], checkov: ["CKV2_AWS_72"], wellArchitected: ["SEC09-BP02"] },
    why: "the padlock that viewers see ends at the edge, and the rest of the way is open or weak",
    fix: 'set `originProtocolPolicy: "https-only"` and the origin\'s TLS versions to TLSv1.2 alone',
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-cloudfront-to-custom-origin.html",
    tokens: tokensOf("cloudFrontDistribution", "cloudFrontVpcOrigin"),
    guards: ["origins", "vpcOriginEndpointConfig"],
    check: ({ type, inputs }, report) => {
        if ((TOKENS.cloudFrontVpcOrigin as readonly string[]).includes(type)) {
            const config = "vpcOriginEndpointConfig";
            judge(inputs, config, `${config}.originSslProtocols.items`, config, true, report);
            return;
        }
        const origins = inputs.list("origins");
        if (origins === UNKNOWN) {
            report.undetermined("origins");
            return;
        }
        // "match-viewer" is as good as what viewers may use.
        const viewers = [inputs, ...elements(inputs.list("orderedCacheBehaviors"))].map((behaviour, index) =>
            behaviour.str(index === 0 ? "defaultCacheBehavior.viewerProtocolPolicy" : "viewerProtocolPolicy"),
        );
        const viewersUseTls = viewers.every((policy) => policy === "https-only" || policy === "redirect-to-https");
        origins?.forEach((origin, index) => {
            if (origin.get("customOriginConfig") !== undefined) {
                const config = "customOriginConfig";
                const name = `origins[${index}].${config}`;
                judge(origin, config, `${config}.originSslProtocols`, name, viewersUseTls, report);
            }
        });
    },
});

function judge(
    view: Readable,
    config: string,
    protocolsPath: string,
    name: string,
    viewersUseTls: boolean,
    report: Report,
): void {
    const policy = view.str(`${config}.originProtocolPolicy`);
    if (policy === UNKNOWN) {
        report.undetermined(`${name}.originProtocolPolicy`);
    } else if (policy !== "https-only" && !(policy === "match-viewer" && viewersUseTls)) {
        report.violation(
            `${name}.originProtocolPolicy`,
            policy === "match-viewer" ? "is match-viewer while viewers may use HTTP" : `is ${policy ?? "not set"}`,
        );
    }
    const protocols = view.strings(protocolsPath);
    if (protocols === UNKNOWN || protocols?.includes(UNKNOWN)) {
        report.undetermined(`${name}.originSslProtocols`);
    } else if (policy !== "http-only") {
        const old = (protocols ?? []).filter((protocol) => protocol !== UNKNOWN && OLD.has(protocol));
        if (old.length > 0) {
            report.violation(`${name}.originSslProtocols`, `holds ${old.map(String).join(", ")}`);
        }
    }
}
