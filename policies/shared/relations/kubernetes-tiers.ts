/** The tiers that are Kubernetes workloads. */
import type { Node, ResourceGraph, Zones } from "../graph";
import { append } from "../multimap";
import { UNKNOWN } from "../unknown";
import { union, type ComputeTier, type TierPart } from "./compute-tier";
import { servedBy, type Service } from "./kubernetes-services";
import { kubernetesWorkloads, type Workload } from "./kubernetes-workloads";
import { isZonal, type SpreadTerm } from "./kubernetes-zone-spread";

const HOSTNAME = "kubernetes.io/hostname";

/** Workloads that are one tier: those that a program keeps in one zone each, behind one Service. Others stand alone. */
export function zonalSets(graph: ResourceGraph): readonly (readonly Workload[])[] {
    // What is switched off is no tier at all.
    const running = kubernetesWorkloads(graph).filter(({ off }) => !off);
    // Of Services that have workloads in common, one stands for all.
    const standIn = new Map<Node, Node>();
    const representative = (service: Node): Node => {
        let found = service;
        for (let next = standIn.get(found); next !== undefined; next = standIn.get(found)) {
            found = next;
        }
        if (found !== service) {
            standIn.set(service, found);
        }
        return found;
    };
    const pinned = running.map((workload) => ({
        workload,
        services: workload.spread.zones.atMost === 1 ? servedBy(graph, workload.node).sure : [],
    }));
    for (const [first, ...others] of new Set(pinned.map(({ services }) => services))) {
        for (const other of others) {
            const [one, two] = [representative((first as Service).node), representative(other.node)];
            if (one !== two) {
                standIn.set(two, one);
            }
        }
    }
    const sets = new Map<Node, Workload[]>();
    for (const { workload, services } of pinned) {
        const [service] = services;
        const key = service === undefined ? workload.node : representative(service.node);
        append(sets, key, workload);
    }
    return [...sets.values()].map((set) => set.sort((a, b) => (a.node.name < b.node.name ? -1 : 1)));
}

/** How many zones a workload's pods are in for sure, and how unevenly. */
function spreadOver({ floor, spread }: Workload): { readonly zones: Zones; readonly maxSkew: number } {
    let atLeast = 1;
    let maxSkew = 1;
    for (const term of requiredTerms(spread).filter((each) => isZonal(each) === true)) {
        if (term.kind === "antiAffinity") {
            atLeast = floor === UNKNOWN ? 1 : Math.max(atLeast, floor);
        } else if (typeof term.minDomains === "number") {
            atLeast = Math.max(atLeast, term.minDomains);
            maxSkew = term.maxSkew === UNKNOWN ? Infinity : term.maxSkew;
        }
    }
    return { zones: { ...spread.zones, atLeast: Math.min(atLeast, spread.zones.atMost) }, maxSkew };
}

/** What keeps a workload's own pods apart, come what may. */
function requiredTerms({ terms }: Workload["spread"]): readonly SpreadTerm[] {
    return terms.filter((term) => term.required === true && term.selectsOwn === true);
}

/** The pods of a workload, or of several. Which zones its cluster's nodes are in no property of a workload says. */
export function kubernetesTier(set: readonly Workload[]): ComputeTier {
    const [first, ...others] = set as readonly [Workload, ...Workload[]];
    const members = set.map(({ node }) => node);
    const parts = set.map((workload): TierPart => ({ floor: workload.floor, ...spreadOver(workload) }));
    const known = parts.map(({ floor }) => floor).filter((floor) => floor !== UNKNOWN);
    const property = first.spread.zonesProperty;
    const alone = set.every(({ spread }) =>
        requiredTerms(spread).some(({ kind, topologyKey }) => kind === "antiAffinity" && topologyKey === HOSTNAME),
    );
    const together = others.length === 0 ? "" : ` of ${members.map(({ name }) => name).join(", ")} together`;
    return {
        node: first.node,
        kind: "kubernetes-workload",
        members,
        units: "pods",
        floor: known.length < parts.length ? UNKNOWN : known.reduce((sum, floor) => sum + floor, 0),
        floorUncountable: false,
        floorProperty: others.length === 0 ? first.floorProperty : `spec.replicas${together}`,
        zonesProperty: `${property ?? "spec.template.spec.topologySpreadConstraints"}${together}`,
        zones: union(parts.map(({ zones }) => zones)),
        zonesOfHosts: property === undefined,
        parts,
        machines: alone ? "own" : UNKNOWN,
    };
}
