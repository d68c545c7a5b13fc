import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Component, ComponentArgs } from "../component";
import { TaskSize } from "../compute";
import { KubernetesClusterReference } from "./cluster-reference";
import { NamespaceCapacity, PodDemand } from "./kubernetes-target";
import { namespaceQuota } from "./namespace-quota";
import { denyAll } from "./network-policies";
import { Labels } from "./workload-labels";

export interface KubernetesNamespaceArgs extends ComponentArgs {
    readonly cluster: Pick<
        KubernetesClusterReference,
        "provider" | "version" | "largestPod" | "targetGroupBindings" | "ready"
    >;
    /** What the namespace is called: the project and the stack. Another name replaces everything in it. */
    readonly namespace: string;
}

/**
 * What a container may have that asks for nothing, such as one that a person starts by hand to look at something. A limit of CPU
 * is not among it, and no maximum of CPU either: that would demand a limit of every container.
 */
const modest: TaskSize = { cpu: 0.1, memory: 256 };

/**
 * The namespace of a program, with what holds for everything in it:
 *
 * - Pod Security `restricted`, of the cluster's version, so that an upgrade of the cluster changes no rule by itself;
 * - nothing may talk to anything, both ways, but what a workload's own network policy opens;
 * - a quota of what its workloads may have at the most, so that nothing that goes wrong in it takes the cluster's nodes, and no
 *   volumes, node ports or load balancers, of which it needs none;
 * - modest requests and limits for containers that name none, and no container that is larger than what a node holds;
 * - in a rolling update a pod counts as ready only when the balancer finds it healthy.
 *
 * It holds no state: everything in it can be made again. Costs nothing by itself.
 *
 * ```ts
 * import { KubernetesClusterReference } from "./kubernetes/cluster-reference";
 * import { KubernetesNamespace } from "./kubernetes/kubernetes-namespace";
 *
 * declare const cluster: KubernetesClusterReference;
 *
 * const namespace = new KubernetesNamespace("namespace", { cluster, namespace: "shop-prod" });
 * namespace.reserve({ pods: 24, size: { cpu: 1, memory: 2048 } });
 * ```
 */
export class KubernetesNamespace extends Component implements NamespaceCapacity {
    /** What must exist before anything is made in the namespace. */
    readonly ready: readonly pulumi.Resource[];
    private readonly demands: PodDemand[] = [];
    private composed = false;

    constructor(
        name: string,
        private readonly args: KubernetesNamespaceArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("KubernetesNamespace", name, args, opts);
        const namespace = this.createNamespace();
        this.ready = [
            namespace,
            this.denyAll(namespace),
            this.limitContainers(namespace),
            this.limitNamespace(namespace),
        ];
        this.registerOutputs({});
    }

    reserve(demand: PodDemand): void {
        if (this.composed) {
            throw new Error(
                `namespace ${this.args.namespace}: a workload was added after its quota was written; ` +
                    "create workloads while the program is composed, not inside of an apply or after an await",
            );
        }
        this.demands.push(demand);
    }

    private createNamespace(): kubernetes.core.v1.Namespace {
        const { cluster, namespace } = this.args;
        const version = cluster.version === undefined ? "latest" : `v${cluster.version}`;
        const security = Object.fromEntries(
            ["enforce", "audit", "warn"].flatMap((mode) => [
                [`pod-security.kubernetes.io/${mode}`, "restricted"],
                [`pod-security.kubernetes.io/${mode}-version`, version],
            ]),
        ) as Labels;
        const gates =
            cluster.targetGroupBindings === "eks.amazonaws.com/v1"
                ? "eks.amazonaws.com/pod-readiness-gate-inject"
                : "elbv2.k8s.aws/pod-readiness-gate-inject";
        return new kubernetes.core.v1.Namespace(
            this.componentName,
            {
                metadata: {
                    name: namespace,
                    labels: { ...namespaceLabels(namespace), ...security, [gates]: "enabled" },
                },
            },
            this.inCluster([...cluster.ready]),
        );
    }

    private denyAll(namespace: kubernetes.core.v1.Namespace): kubernetes.networking.v1.NetworkPolicy {
        return new kubernetes.networking.v1.NetworkPolicy(
            `${this.componentName}-deny-all`,
            { metadata: this.metadata("deny-all"), spec: denyAll },
            this.inCluster([namespace]),
        );
    }

    private limitContainers(namespace: kubernetes.core.v1.Namespace): kubernetes.core.v1.LimitRange {
        const { cpu, memory } = { cpu: `${String(modest.cpu * 1000)}m`, memory: `${String(modest.memory)}Mi` };
        const storage = "1Gi";
        return new kubernetes.core.v1.LimitRange(
            `${this.componentName}-containers`,
            {
                metadata: this.metadata("containers"),
                spec: {
                    limits: [
                        {
                            type: "Container",
                            defaultRequest: { cpu, memory, "ephemeral-storage": storage },
                            default: { memory, "ephemeral-storage": storage },
                            max: { memory: `${String(Math.floor(this.args.cluster.largestPod.memory))}Mi` },
                        },
                    ],
                },
            },
            this.inCluster([namespace]),
        );
    }

    /** Its numbers are known when the program has been composed, which is on the next turn of the event loop. */
    private limitNamespace(namespace: kubernetes.core.v1.Namespace): kubernetes.core.v1.ResourceQuota {
        const demands = new Promise<readonly PodDemand[]>((resolve) => {
            setImmediate(() => {
                this.composed = true;
                resolve(this.demands);
            });
        });
        return new kubernetes.core.v1.ResourceQuota(
            `${this.componentName}-quota`,
            {
                metadata: this.metadata("workloads"),
                spec: { hard: pulumi.output(demands).apply(namespaceQuota) },
            },
            this.inCluster([namespace]),
        );
    }

    private metadata(name: string) {
        const { namespace } = this.args;
        return { name, namespace, labels: { ...namespaceLabels(namespace) } };
    }

    private inCluster(dependsOn: pulumi.Resource[]): pulumi.CustomResourceOptions {
        return this.child({ provider: this.args.cluster.provider, dependsOn });
    }
}

/** The labels of what belongs to the namespace as a whole. */
export function namespaceLabels(namespace: string): Labels {
    return {
        "app.kubernetes.io/name": namespace,
        "app.kubernetes.io/component": "namespace",
        "app.kubernetes.io/part-of": namespace,
        "app.kubernetes.io/managed-by": "pulumi",
    };
}
