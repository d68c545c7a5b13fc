/** The classes of ingresses that make Application Load Balancers, and what they say for all of their ingresses. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, Values, type Maybe, type Readable } from "../unknown";

/** The AWS Load Balancer Controller, and EKS Auto Mode. */
const CONTROLLERS: ReadonlySet<unknown> = new Set(["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"]);

/** Beginning of the annotations of an ingress that is a load balancer. */
export const ALB = "alb.ingress.kubernetes.io/";

export interface IngressClasses {
    /** The classes of load balancers that are in the stack, with the parameters of those that have some. */
    readonly parametersByClass: ReadonlyMap<string, Readable | undefined>;
    /** Classes of the stack that something else serves. */
    readonly others: ReadonlySet<string>;
    /** The class of ingresses that name none. */
    readonly byDefault: string | undefined;
}

const cache = new WeakMap<ResourceGraph, IngressClasses>();

/** All classes of a stack. */
export function ingressClasses(graph: ResourceGraph): IngressClasses {
    let result = cache.get(graph);
    if (result === undefined) {
        result = find(graph);
        cache.set(graph, result);
    }
    return result;
}

function find(graph: ResourceGraph): IngressClasses {
    const parameters = new Map(
        graph.all("ingressClassParams").map((node) => [given(node).get("metadata.name"), given(node)] as const),
    );
    const parametersByClass = new Map<string, Readable | undefined>();
    const others = new Set<string>();
    let byDefault: string | undefined;
    for (const node of graph.all("ingressClass")) {
        const name = node.str("metadata.name");
        if (typeof name !== "string") {
            continue;
        }
        if (CONTROLLERS.has(given(node).get("spec.controller"))) {
            parametersByClass.set(name, parameters.get(given(node).get("spec.parameters.name")));
        } else {
            others.add(name);
        }
        if (annotation(given(node), "ingressclass.kubernetes.io/is-default-class") === "true") {
            byDefault = name;
        }
    }
    return { parametersByClass, others, byDefault };
}

/** What the program says of a resource, for what the cluster fills in says nothing about the program. */
export function given(node: Node): Readable {
    return node.inputs ?? node;
}

/** An annotation as text; the empty one counts as not set. */
export function annotation(resource: Readable, name: string): Maybe<string> {
    const annotations = resource.get("metadata.annotations");
    if (typeof annotations !== "object" || annotations === null) {
        return annotations === UNKNOWN ? UNKNOWN : undefined;
    }
    const value = new Values(annotations).at(name);
    return value === UNKNOWN || (typeof value === "string" && value !== "") ? value : undefined;
}

/** The names of all annotations of a resource, none where they are not known. */
export function annotationNames(resource: Readable): readonly string[] {
    const annotations = resource.get("metadata.annotations");
    return typeof annotations === "object" && annotations !== null ? new Values(annotations).keys() : [];
}

/** An ingress that is an Application Load Balancer. */
export interface LoadBalancerIngress {
    /** What its class says for all of its ingresses, which goes before its own annotations. */
    readonly parameters: Readable | undefined;
}

/** What an ingress is as a load balancer; nothing where something else serves it. */
export function loadBalancerOf(graph: ResourceGraph, ingress: Node): LoadBalancerIngress | undefined {
    const { parametersByClass, others, byDefault } = ingressClasses(graph);
    const own =
        given(ingress).str("spec.ingressClassName") ?? annotation(given(ingress), "kubernetes.io/ingress.class");
    const name = own ?? byDefault;
    if (typeof name === "string" && parametersByClass.has(name)) {
        return { parameters: parametersByClass.get(name) };
    }
    if (typeof name === "string" && others.has(name)) {
        return undefined;
    }
    // A class that is not in the stack goes by its usual name, or by the annotations that only a load balancer reads.
    const annotated = annotationNames(given(ingress)).some((each) => each.startsWith(ALB));
    return name === "alb" || annotated ? { parameters: undefined } : undefined;
}
