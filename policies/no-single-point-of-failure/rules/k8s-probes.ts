import type { Node, ResourceGraph } from "../../shared/graph";
import { servedBy, type Service } from "../../shared/relations/kubernetes-services";
import { kubernetesWorkloads, type Workload } from "../../shared/relations/kubernetes-workloads";
import { defineStackRule, type ReportOn } from "../../shared/rule";
import { tokensOf } from "../../shared/tokens";
import { elements, UNKNOWN, type Values } from "../../shared/unknown";

export const k8sProbes = defineStackRule({
    id: "k8s-probes",
    title: "A container that serves requests says when it is ready for them",
    severity: "medium",
    frameworks: { checkov: ["CKV_K8S_9"], wellArchitected: ["REL11-BP01"] },
    why: "requests go to pods that have started but cannot serve, and a rolling update replaces good pods by bad ones",
    fix: "set `readinessProbe` with an `httpGet`, `grpc`, `tcpSocket` or `exec` that succeeds once the container can serve",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/",
    tokens: tokensOf("deployment", "statefulSet", "replicaSet"),
    guards: ["spec.template.spec.containers"],
    settings: {
        liveness: {
            type: "boolean",
            default: false,
            description:
                "Whether a container that serves needs a livenessProbe, too. Kubernetes advises one only where a process can hang " +
                "without ending: one that fails under load restarts what is needed most.",
        },
        monitoringPorts: {
            type: "array",
            items: { type: "string" },
            default: ["metrics", "http-metrics", "https-metrics", "metrics-port", "prometheus", "monitoring"],
            description: "Names of ports that only monitoring asks: to listen there is not to serve.",
        },
    },
    check: (graph, on, settings) => {
        const monitoring = new Set(settings["monitoringPorts"] as readonly string[]);
        const options: Options = { monitoring, liveness: settings["liveness"] === true, asked: new Map() };
        for (const workload of kubernetesWorkloads(graph)) {
            if (!workload.off) {
                checkWorkload(graph, workload, on, options);
            }
        }
    },
});

interface Options {
    readonly monitoring: ReadonlySet<unknown>;
    readonly liveness: boolean;
    readonly asked: Map<readonly Service[], readonly Port[]>;
}

function checkWorkload(graph: ResourceGraph, { node, podSpec }: Workload, on: ReportOn, options: Options): void {
    // Init containers, and with them sidecars that start before the rest, are in a list of their own.
    const path = `${podSpec}.containers`;
    const containers = node.list(path);
    if (containers === UNKNOWN) {
        on(node).undetermined(path);
        return;
    }
    const gates = node.list(`${podSpec}.readinessGates`);
    const gated = gates === UNKNOWN || elements(gates).length > 0;
    const services = servedBy(graph, node);
    const list = elements(containers);
    const asked = [...askedBy(services.sure, options), ...askedBy(services.unsure, options)];
    const serving = list.map((container) =>
        asked.length > 0 ? isAsked(container, asked, options) : hasPort(container, options),
    );
    // Ports need not be declared: then one of the containers is the one that is asked.
    const undeclared = services.sure.length > 0 && asked.length > 0 && !serving.some((each) => each !== false);

    list.forEach((container, index) => {
        for (const probe of [...(gated ? [] : ["readinessProbe"]), ...(options.liveness ? ["livenessProbe"] : [])]) {
            const value = container.get(probe);
            const serves = serving[index] ?? false;
            if (serves === false || (value !== undefined && value !== UNKNOWN)) {
                continue;
            }
            const property = `${path}[${index}].${probe}`;
            if (value === UNKNOWN) {
                on(node).undetermined(property);
            } else if (serves === UNKNOWN) {
                on(node).undetermined(property, "is not set, and the ports are not known in preview");
            } else {
                on(node).violation(property, "is not set", fixOf(probe));
            }
        }
    });
    if (undeclared && !gated) {
        const probes = list.map((container) => container.get("readinessProbe")).filter((probe) => probe !== undefined);
        if (probes.length === 0) {
            on(node).violation(path, "have no readinessProbe, and a Service sends requests to them");
        } else if (probes.every((probe) => probe === UNKNOWN)) {
            on(node).undetermined(path, "have a readinessProbe that is not known in preview");
        }
    }
}

function fixOf(probe: string): string | undefined {
    return probe === "livenessProbe"
        ? "set `livenessProbe` with a check of the process alone, not of what it depends on"
        : undefined;
}

/** A port by its number or name, as a text; `UNKNOWN` where it is not known. */
type Port = string | typeof UNKNOWN;

function portAt(readable: Values, path: string): readonly Port[] {
    const value = readable.get(path);
    return value === UNKNOWN || typeof value === "string" ? [value] : typeof value === "number" ? [String(value)] : [];
}

/** The ports that some Services ask, each once. Workloads behind the same Services have the same list of them. */
function askedBy(services: readonly Service[], options: Options): readonly Port[] {
    let ports = options.asked.get(services);
    if (ports === undefined) {
        ports = [...new Set(services.flatMap(({ node }) => portsAsked(node, options)))];
        options.asked.set(services, ports);
    }
    return ports;
}

/** The ports of its pods that a Service asks. A headless one need not name any. */
function portsAsked(service: Node, { monitoring }: Options): readonly Port[] {
    const ports = service.list("spec.ports");
    if (ports === UNKNOWN || elements(ports).length === 0) {
        return [UNKNOWN];
    }
    return elements(ports)
        .filter((port) => !monitoring.has(port.get("name")) && !monitoring.has(port.get("targetPort")))
        .flatMap((port) => (port.get("targetPort") === undefined ? portAt(port, "port") : portAt(port, "targetPort")));
}

function isAsked(container: Values, asked: readonly Port[], options: Options): boolean | typeof UNKNOWN {
    const ports = container.list("ports");
    if (ports === UNKNOWN) {
        return UNKNOWN;
    }
    const own = elements(ports).flatMap((port) => [...portAt(port, "containerPort"), ...portAt(port, "name")]);
    if (own.some((port) => port !== UNKNOWN && asked.includes(port))) {
        return true;
    }
    // Whatever a Service asks without saying where, it asks a port that is there.
    return asked.includes(UNKNOWN) ? hasPort(container, options) : own.includes(UNKNOWN) ? UNKNOWN : false;
}

/** Where no Service of the stack asks: whether a container listens for more than monitoring. */
function hasPort(container: Values, { monitoring }: Options): boolean | typeof UNKNOWN {
    const ports = container.list("ports");
    return ports === UNKNOWN ? UNKNOWN : elements(ports).some((port) => !monitoring.has(port.get("name")));
}
