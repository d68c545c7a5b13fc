import type { Report } from "../../shared/finding";
import type { Node, ResourceGraph } from "../../shared/graph";
import { ALB, loadBalancerOf, type LoadBalancerIngress } from "../../shared/relations/ingress-classes";
import { annotation, annotationNames, given } from "../../shared/relations/kubernetes-annotations";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { elements, UNKNOWN, Values, type Maybe, type Readable, type Unknown } from "../../shared/unknown";

export const k8sIngressTls = defineStackRule({
    id: "k8s-ingress-tls",
    title: "An ingress takes encrypted connections only, or sends callers to one that does",
    severity: "high",
    frameworks: { wellArchitected: ["SEC09-BP02"] },
    why: "whoever is on the way reads and changes requests, passwords and sessions",
    fix:
        "set `spec.tls`; for an Application Load Balancer set the annotations `alb.ingress.kubernetes.io/certificate-arn`, " +
        '`listen-ports: \'[{"HTTP": 80}, {"HTTPS": 443}]\'` and `ssl-redirect: "443"`',
    url: "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
    tokens: TOKENS.ingress,
    guards: ["spec.tls", "metadata.annotations"],
    settings: {
        tlsAnnotations: {
            type: "array",
            items: { type: "string" },
            default: [
                "nginx.ingress.kubernetes.io/force-ssl-redirect",
                "nginx.ingress.kubernetes.io/ssl-passthrough",
                "traefik.ingress.kubernetes.io/router.tls",
            ],
            description:
                "Annotations with which an ingress without `spec.tls` takes encrypted connections only, unless their value " +
                'is "false": TLS ends before it, or is passed on.',
        },
    },
    check: (graph, on, settings) => {
        const redirected = redirectedGroups(graph);
        for (const ingress of graph.all("ingress")) {
            const loadBalancer = loadBalancerOf(graph, ingress);
            if (given(ingress).get("metadata.annotations") === UNKNOWN) {
                on(ingress).undetermined("metadata.annotations");
            } else if (loadBalancer === UNKNOWN) {
                on(ingress).undetermined("spec.ingressClassName");
            } else if (loadBalancer !== undefined) {
                judgeLoadBalancer(ingress, loadBalancer, redirected, on(ingress));
            } else {
                judgeTls(given(ingress), settings.tlsAnnotations as readonly string[], on(ingress));
            }
        }
    },
});

/** The groups of which one ingress has every listener for HTTP redirect, which then holds for all of them. */
function redirectedGroups(graph: ResourceGraph): ReadonlySet<string> {
    const groups = graph.all("ingress").flatMap((ingress) => {
        const loadBalancer = loadBalancerOf(graph, ingress);
        const redirects = annotation(given(ingress), `${ALB}ssl-redirect`) !== undefined;
        const group = typeof loadBalancer === "object" && redirects ? groupOf(ingress, loadBalancer) : undefined;
        return typeof group === "string" ? [group] : [];
    });
    return new Set(groups);
}

/** The group of ingresses that share a load balancer. */
function groupOf(ingress: Node, { parameters }: LoadBalancerIngress): Maybe<string> {
    return parameters?.str("spec.group.name") ?? annotation(given(ingress), `${ALB}group.name`);
}

/**
 * A load balancer listens on what `listen-ports` says, else on HTTPS where a certificate is named, else on HTTP: `spec.tls`
 * does not change that. It sends from HTTP to HTTPS only where `ssl-redirect`, or its class, says so.
 */
function judgeLoadBalancer(
    ingress: Node,
    loadBalancer: LoadBalancerIngress,
    redirected: ReadonlySet<string>,
    report: Report,
): void {
    const protocols = protocolsOf(ingress, loadBalancer);
    if (protocols === UNKNOWN) {
        report.undetermined("metadata.annotations");
        return;
    }
    const redirects =
        annotation(given(ingress), `${ALB}ssl-redirect`) !== undefined ||
        loadBalancer.parameters?.get("spec.sslRedirectPort") !== undefined ||
        hasRedirectAction(given(ingress));
    const group = groupOf(ingress, loadBalancer);
    if (!protocols.includes("HTTP") || redirects || (typeof group === "string" && redirected.has(group))) {
        return;
    }
    if (group !== undefined) {
        report.undetermined(
            "metadata.annotations",
            "belongs to a group in which an ingress outside of this stack may redirect to HTTPS",
        );
    } else if (protocols.includes("HTTPS")) {
        report.violation("metadata.annotations", `listens on HTTP beside HTTPS without \`${ALB}ssl-redirect\``);
    } else {
        report.violation(
            "metadata.annotations",
            `has neither \`${ALB}certificate-arn\` nor HTTPS in \`${ALB}listen-ports\``,
        );
    }
}

function protocolsOf(ingress: Node, { parameters }: LoadBalancerIngress): readonly string[] | Unknown {
    const ports = annotation(given(ingress), `${ALB}listen-ports`);
    if (ports === UNKNOWN) {
        return UNKNOWN;
    }
    if (ports !== undefined) {
        const document = new Values({ ports }).json("ports");
        const keys = document === UNKNOWN ? [] : (document?.keys() ?? []);
        const entries = keys.flatMap((key) => (document === UNKNOWN ? [] : elements(document?.list(key))));
        return entries.flatMap((entry) => entry.keys());
    }
    // The controller and EKS Auto Mode spell it differently.
    const ofClass = ["spec.certificateArn", "spec.certificateARNs"].map((path) => parameters?.strings(path));
    if (ofClass.some((list) => list !== undefined && (list === UNKNOWN || list.length > 0))) {
        return ["HTTPS"];
    }
    const certificate = annotation(given(ingress), `${ALB}certificate-arn`);
    if (certificate === UNKNOWN) {
        // A certificate of the stack is one; a value from elsewhere may turn out empty.
        return (ingress.propertyDependencies.get("metadata") ?? []).length > 0 ? ["HTTPS"] : UNKNOWN;
    }
    return [certificate === undefined ? "HTTP" : "HTTPS"];
}

/** Whether an action redirects to HTTPS, as the controller's first versions had it in place of `ssl-redirect`. */
function hasRedirectAction(ingress: Readable): boolean {
    return annotationNames(ingress)
        .filter((name) => name.startsWith(`${ALB}actions.`))
        .some((name) => /"protocol"\s*:\s*"HTTPS"/i.test(String(annotation(ingress, name) ?? "")));
}

/** Other controllers serve each host of `spec.tls` with TLS, and by default redirect to it. */
function judgeTls(ingress: Readable, tlsAnnotations: readonly string[], report: Report): void {
    const tls = ingress.list("spec.tls");
    const values = tlsAnnotations.map((name) => annotation(ingress, name));
    // Google's controller: it then has no listener for HTTP at all.
    const httpOff = annotation(ingress, "kubernetes.io/ingress.allow-http") === "false";
    if (httpOff || values.some((value) => typeof value === "string" && value !== "false")) {
        return;
    }
    if (tls === UNKNOWN) {
        report.undetermined("spec.tls");
    } else if (tls === undefined || tls.length === 0) {
        if (values.includes(UNKNOWN)) {
            report.undetermined("metadata.annotations");
        } else {
            report.violation("spec.tls", "is not set");
        }
    } else if (annotation(ingress, "nginx.ingress.kubernetes.io/ssl-redirect") === "false") {
        report.violation(
            "metadata.annotations",
            'serves HTTP beside HTTPS: `nginx.ingress.kubernetes.io/ssl-redirect` is "false"',
            'take the annotation away, or set it to "true"',
        );
    } else {
        const open = hostsWithout(tls, elements(ingress.list("spec.rules")));
        if (open > 0) {
            report.violation("spec.tls", `leaves out ${open} of the hosts in \`spec.rules\``);
        }
    }
}

/** How many known hosts of the rules no entry covers. An entry without hosts covers all. */
function hostsWithout(tls: readonly Values[], rules: readonly Values[]): number {
    const lists = tls.map((entry) => entry.strings("hosts"));
    if (lists.some((list) => list === undefined || list === UNKNOWN || list.length === 0 || list.includes(UNKNOWN))) {
        return 0;
    }
    const covered = new Set(lists.flatMap((list) => (typeof list === "object" ? list : [])));
    const hosts = rules.map((rule) => rule.str("host")).filter((host) => typeof host === "string");
    return hosts.filter((host) => !covered.has(host) && !covered.has(host.replace(/^[^.]+/, "*"))).length;
}
