import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { combineBindings } from "../binding";
import { checkJob, defaultJobTimeoutSeconds } from "../check-workload";
import { Component } from "../component";
import { Job, JobArgs } from "../compute";
import { Signal } from "../signal";
import { jobSignal } from "../workload-signals";
import { kubernetesChecks } from "./kubernetes-checks";
import { jobFailures } from "./kubernetes-metrics";
import { KubernetesPods } from "./kubernetes-pods";
import { KubernetesTarget } from "./kubernetes-target";
import { PrometheusAlerts } from "./prometheus-alerts";

/** A run and, for a moment, the one before it, which has ended and is being tidied up. */
const podsAtMost = 2;

/** Seconds that the start of a node and the pull of the image may take, which do not count as the run's time. */
const startSeconds = 300;

/**
 * A container that runs to its end as part of the update, on Kubernetes: a Job, which the update waits for.
 *
 * - The first update, and every one with another image, command, environment, size or list of secrets: what a Job runs cannot be
 *   changed, so it is replaced, and the new one runs before whatever names it in `after`.
 * - An update without any of this: nothing runs. A finished Job is kept, since its absence would look like one that has to be made.
 * - The container ends with another exit code than 0: the update fails with the pod's last words, and the next one runs it again. There
 *   is no second try within an update. A node that is lost or drained is no failure of the container: another pod takes over.
 * - It takes longer than `timeoutSeconds`: the update fails, and the container goes on. The next update waits for its end and runs it
 *   once more.
 * - A Job is replaced while its container runs: that one gets no signal for `timeoutSeconds`, and only then does the new one begin. Two
 *   never run beside each other. The kubelet waits for all of that time even if the container ends sooner, as on a node that is
 *   drained (https://github.com/kubernetes/kubernetes/issues/134338): then the update takes longer than the container.
 *
 * ```ts
 * import { JobArgs } from "./compute";
 * import { KubernetesJob } from "./kubernetes/kubernetes-job";
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 *
 * export function migrate(target: KubernetesTarget, args: JobArgs) {
 *     return new KubernetesJob("migrate", target, args).completed;
 * }
 * ```
 */
export class KubernetesJob extends Component implements Job {
    readonly tier: string;
    readonly signals: readonly Signal[];
    readonly completed: readonly pulumi.Resource[];
    readonly securityGroupId: pulumi.Output<string>;

    constructor(
        name: string,
        private readonly target: KubernetesTarget,
        args: JobArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("KubernetesJob", name, checkJob(name, args, kubernetesChecks(target.cluster)), opts);
        const timeoutSeconds = args.timeoutSeconds ?? defaultJobTimeoutSeconds;

        const pods = new KubernetesPods(
            name,
            {
                target,
                role: "job",
                workload: args,
                binding: combineBindings(args.uses ?? [], args.environment),
                startSeconds: 0,
                stopDelaySeconds: timeoutSeconds,
                tags: args.tags,
            },
            this.child(),
        );
        const job = this.createJob(pods, timeoutSeconds);
        target.capacity.reserve({ pods: podsAtMost, size: args.size });

        this.tier = name;
        this.securityGroupId = pulumi.output(target.cluster.securityGroupId);
        this.completed = [job];
        this.signals = [jobSignal(name, jobFailures(target, name))];
        if (target.cluster.monitoringNamespace !== undefined) {
            const { labels } = pods;
            new PrometheusAlerts(name, { target, workload: name, labels, signals: this.signals }, this.child());
        }
        this.registerOutputs({ securityGroupId: this.securityGroupId });
    }

    private createJob(pods: KubernetesPods, timeoutSeconds: number): kubernetes.batch.v1.Job {
        const { cluster, namespace } = this.target;
        const timeout = `${String(timeoutSeconds + startSeconds)}s`;
        return new kubernetes.batch.v1.Job(
            this.componentName,
            {
                metadata: {
                    name: this.componentName,
                    namespace,
                    labels: { ...pods.labels },
                    // One that failed is run again by the next update; the provider would go on reporting it otherwise.
                    annotations: { "pulumi.com/replaceUnready": "true" },
                },
                spec: {
                    completions: 1,
                    parallelism: 1,
                    backoffLimit: 0,
                    podFailurePolicy: {
                        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
                    },
                    // The only value that goes with the policy above: never two at a time.
                    podReplacementPolicy: "Failed",
                    template: pods.template,
                },
            },
            this.child({
                provider: cluster.provider,
                dependsOn: [...pods.ready],
                deleteBeforeReplace: true,
                customTimeouts: { create: timeout, update: timeout, delete: timeout },
            }),
        );
    }
}
