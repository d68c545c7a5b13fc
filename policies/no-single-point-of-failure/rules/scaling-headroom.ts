import { defineResourceRule } from "../../shared/rule";
import { TOKENS, tokensOf, type Kind } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** The two properties that bound a number, and what an unset one means. */
interface Bounds {
    readonly kind: Kind;
    readonly minimum: string;
    readonly maximum: string;
    readonly defaultMinimum: number;
    /** Without a default the property is required. */
    readonly defaultMaximum?: number;
}

const BOUNDS: readonly Bounds[] = [
    { kind: "scalingTarget", minimum: "minCapacity", maximum: "maxCapacity", defaultMinimum: 0 },
    { kind: "autoScalingGroup", minimum: "minSize", maximum: "maxSize", defaultMinimum: 0 },
    {
        kind: "eksNodeGroup",
        minimum: "scalingConfig.minSize",
        maximum: "scalingConfig.maxSize",
        defaultMinimum: 0,
    },
    {
        kind: "horizontalPodAutoscaler",
        minimum: "spec.minReplicas",
        maximum: "spec.maxReplicas",
        defaultMinimum: 1,
    },
    {
        kind: "scaledObject",
        minimum: "spec.minReplicaCount",
        maximum: "spec.maxReplicaCount",
        defaultMinimum: 0,
        // https://keda.sh/docs/latest/reference/scaledobject-spec/
        defaultMaximum: 100,
    },
];

export const scalingHeadroom = defineResourceRule({
    id: "scaling-headroom",
    title: "What scales can grow beyond what always runs",
    severity: "medium",
    frameworks: { wellArchitected: ["REL07-BP03"] },
    why: "nothing can be added when load grows or a zone is lost",
    fix: "set the maximum above the minimum, by as much as the busiest hour needs",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_adapt_to_changes_proactive_adapt_auto.html",
    tokens: BOUNDS.flatMap(({ kind }) => tokensOf(kind)),
    guards: BOUNDS.flatMap(({ kind, minimum, maximum }) => [
        { tokens: TOKENS[kind], property: minimum },
        { tokens: TOKENS[kind], property: maximum },
    ]),
    check: ({ type, inputs }, report) => {
        const bounds = BOUNDS.find(({ kind }) => tokensOf(kind).includes(type));
        if (bounds === undefined) {
            return;
        }
        const least = inputs.num(bounds.minimum) ?? bounds.defaultMinimum;
        const most = inputs.num(bounds.maximum) ?? bounds.defaultMaximum;
        // A maximum of 0 switches the whole off.
        if (most === undefined || most === 0) {
            return;
        }
        if (most === UNKNOWN || least === UNKNOWN) {
            report.undetermined(most === UNKNOWN ? bounds.maximum : bounds.minimum);
        } else if (most <= least) {
            report.violation(bounds.maximum, `is ${most}, with ${bounds.minimum} ${least}`);
        }
    },
});
