/** Where the pods of a workload may run, and what keeps them apart. */
import type { Zones } from "../graph";
import { elements, UNKNOWN, Values, type Maybe, type Readable, type Unknown } from "../unknown";
import type { PodOwner } from "./kubernetes-pods";
import { every, selectorAt, selects, type Selector } from "./label-selector";

/** The labels of nodes that name their zone: today's, the one before Kubernetes 1.17, and those that AWS adds. */
const ZONE_KEYS: readonly string[] = [
    "topology.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/zone",
    "topology.k8s.aws/zone-id",
    "topology.ebs.csi.aws.com/zone",
];

/** A topology spread constraint, or a term of the pods' anti-affinity. */
export interface SpreadTerm {
    readonly kind: "constraint" | "antiAffinity";
    /** Where it is, as a person finds it: "spec.template.spec.topologySpreadConstraints[0]". */
    readonly path: string;
    /** Where its selector is, below `path`. */
    readonly selectorPath: string;
    /** What the pods are kept apart over: "topology.kubernetes.io/zone". */
    readonly topologyKey: Maybe<string>;
    /** Whether a pod rather waits than breaks it: `DoNotSchedule`, or required anti-affinity. */
    readonly required: boolean | Unknown;
    /** How many pods one zone may have more than another; 1 for anti-affinity. */
    readonly maxSkew: number | Unknown;
    /** With fewer zones than these, no zone gets more than `maxSkew` pods. Of constraints only. */
    readonly minDomains: Maybe<number>;
    readonly selector: Maybe<Selector>;
    /** Whether it looks at pods of the workload's own namespace. A constraint looks at no others. */
    readonly inOwnNamespace: boolean | Unknown;
    /** Whether it is about the workload's own pods: its selector selects their labels, in their namespace. */
    readonly selectsOwn: boolean | Unknown;
}

/** Where a workload's pods run. */
export interface ZoneSpread {
    readonly terms: readonly SpreadTerm[];
    /** A list of terms that is not known, so that there may be more. */
    readonly open: string | undefined;
    /** The zones that a node selector, node affinity or a node's name leaves. Any number where there is none. */
    readonly zones: Zones;
    /** What limits the zones; nothing where nothing does. */
    readonly zonesProperty: string | undefined;
}

/** Whether a term is about zones. */
export function isZonal({ topologyKey }: SpreadTerm): boolean | Unknown {
    return topologyKey === UNKNOWN ? UNKNOWN : topologyKey !== undefined && ZONE_KEYS.includes(topologyKey);
}

/** How the pods of a workload are spread over zones. */
export function zoneSpreadOf(owner: PodOwner): ZoneSpread {
    const { node, podSpec } = owner;
    const antiAffinity = `${podSpec}.affinity.podAntiAffinity`;
    const lists: readonly TermList[] = [
        {
            path: `${podSpec}.topologySpreadConstraints`,
            term: (constraint, path) => constraintTerm(owner, constraint, path),
        },
        {
            path: `${antiAffinity}.requiredDuringSchedulingIgnoredDuringExecution`,
            term: (term, path) => antiAffinityTerm(owner, term, { path, below: "", required: true }),
        },
        {
            path: `${antiAffinity}.preferredDuringSchedulingIgnoredDuringExecution`,
            term: (term, path) => antiAffinityTerm(owner, term, { path, below: "podAffinityTerm.", required: false }),
        },
    ];
    return {
        terms: lists.flatMap(({ path, term }) =>
            elements(node.list(path)).map((each, index) => term(each, `${path}[${index}]`)),
        ),
        open: lists.find(({ path }) => node.list(path) === UNKNOWN)?.path,
        ...allowedZones(node, podSpec),
    };
}

interface TermList {
    readonly path: string;
    readonly term: (value: Values, path: string) => SpreadTerm;
}

function constraintTerm(owner: PodOwner, constraint: Readable, path: string): SpreadTerm {
    const selector = selectorAt(constraint, "labelSelector");
    const unsatisfiable = constraint.str("whenUnsatisfiable");
    return {
        kind: "constraint",
        path,
        selectorPath: `${path}.labelSelector`,
        topologyKey: constraint.str("topologyKey"),
        required: unsatisfiable === UNKNOWN ? UNKNOWN : unsatisfiable !== "ScheduleAnyway",
        maxSkew: constraint.num("maxSkew") ?? 1,
        minDomains: constraint.num("minDomains"),
        selector,
        inOwnNamespace: true,
        // `matchLabelKeys` add the pod's own values, which its own labels always have.
        selectsOwn: selects(selector, owner.labels),
    };
}

function antiAffinityTerm(
    owner: PodOwner,
    term: Readable,
    { path, below, required }: { readonly path: string; readonly below: string; readonly required: boolean },
): SpreadTerm {
    const selector = selectorAt(term, `${below}labelSelector`);
    const inOwnNamespace = isAbout(owner, term, below);
    return {
        kind: "antiAffinity",
        path,
        selectorPath: `${path}.${below}labelSelector`,
        topologyKey: term.str(`${below}topologyKey`),
        required,
        maxSkew: 1,
        minDomains: undefined,
        selector,
        inOwnNamespace,
        selectsOwn: every([
            selects(selector, owner.labels),
            differsInNone(owner, term.strings(`${below}mismatchLabelKeys`)),
            inOwnNamespace,
        ]),
    };
}

/** `mismatchLabelKeys` leave out pods that have the same values as the pod itself, and so its own. */
function differsInNone({ labels }: PodOwner, keys: Maybe<readonly (string | Unknown)[]>): boolean | Unknown {
    if (keys === undefined || (keys !== UNKNOWN && keys.length === 0)) {
        return true;
    }
    return keys === UNKNOWN || labels === UNKNOWN
        ? UNKNOWN
        : every(keys.map((key) => (key === UNKNOWN ? UNKNOWN : !labels.has(key))));
}

/** Whether an anti-affinity term is about the workload's own namespace. */
function isAbout({ namespace }: PodOwner, term: Readable, below: string): boolean | Unknown {
    const names = term.strings(`${below}namespaces`);
    const selector = selectorAt(term, `${below}namespaceSelector`);
    const listed = names === undefined || (names !== UNKNOWN && names.length === 0) ? [] : names;
    if (selector === undefined && listed !== UNKNOWN && listed.length === 0) {
        return true;
    }
    if (selector !== undefined && selector !== UNKNOWN && selector.length === 0) {
        return true;
    }
    if (listed !== UNKNOWN && namespace !== UNKNOWN && listed.includes(namespace)) {
        return true;
    }
    // The labels of namespaces are not followed; a name may turn out to be this one.
    const open = selector !== undefined || listed === UNKNOWN || namespace === UNKNOWN || listed.includes(UNKNOWN);
    return open ? UNKNOWN : false;
}

type Limit = Pick<ZoneSpread, "zones" | "zonesProperty">;

const ANY_ZONE: Limit = { zones: { names: new Set(), atLeast: 1, atMost: Infinity }, zonesProperty: undefined };

/** The narrowest of what limits the zones of a pod: all of it holds at once. */
function allowedZones(node: Readable, podSpec: string): Limit {
    const limits = [nodeNameLimit(node, podSpec), nodeSelectorLimit(node, podSpec), nodeAffinityLimit(node, podSpec)];
    return limits.reduce((one, other) => (other.zones.atMost < one.zones.atMost ? other : one), ANY_ZONE);
}

function limit(zonesProperty: string, values: readonly (string | Unknown)[]): Limit {
    const known = values.filter((value) => value !== UNKNOWN);
    return {
        zonesProperty,
        zones: {
            names: new Set(known),
            atLeast: 1,
            atMost: Math.max(1, new Set(known).size + values.length - known.length),
        },
    };
}

function nodeNameLimit(node: Readable, podSpec: string): Limit {
    const property = `${podSpec}.nodeName`;
    // A name that is not known yet is one; of a specification that is not known as a whole it is not known whether there is.
    return node.get(podSpec) === UNKNOWN || node.str(property) === undefined ? ANY_ZONE : limit(property, []);
}

function nodeSelectorLimit(node: Readable, podSpec: string): Limit {
    const labels = node.get(`${podSpec}.nodeSelector`);
    if (typeof labels !== "object" || labels === null) {
        return ANY_ZONE;
    }
    const selector = new Values(labels);
    const key = ZONE_KEYS.find((each) => selector.at(each) !== undefined);
    if (key === undefined) {
        return ANY_ZONE;
    }
    const zone = selector.at(key);
    return limit(`${podSpec}.nodeSelector`, [typeof zone === "string" ? zone : UNKNOWN]);
}

/** One of the terms has to match, and in it every expression. */
function nodeAffinityLimit(node: Readable, podSpec: string): Limit {
    const property = `${podSpec}.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`;
    const terms = elements(node.list(`${property}.nodeSelectorTerms`)).map(zonesOfTerm);
    return terms.length === 0 || terms.includes(undefined)
        ? ANY_ZONE
        : limit(
              property,
              terms.flatMap((zones) => zones ?? []),
          );
}

/** The zones that a term of a node affinity leaves; nothing where it leaves all, or where that is not known. */
function zonesOfTerm(term: Readable): readonly (string | Unknown)[] | undefined {
    for (const expression of elements(term.list("matchExpressions"))) {
        const key = expression.str("key");
        const values = expression.strings("values");
        const zonal = typeof key === "string" && ZONE_KEYS.includes(key) && expression.str("operator") === "In";
        if (zonal && values !== UNKNOWN && values !== undefined) {
            return values;
        }
    }
    return undefined;
}
