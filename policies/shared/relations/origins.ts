/** What the origins of a CloudFront distribution reach. */
import type { Node, ResourceGraph } from "../graph";
import { UNKNOWN, type Maybe, type Unknown, type Values } from "../unknown";

/** "bucket" of "bucket.s3.eu-west-1.amazonaws.com", however its endpoint is written. */
const BUCKET_ENDPOINT =
    /^(?<bucket>.+?)\.s3(?:[.-](?:dualstack|website|accelerate|fips))*(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/;

/** Words for what a domain name belongs to: the same words for two names of one thing. */
function reachedBy(graph: ResourceGraph, domain: string): string {
    const name = domain.toLowerCase().replace(/\.$/, "");
    const [node] = graph.identifiedBy(name.replace(/^dualstack\./, ""), "bucket", "loadBalancer");
    if (node !== undefined) {
        return thing(node);
    }
    const bucket = BUCKET_ENDPOINT.exec(name)?.groups?.["bucket"];
    if (bucket === undefined) {
        return name;
    }
    const [owner] = graph.identifiedBy(bucket, "bucket");
    return owner === undefined ? `the bucket ${bucket}` : thing(owner);
}

function thing(node: Node): string {
    return `the ${node.is("bucket") ? "bucket" : "load balancer"} ${node.name}`;
}

/** What a VPC origin leads to. */
function behindVpcOrigin(graph: ResourceGraph, vpcOrigin: Node): string | Unknown {
    const property = "vpcOriginEndpointConfig";
    const arn = vpcOrigin.str(`${property}.arn`);
    const { nodes } = graph.resolveOne(vpcOrigin, property, arn, "loadBalancer");
    const [balancer] = nodes;
    if (balancer !== undefined && nodes.length === 1) {
        return thing(balancer);
    }
    return typeof arn === "string" ? arn : UNKNOWN;
}

/** An origin, and what it reaches: "the bucket assets", or `UNKNOWN`. */
export interface Reached {
    readonly originId: Maybe<string>;
    readonly target: string | Unknown;
}

/**
 * What each origin reaches. Where names are not known yet, the resources that the origins depend on decide as far as they
 * can: one resource for all origins is the same for all, and as many resources as origins are all different.
 */
export function reachedOrigins(
    graph: ResourceGraph,
    distribution: Node,
    origins: readonly Values[],
): readonly Reached[] {
    const resolved = origins.map((origin): Target & Pick<Reached, "originId"> => ({
        originId: origin.str("originId"),
        ...targetOf(graph, origin),
    }));
    for (const kind of ["vpcOrigin", "domain"] as const) {
        const open = resolved.filter((each) => each.target === UNKNOWN && each.by === kind);
        const candidates = candidatesOf(graph, distribution, kind).filter(
            (candidate) => !resolved.some(({ target }) => target === candidate.target),
        );
        const [only] = candidates;
        if (candidates.some(({ sure }) => !sure)) {
            continue;
        }
        if (only !== undefined && candidates.length === 1) {
            open.forEach((each) => {
                each.target = only.target;
            });
        } else if (candidates.length === open.length) {
            // Which is which does not matter: each of them is reached by one origin.
            open.forEach((each, index) => {
                each.target = candidates[index]?.target ?? UNKNOWN;
            });
        }
    }
    return resolved;
}

interface Target {
    target: string | Unknown;
    by: "vpcOrigin" | "domain";
}

function targetOf(graph: ResourceGraph, origin: Values): Target {
    const id = origin.str("vpcOriginConfig.vpcOriginId");
    if (id === undefined) {
        const domain = origin.str("domainName");
        return { by: "domain", target: typeof domain === "string" ? reachedBy(graph, domain) : UNKNOWN };
    }
    const [node] = id === UNKNOWN ? [] : graph.identifiedBy(id, "cloudFrontVpcOrigin");
    return {
        by: "vpcOrigin",
        target: id === UNKNOWN ? UNKNOWN : node === undefined ? `the VPC origin ${id}` : behindVpcOrigin(graph, node),
    };
}

/** What unknown origins may reach, by the resources that the distribution's origins depend on. */
function candidatesOf(
    graph: ResourceGraph,
    distribution: Node,
    kind: Target["by"],
): readonly { readonly target: string | Unknown; readonly sure: boolean }[] {
    const dependencies = distribution.propertyDependencies.get("origins") ?? [];
    const vpcOrigins = dependencies.filter((node) => node.is("cloudFrontVpcOrigin"));
    if (kind === "vpcOrigin") {
        return vpcOrigins.map((node) => {
            const target = behindVpcOrigin(graph, node);
            return { target, sure: target !== UNKNOWN };
        });
    }
    // Access controls and identities of CloudFront have no domain name that an origin could have.
    return dependencies
        .filter(({ type }) => !type.startsWith("aws:cloudfront/"))
        .map((node) => ({ target: thing(node), sure: node.is("bucket", "loadBalancer") }));
}
