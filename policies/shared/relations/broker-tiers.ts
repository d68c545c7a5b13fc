/** The tiers that are Kafka brokers. */
import type { Node, ResourceGraph } from "../graph";
import { lossOfZone, whole, type Part } from "../survival";
import { UNKNOWN } from "../unknown";
import { leftOf, type DataTier } from "./data-tier";
import { replicationOf } from "./msk";

/** Brokers. A partition takes writes as long as enough of its copies are there. */
export function mskTier(graph: ResourceGraph, node: Node): DataTier {
    const count = node.num("numberOfBrokerNodes") ?? 0;
    const zones = graph.zonesOf(node, "brokerNodeGroupInfo.clientSubnets");
    const brokers = count === UNKNOWN ? 0 : whole(count);
    const atMost = zones.atMost === Infinity ? null : zones.atMost;
    const part: Part = { floor: brokers, zones: { names: [...zones.names], atLeast: zones.atLeast, atMost } };
    const replication = replicationOf(graph, node);
    const [copies, inSync] =
        typeof replication === "string" ? [UNKNOWN, UNKNOWN] : [replication.factor.value, replication.minInSync.value];
    const left = leftOf(lossOfZone([part]));
    const known = typeof copies === "number" && typeof inSync === "number";
    // Copies are spread over zones as brokers are.
    const copiesLeft = known ? leftOf(lossOfZone([{ ...part, floor: copies }])) : undefined;
    const writing = (enough: boolean, units: number): number => (enough ? units : 0);
    const afterUnit = Math.max(0, brokers - 1);
    return {
        node,
        members: [node],
        kind: "msk-cluster",
        units: "brokers",
        floor: count,
        floorProperty: "numberOfBrokerNodes",
        zonesProperty: "brokerNodeGroupInfo.clientSubnets",
        zones,
        parts: [part],
        writers: {
            before: brokers,
            afterUnit: known ? writing(copies - 1 >= inSync, afterUnit) : afterUnit,
            afterZone:
                known && copiesLeft !== undefined
                    ? {
                          best: writing(copiesLeft.best >= inSync, left.best),
                          worst: writing(copiesLeft.worst >= inSync, left.worst),
                      }
                    : { best: left.best, worst: 0 },
        },
        readers: {
            before: brokers,
            afterUnit: known ? writing(copies > 1, afterUnit) : afterUnit,
            afterZone:
                copiesLeft === undefined
                    ? { best: left.best, worst: 0 }
                    : {
                          best: writing(copiesLeft.best > 0, left.best),
                          worst: writing(copiesLeft.worst > 0, left.worst),
                      },
        },
        need: 1,
        failover: {
            automatic: true,
            typical: null,
            source: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
        },
    };
}
