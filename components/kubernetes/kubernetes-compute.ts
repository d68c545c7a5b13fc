import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { Account, currentAccount } from "../account";
import { Component, ComponentArgs, Tags } from "../component";
import { Compute, JobArgs, ServiceArgs, WorkerArgs } from "../compute";
import { EncryptionKey } from "../encryption-key";
import { KeyReference } from "../key-reference";
import { requireLogRetention } from "../log-retention";
import { NetworkReference } from "../network-reference";
import { policyDocument } from "../policy-document";
import { Problems } from "../problems";
import { Signal } from "../signal";
import { ClusterChoice } from "./cluster-choice";
import { ClusterKeda } from "./cluster-keda";
import { ClusterObservability } from "./cluster-observability";
import { KubernetesClusterReference } from "./cluster-reference";
import { clusterSignals } from "./cluster-signals";
import { ExistingCluster } from "./existing-cluster";
import { KubernetesCluster } from "./kubernetes-cluster";
import { KubernetesJob } from "./kubernetes-job";
import { KubernetesNamespace, namespaceLabels } from "./kubernetes-namespace";
import { KubernetesService } from "./kubernetes-service";
import { KubernetesTarget, PodDemand } from "./kubernetes-target";
import { KubernetesWorker } from "./kubernetes-worker";
import { monitoringNamespace } from "./monitoring-namespace";
import { namespaceQuota } from "./namespace-quota";
import { NodeControllers } from "./node-controllers";
import { ClusterPeerRules } from "./peer-rules";
import { PrometheusAlerts } from "./prometheus-alerts";
import { PrometheusStack } from "./prometheus-stack";
import { TelemetryCollector } from "./telemetry-collector";

export interface KubernetesComputeArgs extends ComponentArgs {
    /** Where nodes and pods run: in its private subnets, spread over all of their zones. */
    network: NetworkReference;
    /** Customer key that encrypts all logs. Its policy must admit CloudWatch Logs. */
    logsKey: KeyReference;
    /** The cluster: one of the program's own, or one that is there already. A plain object. */
    cluster: ClusterChoice;
    /** Days that the cluster's own logs are kept. Default 30. */
    logRetentionDays?: number;
    /**
     * Whether a cluster that is made here refuses to be deleted, unless `cluster.create` says otherwise. Default true: lift it before
     * the compute target changes, or the update that would take the cluster away fails at its end.
     */
    deletionProtection?: boolean;
}

/** A cluster, whoever made it, and what works in it. */
interface Ground {
    readonly cluster: KubernetesCluster | ExistingCluster;
    /** Role of the controller that registers targets, where it is ours. */
    readonly targetsRoleName?: pulumi.Input<string>;
    /** What else must exist before pods are of use. */
    readonly ready: readonly pulumi.Resource[];
}

/**
 * Containers on Kubernetes: a cluster of EKS (made here, or there already), the program's namespace in it, and the factory of the
 * services, workers and jobs in that.
 *
 * What the rest of the program sees is what it sees of ECS: the same settings, bindings, signals, and the same balancer in front.
 *
 * - Pods are spread over zones and hosts, run unprivileged, and get exactly the permissions, ways and secrets of their bindings.
 * - The namespace refuses whatever is not restricted, lets nothing talk to anything that is not allowed, and has quotas.
 * - Peers open their port to the cluster's nodes once; which pods may go there is said by network policies.
 * - A cluster that is made here has a key of its own for secrets and volumes, which goes with it.
 *
 * Nothing that holds data for the application lives in the cluster, so another cluster, or another compute target, replaces
 * nothing that is stateful.
 *
 * ```ts
 * import { EncryptionKey } from "./encryption-key";
 * import { KubernetesCompute } from "./kubernetes/kubernetes-compute";
 * import { NetworkReference } from "./network-reference";
 *
 * declare const network: NetworkReference;
 *
 * const logsKey = new EncryptionKey("logs", { purpose: "logs", users: ["logs"] });
 * const compute = new KubernetesCompute("compute", {
 *     network,
 *     logsKey,
 *     cluster: {
 *         create: { nodes: { kind: "auto" }, publicAccessCidrs: ["203.0.113.0/24"] },
 *         keda: "install",
 *         monitoring: "install",
 *     },
 * });
 * export const kubeconfig = compute.kubeconfig;
 * ```
 */
export class KubernetesCompute extends Component implements Compute {
    /** Of a cluster that is made here; without secrets. */
    readonly kubeconfig: pulumi.Output<string> | undefined;
    readonly clusterName: pulumi.Output<string>;
    readonly namespace: string;
    readonly tier: string;
    readonly targetTags: Tags;
    private readonly account: Account;
    private readonly ground: Ground;
    private readonly keda: ClusterKeda | undefined;
    private readonly target: KubernetesTarget;
    private readonly collector: TelemetryCollector | undefined;
    private readonly demands: PodDemand[] = [];

    constructor(
        name: string,
        private readonly args: KubernetesComputeArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("KubernetesCompute", name, args, opts);
        checkArgs(name, args);
        this.account = currentAccount(this);
        this.ground = this.createGround();
        const { cluster } = this.ground;
        this.keda = this.createKeda();
        const reference = this.describeCluster(this.observe());
        this.namespace = namespaceOf(pulumi.getProject(), pulumi.getStack());
        const namespace = new KubernetesNamespace(
            name,
            { cluster: reference, namespace: this.namespace, tags: this.inheritedTags },
            { parent: this },
        );
        const target: KubernetesTarget = {
            cluster: reference,
            namespace: this.namespace,
            capacity: {
                reserve: (demand) => {
                    this.demands.push(demand);
                    namespace.reserve(demand);
                },
            },
            network: args.network,
            account: this.account,
            logsKey: args.logsKey,
            peers: new ClusterPeerRules(
                name,
                { securityGroupId: cluster.securityGroupId, tags: this.inheritedTags },
                { parent: this },
            ),
            ready: namespace.ready,
        };
        this.collector = this.collectTraces(target);
        this.target = this.collector === undefined ? target : { ...target, telemetry: this.collector.endpoint };
        this.alertPrometheus();

        this.kubeconfig = cluster instanceof KubernetesCluster ? cluster.kubeconfig : undefined;
        this.clusterName = pulumi.output(cluster.name);
        this.targetTags = this.tagsOfTargets();
        this.tier = name;
        this.registerOutputs({ clusterName: this.clusterName, namespace: this.namespace });
    }

    /** Of the cluster, with the quota of the workloads that were composed so far, and of the collector of traces. */
    get signals(): readonly Signal[] {
        const { pods } = namespaceQuota(this.demands);
        return [
            ...clusterSignals({ name: this.componentName, target: this.target, podQuota: Number(pods) }),
            ...(this.collector?.signals ?? []),
        ];
    }

    service(name: string, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions): KubernetesService {
        const registration = this.allowRegistration(name, args.target.targetGroupArn);
        const target = { ...args.target, ready: [...args.target.ready, ...registration] };
        return new KubernetesService(name, this.target, this.withTags({ ...args, target }), this.workloadOptions(opts));
    }

    worker(name: string, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions): KubernetesWorker {
        return new KubernetesWorker(name, this.target, this.withTags(args), this.workloadOptions(opts));
    }

    job(name: string, args: JobArgs, opts?: pulumi.ComponentResourceOptions): KubernetesJob {
        return new KubernetesJob(name, this.target, this.withTags(args), this.workloadOptions(opts));
    }

    private withTags<A extends ComponentArgs>(args: A): A {
        return { ...args, tags: { ...this.inheritedTags, ...args.tags } };
    }

    private workloadOptions(opts?: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
        return pulumi.mergeOptions({ parent: this }, opts);
    }

    private createGround(): Ground {
        const { cluster: choice, ...args } = this.args;
        const tags = this.inheritedTags;
        if ("adopt" in choice) {
            return {
                cluster: new ExistingCluster(this.componentName, { ...choice.adopt, tags }, { parent: this }),
                ready: [],
            };
        }
        const managed = choice.create.nodes?.kind === "managed";
        const key = new EncryptionKey(
            `${this.componentName}-cluster`,
            {
                purpose: "secrets, disks and volumes of the cluster",
                users: ["eks", "ebs", ...(managed ? (["autoscaling"] as const) : [])],
                region: args.network.region,
                tags,
            },
            { parent: this },
        );
        const cluster = new KubernetesCluster(
            this.componentName,
            {
                ...choice.create,
                network: args.network,
                key,
                logsKey: args.logsKey,
                logRetentionDays: args.logRetentionDays ?? 30,
                deletionProtection: choice.create.deletionProtection ?? args.deletionProtection ?? true,
                tags,
            },
            { parent: this },
        );
        return managed ? this.addControllers(cluster) : { cluster, targetsRoleName: cluster.roleName, ready: [] };
    }

    /** What EKS Auto Mode would do by itself. */
    private addControllers(cluster: KubernetesCluster): Ground {
        const { network } = this.args;
        const controllers = new NodeControllers(
            this.componentName,
            {
                clusterName: cluster.name,
                provider: cluster.provider,
                account: this.account,
                version: cluster.version,
                region: network.region,
                vpcId: network.vpcId,
                after: cluster.ready,
                tags: this.inheritedTags,
            },
            { parent: this },
        );
        return { cluster, targetsRoleName: controllers.targetsRoleName, ready: controllers.ready };
    }

    /** In an adopted cluster the role of EKS Auto Mode is not ours, and the tag is the only way to let it register targets. */
    private tagsOfTargets(): Tags {
        const { cluster } = this.args;
        return "adopt" in cluster && cluster.adopt.autoMode
            ? { "eks:eks-cluster-name": cluster.adopt.clusterName }
            : {};
    }

    private createKeda(): ClusterKeda | undefined {
        const { cluster } = this.ground;
        if (this.args.cluster.keda !== "install") {
            return undefined;
        }
        return new ClusterKeda(
            this.componentName,
            {
                clusterName: cluster.name,
                provider: cluster.provider,
                account: this.account,
                after: [...cluster.ready, ...this.ground.ready],
                tags: this.inheritedTags,
            },
            { parent: this },
        );
    }

    /** Metrics and logs of a cluster of ours; Prometheus alone in one that somebody else looks after. */
    private observe(): readonly pulumi.Resource[] {
        const { cluster, ready } = this.ground;
        const { network, logsKey, logRetentionDays } = this.args;
        const { keda, monitoring } = this.args.cluster;
        const common = {
            provider: cluster.provider,
            vpcCidr: network.cidrBlock,
            servesBacklogs: keda === "none",
            after: [...cluster.ready, ...ready],
            tags: this.inheritedTags,
        };
        if (cluster instanceof KubernetesCluster) {
            return new ClusterObservability(
                this.componentName,
                {
                    ...common,
                    clusterName: cluster.name,
                    account: this.account,
                    logsKey,
                    logRetentionDays: logRetentionDays ?? 30,
                    prometheus: monitoring === "install",
                },
                { parent: this },
            ).ready;
        }
        return monitoring === "install" ? new PrometheusStack(this.componentName, common, { parent: this }).ready : [];
    }

    private collectTraces(target: KubernetesTarget): TelemetryCollector | undefined {
        return target.cluster.monitoringNamespace === undefined
            ? undefined
            : new TelemetryCollector(
                  `${this.componentName}-telemetry`,
                  { target, tags: this.inheritedTags },
                  { parent: this },
              );
    }

    /** The signals of the cluster as rules, as those of workloads are. Their rules know the quota from the cluster itself. */
    private alertPrometheus(): void {
        const { target, componentName: workload } = this;
        if (target.cluster.monitoringNamespace === undefined) {
            return;
        }
        new PrometheusAlerts(
            workload,
            {
                target,
                workload,
                labels: namespaceLabels(this.namespace),
                signals: clusterSignals({ name: workload, target, podQuota: 1 }),
            },
            { parent: this },
        );
    }

    private describeCluster(observed: readonly pulumi.Resource[]): KubernetesClusterReference {
        const { cluster, ready } = this.ground;
        const { keda, monitoring } = this.args.cluster;
        return {
            name: cluster.name,
            ...(cluster.version === undefined ? {} : { version: cluster.version }),
            provider: cluster.provider,
            securityGroupId: cluster.securityGroupId,
            serviceCidr: cluster.serviceCidr,
            identity: cluster.identity,
            targetGroupBindings: cluster.targetGroupBindings,
            largestPod: cluster.largestPod,
            keda: keda !== "none",
            ...(this.keda === undefined ? {} : { kedaRoleName: this.keda.roleName }),
            monitoringNamespace: monitoring === "none" ? undefined : monitoringNamespace,
            ready: [...cluster.ready, ...ready, ...(this.keda?.ready ?? []), ...observed],
        };
    }

    /**
     * Lets the controller move targets in and out of one target group. EKS's own policy would ask for a tag on the group, by which
     * the controller takes it for its own, and may delete it.
     */
    private allowRegistration(service: string, targetGroupArn: pulumi.Input<string>): pulumi.Resource[] {
        const { targetsRoleName } = this.ground;
        if (targetsRoleName === undefined) {
            return [];
        }
        return [
            new aws.iam.RolePolicy(
                `${this.componentName}-targets-${service}`,
                {
                    role: targetsRoleName,
                    policy: policyDocument([
                        {
                            Sid: "MoveTargets",
                            Effect: "Allow",
                            Action: ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"],
                            Resource: targetGroupArn,
                        },
                    ]),
                },
                this.child(),
            ),
        ];
    }
}

/** The namespace of a program: its project and stack, as a label of DNS. */
export function namespaceOf(project: string, stack: string): string {
    return `${project}-${stack}`
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, "-")
        .slice(0, 63)
        .replaceAll(/^-+|-+$/g, "");
}

function checkArgs(name: string, args: KubernetesComputeArgs): void {
    const problems = new Problems();
    requireLogRetention(problems, args.logRetentionDays ?? 30);
    problems.throwIfAny(`KubernetesCompute "${name}"`);
}
