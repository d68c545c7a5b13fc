import { defineResourceRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Readable } from "../../shared/unknown";

/** A request of any other method never fails over, and a behaviour that allows one cannot target an origin group. */
const FAILS_OVER = new Set<unknown>(["GET", "HEAD", "OPTIONS"]);

export const cloudfrontOriginFailover = defineResourceRule({
    id: "cloudfront-origin-failover",
    title: "Every behaviour that only reads has a second origin to turn to",
    severity: "medium",
    frameworks: {
        fsbp: ["CloudFront.4"],
        checkov: ["CKV_AWS_310"],
        wellArchitected: ["REL10-BP01", "REL11-BP02"],
    },
    why: "when its only origin fails, viewers get errors for everything that is not in the cache",
    fix: "add an entry with two `members` to `originGroups` and set `targetOriginId` to its `originId`",
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html",
    tokens: TOKENS.cloudFrontDistribution,
    guards: ["originGroups", "defaultCacheBehavior.targetOriginId", "orderedCacheBehaviors"],
    check: ({ inputs }, report) => {
        const groups = inputs.list("originGroups");
        const groupIds = elements(groups).map((group) => group.str("originId"));
        const ordered = inputs.list("orderedCacheBehaviors");
        if (ordered === UNKNOWN) {
            report.undetermined("orderedCacheBehaviors");
        }
        const judge = (name: string, methodsPath: string, targetPath: string, view: Readable): void => {
            const methods = view.strings(methodsPath);
            const known = methods === UNKNOWN ? [] : (methods ?? []);
            if (known.some((method) => method !== UNKNOWN && !FAILS_OVER.has(method))) {
                return;
            }
            const target = view.str(targetPath);
            if (target !== UNKNOWN && target !== undefined && groupIds.includes(target)) {
                return;
            }
            const property = `${name}.targetOriginId`;
            if (methods === UNKNOWN || known.includes(UNKNOWN)) {
                report.undetermined(`${name}.allowedMethods`);
            } else if (groups !== UNKNOWN && groupIds.length === 0) {
                report.violation(property, "leads to one origin only");
            } else if (groups === UNKNOWN || groupIds.includes(UNKNOWN)) {
                report.undetermined("originGroups");
            } else if (target === UNKNOWN) {
                report.undetermined(property);
            } else {
                report.violation(property, "names no origin group");
            }
        };
        const byDefault = "defaultCacheBehavior";
        judge(byDefault, `${byDefault}.allowedMethods`, `${byDefault}.targetOriginId`, inputs);
        elements(ordered).forEach((behaviour, index) => {
            judge(`orderedCacheBehaviors[${index}]`, "allowedMethods", "targetOriginId", behaviour);
        });
    },
});
