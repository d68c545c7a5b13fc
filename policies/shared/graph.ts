/**
 * The resources of a stack and their relations. Built once per run and shared by all stack rules.
 *
 * A relation is read from a property's value where it is known (an id, ARN or name that another resource of the stack
 * has), and else from the dependencies that the engine keeps for the property, which are there even while the value is
 * unknown. A known value that no resource of the stack has points outside of it.
 */
import type { PolicyResource } from "@pulumi/policy";
import { append } from "./multimap";
import type { Recorder } from "./recorder";
import { regionOf } from "./region";
import { TOKENS, tokensOf, type Kind } from "./tokens";
import { Readable, UNKNOWN, Values, type Maybe, type Unknown } from "./unknown";

const KINDS = Object.keys(TOKENS) as readonly Kind[];

/** What a resource can be referred to by. */
const IDENTIFIERS = [
    "id",
    "arn",
    "name",
    "url",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "replicationGroupId",
    "keyId",
    "dnsName",
    "bucketRegionalDomainName",
    "functionName",
    // Of a VPC: the table that serves every subnet without one of its own.
    "defaultRouteTableId",
    "mainRouteTableId",
] as const;

/** A resource of the stack. Reads answer from its checked inputs where they were recorded, and else from its outputs. */
export class Node extends Readable {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly outputs: Values;
    readonly inputs: Values | undefined;
    /** The region it is in, by itself or its provider, as far as that is known. */
    readonly region: string | undefined;
    /** Resources that depend on this one. */
    readonly dependents: Node[] = [];
    readonly dependencies: Node[] = [];
    readonly propertyDependencies = new Map<string, readonly Node[]>();

    constructor(resource: PolicyResource, inputs: Values | undefined) {
        super();
        this.urn = resource.urn;
        this.type = resource.type;
        this.name = resource.name;
        this.outputs = new Values(resource.props);
        this.inputs = inputs;
        // Before the update the outputs say that the region is not known, where the provider's is.
        const own = inputs === undefined ? undefined : regionOf(resource.type, inputs, resource.provider);
        this.region = own ?? regionOf(resource.type, this.outputs, resource.provider);
    }

    get(path: string): unknown {
        const given = this.inputs?.get(path);
        if (given !== undefined && given !== UNKNOWN) {
            return given;
        }
        const result = this.outputs.get(path);
        if (result !== undefined && result !== UNKNOWN) {
            return result;
        }
        // Unset in the inputs and computed by the cloud: not set, as far as the program is concerned.
        return this.inputs === undefined ? result : given;
    }

    is(...kinds: readonly Kind[]): boolean {
        return tokensOf(...kinds).includes(this.type);
    }
}

/** What a property refers to. */
export interface Reference {
    readonly nodes: readonly Node[];
    /** Known values that no resource of this stack has. */
    readonly outside: number;
    /** How many values the property holds, where that is known. */
    readonly count: number | undefined;
    /**
     * Whether `nodes` is exactly what the property refers to. It is not where a value is unknown and the property
     * depends on more resources than it has values.
     */
    readonly exact: boolean;
}

/** Whether a zone is given by its id ("use1-az1") rather than by its name ("us-east-1a"). */
function isZoneId(zone: string): boolean {
    return /-az\d+$/.test(zone);
}

/** Availability zones, and how sure they are. */
export interface Zones {
    readonly names: ReadonlySet<string>;
    /** The number of zones cannot be larger than this. */
    readonly atMost: number;
    /** The number of zones is at least this. */
    readonly atLeast: number;
}

function byUrn(one: { readonly urn: string }, other: { readonly urn: string }): number {
    return one.urn < other.urn ? -1 : one.urn > other.urn ? 1 : 0;
}

export class ResourceGraph {
    readonly nodes: readonly Node[];
    readonly #byUrn = new Map<string, Node>();
    readonly #byType = new Map<string, Node[]>();
    readonly #reversed = new Map<string, Map<Node, Node[]>>();
    #byIdentifier: Map<string, Node[]> | undefined;

    constructor(registered: readonly PolicyResource[], recorder: Recorder) {
        // Whatever a rule takes the first of, it is the same in any order of registration.
        const resources = [...registered].sort(byUrn);
        this.nodes = resources.map((resource) => new Node(resource, recorder.inputsOf(resource.urn)));
        for (const node of this.nodes) {
            this.#byUrn.set(node.urn, node);
            append(this.#byType, node.type, node);
        }
        resources.forEach((resource, index) => {
            this.#connect(this.nodes[index] as Node, resource);
        });
    }

    #connect(node: Node, resource: PolicyResource): void {
        const all = new Set<Node>();
        const own = (list: readonly PolicyResource[]): readonly Node[] =>
            list.flatMap(({ urn }) => this.#byUrn.get(urn) ?? []).sort(byUrn);
        for (const [property, targets] of Object.entries(resource.propertyDependencies)) {
            const nodes = own(targets);
            node.propertyDependencies.set(property, nodes);
            nodes.forEach((target) => all.add(target));
        }
        own(resource.dependencies).forEach((target) => all.add(target));
        for (const target of all) {
            node.dependencies.push(target);
            target.dependents.push(node);
        }
    }

    get types(): ReadonlySet<string> {
        return new Set(this.#byType.keys());
    }

    byUrn(urn: string): Node | undefined {
        return this.#byUrn.get(urn);
    }

    /** All resources of the kinds. */
    all(...kinds: readonly Kind[]): readonly Node[] {
        return tokensOf(...kinds).flatMap((token) => this.#byType.get(token) ?? []);
    }

    /** The resources that a known id, ARN or name belongs to. */
    identifiedBy(value: string, ...kinds: readonly Kind[]): readonly Node[] {
        this.#byIdentifier ??= this.#index();
        const tokens = new Set(tokensOf(...kinds));
        return (this.#byIdentifier.get(value) ?? []).filter(({ type }) => tokens.has(type));
    }

    #index(): Map<string, Node[]> {
        const index = new Map<string, Node[]>();
        for (const node of this.nodes) {
            const values = new Set(IDENTIFIERS.map((key) => node.get(key)));
            for (const value of values) {
                if (typeof value === "string" && value !== "") {
                    append(index, value, node);
                }
            }
        }
        return index;
    }

    /** Resources of the kinds that a property depends on. Without dependencies by property, all that the resource has. */
    dependenciesOf(node: Node, property: string, ...kinds: readonly Kind[]): readonly Node[] {
        const topLevel = property.split(".", 1)[0] ?? property;
        const candidates =
            node.propertyDependencies.size > 0 ? (node.propertyDependencies.get(topLevel) ?? []) : node.dependencies;
        return candidates.filter((candidate) => candidate.is(...kinds));
    }

    /** What a property that holds an id, ARN or name, or a list of them, refers to. */
    resolve(node: Node, property: string, ...kinds: readonly Kind[]): Reference {
        return this.resolveValues(node, property, node.strings(property), ...kinds);
    }

    /** What one value refers to that was read from inside a property. */
    resolveOne(node: Node, property: string, value: Maybe<string>, ...kinds: readonly Kind[]): Reference {
        return this.resolveValues(node, property, value === undefined ? undefined : [value], ...kinds);
    }

    /** What values refer to that were read from inside a property, from a list of objects or a JSON document. */
    resolveValues(
        node: Node,
        property: string,
        values: Maybe<readonly (string | Unknown)[]>,
        ...kinds: readonly Kind[]
    ): Reference {
        const dependencies = this.dependenciesOf(node, property, ...kinds);
        if (values === undefined) {
            return { nodes: [], outside: 0, count: 0, exact: true };
        }
        if (values === UNKNOWN) {
            return { nodes: dependencies, outside: 0, count: undefined, exact: dependencies.length === 1 };
        }
        const nodes = new Set<Node>();
        let outside = 0;
        let unknown = 0;
        for (const value of values) {
            if (value === UNKNOWN) {
                unknown += 1;
                continue;
            }
            const found = this.identifiedBy(value, ...kinds);
            found.forEach((target) => nodes.add(target));
            outside += found.length === 0 ? 1 : 0;
        }
        if (unknown === 0 && (outside === 0 || dependencies.length === 0)) {
            return { nodes: [...nodes], outside, count: values.length, exact: outside === 0 };
        }
        // Values that are unknown, or known but with no identifier of theirs in the resources' properties.
        dependencies.forEach((target) => nodes.add(target));
        const unresolved = unknown + outside;
        return {
            nodes: [...nodes],
            outside: dependencies.length === 0 ? unresolved : 0,
            count: values.length,
            exact: nodes.size === values.length,
        };
    }

    /** The resources of a kind whose property refers to the node. Each relation is turned round once per run. */
    referring(node: Node, from: Kind, property: string): readonly Node[] {
        const to = KINDS.filter((kind) => node.is(kind));
        const key = `${from} ${property} ${to.join(" ")}`;
        let reversed = this.#reversed.get(key);
        if (reversed === undefined) {
            reversed = new Map();
            for (const candidate of this.all(from)) {
                for (const target of this.resolve(candidate, property, ...to).nodes) {
                    append(reversed, target, candidate);
                }
            }
            this.#reversed.set(key, reversed);
        }
        return reversed.get(node) ?? [];
    }

    /** The zone of a subnet, by its name or id, `UNKNOWN` where it cannot be told. */
    zoneOf(subnet: Node): string | Unknown {
        const zone = subnet.str("availabilityZone") ?? subnet.str("availabilityZoneId");
        return zone === undefined ? UNKNOWN : zone;
    }

    /**
     * Whether a subnet is in one of the zones. Names and ids of zones say nothing about each other: where only the one is
     * known of the subnet and the other of the zones, the answer is `UNKNOWN`.
     */
    isInZone(subnet: Node, zones: ReadonlySet<string>): boolean | Unknown {
        const own = [subnet.str("availabilityZone"), subnet.str("availabilityZoneId")].filter(
            (zone) => typeof zone === "string",
        );
        if (own.some((zone) => zones.has(zone))) {
            return true;
        }
        const comparable = own.some((zone) => [...zones].every((other) => isZoneId(other) === isZoneId(zone)));
        return comparable ? false : UNKNOWN;
    }

    /** The zones of the subnets that a property refers to. */
    zonesOf(node: Node, property: string): Zones {
        return this.zonesReached(this.resolve(node, property, "subnet"));
    }

    /** The zones of the subnets among what is referred to. */
    zonesReached({ nodes, outside, count, exact }: Reference): Zones {
        const names = new Set<string>();
        let open = outside;
        for (const subnet of nodes) {
            const zone = this.zoneOf(subnet);
            if (zone === UNKNOWN) {
                open += 1;
            } else {
                names.add(zone);
            }
        }
        const reached = names.size + open;
        const atMost = count === undefined ? (nodes.length === 0 ? Infinity : reached) : Math.min(reached, count);
        // An unknown list is taken for all that it depends on; a known one may be any choice among too many.
        const trusted = exact || count === undefined;
        // A name and an id may be those of one zone.
        const ids = [...names].filter(isZoneId).length;
        const surely = Math.max(ids, names.size - ids);
        return { names, atMost, atLeast: trusted ? Math.max(surely, reached > 0 ? 1 : 0) : Math.min(atMost, 1) };
    }
}
