import { reachedOrigins } from "../../shared/relations/origins";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, type Unknown } from "../../shared/unknown";

export const cloudfrontFailoverDistinct = defineStackRule({
    id: "cloudfront-failover-distinct",
    title: "The origins of an origin group reach different buckets or load balancers",
    severity: "medium",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP02"] },
    why: "what takes the first origin down takes the second one with it",
    fix: "give the second member an origin with a `domainName` of its own, such as a replicated bucket in another region",
    url: "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/high_availability_origin_failover.html",
    tokens: TOKENS.cloudFrontDistribution,
    guards: ["originGroups", "origins"],
    check: (graph, on) => {
        for (const distribution of graph.all("cloudFrontDistribution")) {
            const view = distribution.inputs ?? distribution;
            const groups = view.list("originGroups");
            const origins = view.list("origins");
            if (groups === UNKNOWN || (origins === UNKNOWN && elements(groups).length > 0)) {
                on(distribution).undetermined(groups === UNKNOWN ? "originGroups" : "origins");
                continue;
            }
            if (elements(groups).length === 0) {
                continue;
            }
            const reached = reachedOrigins(graph, distribution, elements(origins));
            const targets = reached.map(({ target }) => target);
            // Where no two origins reach the same, it does not matter which of them a member is.
            const allDiffer = !targets.includes(UNKNOWN) && new Set(targets).size === targets.length;
            elements(groups).forEach((group, index) => {
                const property = `originGroups[${index}].members`;
                const members = group.list("members");
                const ids = elements(members).map((member) => member.str("originId") ?? UNKNOWN);
                const own = ids.map((id) =>
                    id === UNKNOWN ? UNKNOWN : (reached.find(({ originId }) => originId === id)?.target ?? UNKNOWN),
                );
                const twice = repeated(ids) ?? repeated(own);
                if (members !== UNKNOWN && ids.length < 2) {
                    on(distribution).violation(property, "name one origin only");
                } else if (twice !== undefined) {
                    on(distribution).violation(property, `both reach ${twice}`);
                } else if (members === UNKNOWN || (own.includes(UNKNOWN) && !allDiffer)) {
                    on(distribution).undetermined(property, "reach origins that are not known in preview");
                }
            });
        }
    },
});

/** The first known value that is there twice. */
function repeated(values: readonly (string | Unknown)[]): string | undefined {
    const known = values.filter((value): value is string => value !== UNKNOWN);
    return known.find((value, position) => known.indexOf(value) !== position);
}
