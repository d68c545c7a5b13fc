import { rootOf } from "../../shared/exemptions";
import type { Report } from "../../shared/finding";
import type { ComputeTier } from "../../shared/relations/compute-tier";
import { computeTiers } from "../../shared/relations/compute-tiers";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { floorThatSurvivesZoneLoss, type TierSurvival } from "../../shared/survival";
import { DEFAULT_NEEDS, saidNeedOf, type Needs } from "../../shared/survival-need";
import { survivalOf } from "../../shared/survival-of-stack";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const azLossCapacity = defineStackRule({
    id: "az-loss-capacity",
    title: "What is left of a tier when one availability zone is lost carries the load",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP05"] },
    why: "the zones that are left are overloaded before replacements start, and the failure of one zone becomes an outage",
    fix: "raise the floor, spread it over more zones, or correct the need (the tier's tag or annotation, or `neededCapacity` in the rule's configuration)",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_static_stability.html",
    tokens: tokensOf("ecsService", "autoScalingGroup", "eksNodeGroup", "deployment", "statefulSet", "replicaSet"),
    guards: [
        { tokens: TOKENS.ecsService, property: "networkConfiguration.subnets" },
        { tokens: TOKENS.scalingTarget, property: "minCapacity" },
        { tokens: TOKENS.scalingScheduledAction, property: "scalableTargetAction.minCapacity" },
        { tokens: TOKENS.autoScalingGroup, property: "minSize" },
        { tokens: TOKENS.autoScalingSchedule, property: "minSize" },
        { tokens: TOKENS.autoScalingGroup, property: "vpcZoneIdentifiers" },
        { tokens: TOKENS.autoScalingGroup, property: "availabilityZones" },
        { tokens: TOKENS.eksNodeGroup, property: "scalingConfig.minSize" },
        { tokens: TOKENS.eksNodeGroup, property: "subnetIds" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
        { tokens: tokensOf("deployment", "statefulSet", "replicaSet"), property: "spec.template.spec.nodeSelector" },
        { tokens: TOKENS.horizontalPodAutoscaler, property: "spec.minReplicas" },
        { tokens: TOKENS.scaledObject, property: "spec.minReplicaCount" },
    ],
    settings: {
        neededCapacityAnnotation: {
            type: "string",
            default: DEFAULT_NEEDS.neededCapacityAnnotation,
            description:
                "Name of the annotation on a Kubernetes workload that says how many pods it needs at its quietest hour.",
        },
        defaultNeed: {
            type: "integer",
            minimum: 0,
            default: DEFAULT_NEEDS.defaultNeed,
            description:
                "Units that a tier needs at its floor where neither `neededCapacity` nor its tag says: at least one must be left.",
        },
        neededCapacity: {
            type: "object",
            additionalProperties: { type: "integer", minimum: 0 },
            default: {},
            description:
                "Units (tasks, instances, nodes, pods) that a tier needs at its quietest hour, by its logical name. Goes before the tag.",
        },
        neededCapacityTag: {
            type: "string",
            default: DEFAULT_NEEDS.neededCapacityTag,
            description:
                "Name of the tag on a service or group that says how many units it needs at its quietest hour.",
        },
    },
    check: (graph, on, settings) => {
        const needs = settings as unknown as Needs;
        const tiers = computeTiers(graph);
        const names = tiers.flatMap(({ members }) => members.map(({ name }) => name)).sort();
        for (const name of Object.keys(needs.neededCapacity).filter((key) => !names.includes(key))) {
            const [first] = graph.nodes;
            on({ urn: rootOf(first?.urn ?? "") }).violation(
                `neededCapacity.${name}`,
                "in the rule's configuration names no service or group of this stack",
                `write the logical name of one: ${names.join(", ")}`,
            );
        }
        const survivals = new Map(survivalOf(graph, needs).map((tier) => [tier.urn, tier]));
        for (const tier of tiers) {
            const survival = survivals.get(tier.node.urn);
            if (survival !== undefined && saysItsNeed(tier, needs, on)) {
                judge(tier, survival, needs, on(tier.node));
            }
        }
    },
});

/** Whether everything that is said of a tier's need is a number. What is not is reported. */
function saysItsNeed({ members, units }: ComputeTier, needs: Needs, on: ReportOn): boolean {
    let clear = true;
    for (const member of members) {
        const { property, value } = saidNeedOf(member, needs);
        if (value === UNKNOWN) {
            clear = false;
            on(member).undetermined(property);
        } else if (typeof value === "string") {
            clear = false;
            on(member).violation(
                property,
                `is no whole number of ${units}`,
                `write how many ${units} are needed at the quietest hour, for example "2"`,
            );
        }
    }
    return clear;
}

function judge(tier: ComputeTier, survival: TierSurvival, needs: Needs, report: Report): void {
    const { floorProperty, zonesProperty, zonesOfHosts, fewerZones } = tier;
    const { floor, need, verdict, zones } = survival;
    if (tier.floorUncountable) {
        report.open(floorProperty, "is no number of instances: how many it means, EC2 decides");
        return;
    }
    if (floor === null || need === null) {
        report.undetermined(floorProperty);
        return;
    }
    const figures = survival.sentence.replace(/\.$/, "");
    if (verdict === "short") {
        const enough = floorThatSurvivesZoneLoss(need, zones.atMost ?? 2);
        report.violation(
            floorProperty,
            `is ${floor}: ${figures}`,
            enough === undefined
                ? `spread ${zonesProperty} over at least two zones, with a floor of at least ${need * 2}`
                : `set ${floorProperty} to at least ${enough}`,
        );
    } else if (verdict === "undetermined" && tier.kind === "kubernetes-workload" && zonesOfHosts) {
        // Whether pods are spread at all is the rule k8s-zone-spread's; the figures matter where somebody named one.
        if (saidNeedOf(tier.node, needs).value !== undefined) {
            report.open(zonesProperty, `leaves open how many zones the cluster's nodes are in: ${figures}`);
        }
    } else if (verdict === "undetermined" && zonesOfHosts) {
        report.open(zonesProperty, `is not set, so the zones are those of the cluster's instances: ${figures}`);
    } else if (verdict === "undetermined" && fewerZones !== undefined) {
        report.open(fewerZones.property, `${fewerZones.problem}: ${figures}`);
    } else if (verdict === "undetermined" && tier.members.length > 1 && zones.sure) {
        report.open(zonesProperty, `leaves open which zone each group's nodes are in: ${figures}`);
    } else if (verdict === "undetermined") {
        report.undetermined(zonesProperty, `reaches zones that are not known: ${figures}`);
    }
}
