import { rootOf } from "../../shared/exemptions";
import type { Node } from "../../shared/graph";
import { computeTiers } from "../../shared/relations/compute-tiers";
import { listed } from "../../shared/relations/zones";
import { defineStackRule } from "../../shared/rule";
import { floorThatSurvivesZoneLoss, survival } from "../../shared/survival";
import { TOKENS, tokensOf } from "../../shared/tokens";
import { elements, UNKNOWN, type Unknown } from "../../shared/unknown";

export const azLossCapacity = defineStackRule({
    id: "az-loss-capacity",
    title: "What is left of a tier when one availability zone is lost carries the load",
    severity: "high",
    frameworks: { wellArchitected: ["REL10-BP01", "REL11-BP05"] },
    why: "the zones that are left are overloaded before replacements start, and the failure of one zone becomes an outage",
    fix: "raise the floor, spread it over more zones, or correct the need (the tier's tag, or `neededCapacity` in the rule's configuration)",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/rel_withstand_component_failures_static_stability.html",
    tokens: tokensOf("ecsService", "autoScalingGroup", "eksNodeGroup"),
    guards: [
        { tokens: TOKENS.ecsService, property: "networkConfiguration.subnets" },
        { tokens: TOKENS.scalingTarget, property: "minCapacity" },
        { tokens: TOKENS.autoScalingGroup, property: "minSize" },
        { tokens: TOKENS.autoScalingGroup, property: "vpcZoneIdentifiers" },
        { tokens: TOKENS.autoScalingGroup, property: "availabilityZones" },
        { tokens: TOKENS.eksNodeGroup, property: "scalingConfig.minSize" },
        { tokens: TOKENS.eksNodeGroup, property: "subnetIds" },
        { tokens: TOKENS.subnet, property: "availabilityZone" },
    ],
    settings: {
        defaultNeed: {
            type: "integer",
            minimum: 0,
            default: 1,
            description:
                "Units that a tier needs at its floor where neither `neededCapacity` nor its tag says: at least one must be left.",
        },
        neededCapacity: {
            type: "object",
            additionalProperties: { type: "integer", minimum: 0 },
            default: {},
            description:
                "Units (tasks, instances, nodes) that a tier needs at its quietest hour, by its logical name. Goes before the tag.",
        },
        neededCapacityTag: {
            type: "string",
            default: "NeededCapacity",
            description:
                "Name of the tag on a service or group that says how many units it needs at its quietest hour.",
        },
    },
    check: (graph, on, settings) => {
        const { neededCapacity, neededCapacityTag } = settings as unknown as Needs;
        const tiers = computeTiers(graph);
        const names = tiers.map(({ node }) => node.name).sort();
        for (const name of Object.keys(neededCapacity).filter((key) => !names.includes(key))) {
            const [first] = graph.nodes;
            on({ urn: rootOf(first?.urn ?? "") }).violation(
                `neededCapacity.${name}`,
                "in the rule's configuration names no service or group of this stack",
                `write the logical name of one: ${names.join(", ")}`,
            );
        }
        for (const { node, units, floor, floorProperty, zones, zonesProperty, zonesOfHosts } of tiers) {
            const report = on(node);
            const need = neededBy(node, settings as unknown as Needs);
            if (need === UNKNOWN) {
                report.undetermined(`tags.${neededCapacityTag}`);
                continue;
            }
            if (typeof need === "string") {
                report.violation(
                    `tags.${neededCapacityTag}`,
                    `is ${JSON.stringify(need)}, which is no whole number of ${units}`,
                    `write how many ${units} are needed at the quietest hour, for example "2"`,
                );
                continue;
            }
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
            } else if (worst.left < need && zonesOfHosts) {
                report.open(
                    zonesProperty,
                    "is not set, so the zones are those of the cluster's instances and the loss of one cannot be counted",
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

interface Needs {
    readonly neededCapacity: Readonly<Record<string, number>>;
    readonly neededCapacityTag: string;
    readonly defaultNeed: number;
}

/** What a tier needs: as it is configured, as its tag says, or the default. A text is a tag that is no number. */
function neededBy(tier: Node, { neededCapacity, neededCapacityTag, defaultNeed }: Needs): number | string | Unknown {
    const configured = Object.hasOwn(neededCapacity, tier.name) ? neededCapacity[tier.name] : undefined;
    if (configured !== undefined) {
        return configured;
    }
    const tag = tagOf(tier, neededCapacityTag);
    if (tag === undefined) {
        return defaultNeed;
    }
    return typeof tag === "string" && /^\d+$/.test(tag) ? Number(tag) : tag;
}

function tagOf(tier: Node, name: string): string | Unknown | undefined {
    const tags = tier.list("tags");
    if (tags === UNKNOWN) {
        return UNKNOWN;
    }
    const values = tier.is("autoScalingGroup")
        ? elements(tags).flatMap((tag) => {
              const key = tag.str("key");
              return key === UNKNOWN ? [UNKNOWN] : key === name ? [tag.get("value")] : [];
          })
        : elements(tags).map((tag) => tag.at(name));
    const known = values.find((value) => value !== UNKNOWN && value !== undefined);
    if (known === undefined) {
        return values.includes(UNKNOWN) ? UNKNOWN : undefined;
    }
    return typeof known === "string" ? known : JSON.stringify(known);
}
