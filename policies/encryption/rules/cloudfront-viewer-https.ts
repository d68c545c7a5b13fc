import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN, type Readable } from "../../shared/unknown";

export const cloudfrontViewerHttps = defineResourceRule({
    id: "cloudfront-viewer-https",
    title: "Every behaviour of a distribution serves viewers over HTTPS only",
    severity: "critical",
    frameworks: { fsbp: ["CloudFront.3"], checkov: ["CKV_AWS_34"], wellArchitected: ["SEC09-BP02"] },
    why: "whoever is on the way reads and changes pages, passwords and sessions",
    fix: 'set `viewerProtocolPolicy: "redirect-to-https"` (or "https-only")',
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-https-viewers-to-cloudfront.html",
    tokens: TOKENS.cloudFrontDistribution,
    guards: ["defaultCacheBehavior.viewerProtocolPolicy", "orderedCacheBehaviors"],
    check: ({ inputs }, report) => {
        const judge = (behaviour: Readable, path: string, property: string): void => {
            const policy = behaviour.str(path);
            if (policy === UNKNOWN) {
                report.undetermined(property);
            } else if (policy === "allow-all" || policy === undefined) {
                report.violation(property, policy === undefined ? "is not set" : "is allow-all");
            }
        };
        judge(inputs, "defaultCacheBehavior.viewerProtocolPolicy", "defaultCacheBehavior.viewerProtocolPolicy");
        const ordered = inputs.list("orderedCacheBehaviors");
        if (ordered === UNKNOWN) {
            report.undetermined("orderedCacheBehaviors");
        } else {
            ordered?.forEach((behaviour, index) => {
                judge(behaviour, "viewerProtocolPolicy", `orderedCacheBehaviors[${index}].viewerProtocolPolicy`);
            });
        }
    },
});
