import type { PackDefinition } from "../shared/pack-definition";
import type { Needs } from "../shared/survival-need";
import { survivalOf } from "../shared/survival-of-stack";
import { version } from "./package.json";
import { rules } from "./rules";

export const definition: PackDefinition = {
    name: "no-single-point-of-failure",
    title: "No single point of failure",
    description: "Refuses what one failed task, node or availability zone would take down.",
    version,
    category: "reliability",
    rules,
    documents: [
        {
            file: "survival.json",
            content: (graph, settings) => ({
                tiers: survivalOf(graph, settings("az-loss-capacity") as unknown as Needs),
            }),
        },
    ],
};
