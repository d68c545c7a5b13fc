import { computeTiers } from "../../shared/relations/compute-tiers";
import { listed } from "../../shared/relations/zones";
import { defineStackRule, type Settings } from "../../shared/rule";
import { floorThatSurvivesZoneLoss, survival } from "../../shared/survival";
import { tokensOf } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

export const azLossCapacity = defineStackRule({
    id: "az-loss-capacity",
    title: "What is left of a tier when one availability zone is lost carries the load",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP05"] },
    why: "the zones that are left are overloaded before replacements start, and the failure of one zone becomes an outage",
    fix: "raise the floor, spread it over more zones, or correct `neededCapacity` in the rule's configuration",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_static_stability.html",
    tokens: tokensOf("ecsService", "autoScalingGroup", "eksNodeGroup"),
    settings: {
        defaultNeed: {
            type: "integer",
            minimum: 0,
            default: 1,
            description:
                "Units that a tier needs at its floor where `neededCapacity` does not name it: at least one must be left.",
        },
        neededCapacity: {
            type: "object",
            additionalProperties: { type: "integer", minimum: 0 },
            default: {},
            description: "Units (tasks, instances, nodes) that a tier needs at its quietest hour, by its logical name.",
        },
    },
    check: (graph, on, settings) => {
        for (const { node, units, floor, floorProperty, zones, zonesProperty } of computeTiers(graph)) {
            if (zones === undefined) {
                continue;
            }
            const need = neededBy(node.name, settings);
            const report = on(node);
            if (floor === UNKNOWN) {
                report.undetermined(floorProperty);
                continue;
            }
            const best = survival({ floor, zones: Math.min(zones.atMost, Math.max(floor, 1)) }).zone;
            const worst = survival({ floor, zones: Math.max(zones.atLeast, 1) }).zone;
            if (best.left < need) {
                const places =
                    zones.atMost === Infinity ? "" : ` over ${counted(zones.atMost)} (${listed(zones) || "not named"})`;
                const enough = floorThatSurvivesZoneLoss(need, zones.atMost === Infinity ? 2 : zones.atMost);
                report.violation(
                    floorProperty,
                    `is ${floor}: ${node.name} runs ${floor} ${units}${places}, the loss of one zone takes ${best.lost} ` +
                        `and leaves ${best.left}, and ${need} ${need === 1 ? "is" : "are"} needed`,
                    enough === undefined
                        ? `spread ${zonesProperty} over at least two zones, with a floor of at least ${need * 2}`
                        : `set ${floorProperty} to at least ${enough}`,
                );
            } else if (worst.left < need) {
                report.undetermined(
                    zonesProperty,
                    "reaches zones that are not known, so the loss of one cannot be counted",
                );
            }
        }
    },
});

function counted(zones: number): string {
    return zones === 1 ? "1 zone" : `${zones} zones`;
}

function neededBy(tier: string, settings: Settings): number {
    const { neededCapacity, defaultNeed } = settings as {
        readonly neededCapacity: Readonly<Record<string, number>>;
        readonly defaultNeed: number;
    };
    return Object.hasOwn(neededCapacity, tier) ? (neededCapacity[tier] ?? defaultNeed) : defaultNeed;
}
