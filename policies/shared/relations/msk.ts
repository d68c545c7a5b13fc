/** How the brokers of a Kafka cluster replicate what they are given. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Unknown } from "../unknown";

export const REPLICATION_FACTOR = "default.replication.factor";
export const MIN_IN_SYNC = "min.insync.replicas";

/** A setting of the brokers: a number, not a number, or not known; and where it comes from, for a message. */
export interface BrokerSetting {
    readonly value: number | Unknown | "malformed";
    readonly from: string;
}

export interface Replication {
    readonly factor: BrokerSetting;
    readonly minInSync: BrokerSetting;
}

/** Why the settings of a cluster cannot be told. */
export type NotTold = "outside" | "unknown";

/** The lines of a properties text, the last one of a key counting. */
function properties(text: string): ReadonlyMap<string, string> {
    const lines = text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "" && !line.startsWith("#") && !line.startsWith("!"));
    return new Map(
        lines.map((line) => {
            const separator = /\s*[=:]\s*|\s+/.exec(line);
            return separator === null
                ? [line, ""]
                : [line.slice(0, separator.index), line.slice(separator.index + separator[0].length).trim()];
        }),
    );
}

/**
 * What Amazon MSK sets where a configuration does not: 3 and 2 in three zones, 2 and 1 in two.
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-default-configuration.html
 */
function defaultOf(cluster: Node, inThreeZones: number): BrokerSetting {
    const subnets = cluster.strings("brokerNodeGroupInfo.clientSubnets");
    if (subnets === UNKNOWN || subnets === undefined) {
        return { value: UNKNOWN, from: "by default" };
    }
    return subnets.length >= 3
        ? { value: inThreeZones, from: "by default" }
        : { value: inThreeZones - 1, from: "by default in fewer than three availability zones" };
}

/** The replication that topics get which ask for no other. */
export function replicationOf(graph: ResourceGraph, cluster: Node): Replication | NotTold {
    const whole = cluster.get("configurationInfo");
    const arn = whole === UNKNOWN ? UNKNOWN : cluster.str("configurationInfo.arn");
    const { nodes } = graph.resolveOne(cluster, "configurationInfo", arn, "mskConfiguration");
    const [configuration] = nodes;
    if (arn !== undefined && (configuration === undefined || nodes.length > 1)) {
        return arn === UNKNOWN ? "unknown" : "outside";
    }
    const revision = cluster.num("configurationInfo.revision");
    const latest = configuration?.num("latestRevision");
    // What an older revision says is not in the program.
    if (typeof revision === "number" && typeof latest === "number" && revision !== latest) {
        return "outside";
    }
    const text = configuration?.str("serverProperties");
    if (text === UNKNOWN) {
        return "unknown";
    }
    const own = properties(text ?? "");
    const setting = (key: string, inThreeZones: number): BrokerSetting => {
        const value = own.get(key);
        if (value === undefined || configuration === undefined) {
            return defaultOf(cluster, inThreeZones);
        }
        return {
            value: /^\d+$/.test(value) ? Number(value) : "malformed",
            from: `in the configuration ${configuration.name}`,
        };
    };
    return { factor: setting(REPLICATION_FACTOR, 3), minInSync: setting(MIN_IN_SYNC, 2) };
}
