/** The classes of ingresses that make Application Load Balancers, and what they say for all of their ingresses. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Readable, type Unknown } from "../unknown";
import { annotation, annotationNames, given } from "./kubernetes-annotations";

/** The AWS Load Balancer Controller, and EKS Auto Mode. */
const CONTROLLERS: ReadonlySet<unknown> = new Set(["ingress.k8s.aws/alb", "eks.amazonaws.com/alb"]);

/** Beginning of the annotations of an ingress that is a load balancer. */
export const ALB = "alb.ingress.kubernetes.io/";

interface IngressClasses {
    /** By node, what the classes of load balancers say for all of their ingresses; `undefined` of classes that something else serves. */
    readonly byNode: ReadonlyMap<Node, LoadBalancerIngress | undefined>;
    readonly byName: ReadonlyMap<string, Node>;
    /** The class of ingresses that name none. */
    readonly byDefault: Node | undefined;
}

const cache = new WeakMap<ResourceGraph, IngressClasses>();

/** All classes of a stack. */
function ingressClasses(graph: ResourceGraph): IngressClasses {
    let result = cache.get(graph);
    if (result === undefined) {
        result = find(graph);
        cache.set(graph, result);
    }
    return result;
}

function find(graph: ResourceGraph): IngressClasses {
    const parameters = new Map(
        graph.all("ingressClassParams").map((node) => [node.str("metadata.name"), given(node)] as const),
    );
    const byNode = new Map<Node, LoadBalancerIngress | undefined>();
    const byName = new Map<string, Node>();
    let byDefault: Node | undefined;
    for (const node of graph.all("ingressClass")) {
        const own = node.str("spec.parameters.name");
        byNode.set(
            node,
            CONTROLLERS.has(given(node).get("spec.controller"))
                ? { parameters: typeof own === "string" ? parameters.get(own) : undefined }
                : undefined,
        );
        const name = node.str("metadata.name");
        if (typeof name === "string") {
            byName.set(name, node);
        }
        if (annotation(given(node), "ingressclass.kubernetes.io/is-default-class") === "true") {
            byDefault = node;
        }
    }
    return { byNode, byName, byDefault };
}

/** An ingress that is an Application Load Balancer. */
export interface LoadBalancerIngress {
    /** What its class says for all of its ingresses, which goes before its own annotations. */
    readonly parameters: Readable | undefined;
}

/** The class of an ingress that is in the stack; a name that is not known yet may come from it. */
function classOf(graph: ResourceGraph, ingress: Node, name: Maybe<string>): Node | undefined {
    const { byName, byDefault } = ingressClasses(graph);
    if (name !== UNKNOWN) {
        return name === undefined ? byDefault : byName.get(name);
    }
    const [only, ...others] = ["spec", "metadata"].flatMap((property) =>
        graph.dependenciesOf(ingress, property, "ingressClass"),
    );
    return others.length === 0 ? only : undefined;
}

/** What an ingress is as a load balancer; nothing where something else serves it, `UNKNOWN` where its class is not known. */
export function loadBalancerOf(graph: ResourceGraph, ingress: Node): LoadBalancerIngress | Unknown | undefined {
    const name =
        given(ingress).str("spec.ingressClassName") ?? annotation(given(ingress), "kubernetes.io/ingress.class");
    const own = classOf(graph, ingress, name);
    if (own !== undefined) {
        return ingressClasses(graph).byNode.get(own);
    }
    // A class that is not in the stack goes by its usual name, or by the annotations that only a load balancer reads.
    if (name === "alb" || annotationNames(given(ingress)).some((each) => each.startsWith(ALB))) {
        return { parameters: undefined };
    }
    return name === UNKNOWN ? UNKNOWN : undefined;
}
