import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkWorker } from "../check-workload";
import { WorkerArgs } from "../compute";
import { policyDocument } from "../policy-document";
import { scaledObject, workerAutoscaler } from "./autoscaling";
import { kubernetesChecks } from "./kubernetes-checks";
import { KubernetesTarget } from "./kubernetes-target";
import { KubernetesWorkload } from "./kubernetes-workload";

/** As long as behind a balancer. */
const startSeconds = 60;

/**
 * A consumer of a queue, on Kubernetes. It scales with the backlog per pod: as many pods run as are needed to work off what waits
 * within the acceptable latency.
 *
 * KEDA asks the queue itself, every 15 seconds, with the role of its operator, which is allowed to ask this queue. With a minimum of 0
 * no pod runs while nothing waits. Where KEDA is refused, an ordinary autoscaler reads the backlog as an external metric, which
 * somebody must serve ({@link backlogMetric}), and one pod always runs.
 *
 * ECS knows a task that protects itself while it is busy; a pod that is to go is stopped, and has its grace period to finish.
 *
 * ```ts
 * import { WorkerArgs } from "./compute";
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 * import { KubernetesWorker } from "./kubernetes/kubernetes-worker";
 *
 * export function work(target: KubernetesTarget, args: WorkerArgs) {
 *     return new KubernetesWorker("worker", target, args).workloadName;
 * }
 * ```
 */
export class KubernetesWorker extends KubernetesWorkload {
    constructor(name: string, target: KubernetesTarget, args: WorkerArgs, opts?: pulumi.ComponentResourceOptions) {
        super(
            name,
            target,
            checkWorker(name, args, kubernetesChecks(target.cluster)),
            { kind: "KubernetesWorker", role: "worker", startSeconds, growthStep: "add-workers" },
            opts,
        );

        if (target.cluster.keda) {
            this.followBacklog(args);
        } else {
            this.followMetric(args);
        }

        this.registerOutputs({ workloadName: this.workloadName, securityGroupId: this.securityGroupId });
    }

    /** KEDA makes the autoscaler, so there is none beside it. */
    private followBacklog({ scaling, source }: WorkerArgs): kubernetes.apiextensions.CustomResource {
        const ready = this.allowAsking(source.queueArn);
        const authentication = this.createAuthentication();
        return new kubernetes.apiextensions.CustomResource(
            `${this.componentName}-scaling`,
            {
                apiVersion: "keda.sh/v1alpha1",
                kind: "ScaledObject",
                metadata: this.metadata(),
                spec: scaledObject({
                    name: this.componentName,
                    scaling,
                    queueUrl: source.queueUrl,
                    region: this.target.network.region,
                    visibilityTimeoutSeconds: source.visibilityTimeoutSeconds,
                    authentication: this.componentName,
                }),
            },
            this.inNamespace({ dependsOn: [authentication, ...ready] }),
        );
    }

    /** As KEDA's operator: an identity of the worker's own is what KEDA calls `workload`, and that knows no Pod Identity. */
    private createAuthentication(): kubernetes.apiextensions.CustomResource {
        return new kubernetes.apiextensions.CustomResource(
            `${this.componentName}-authentication`,
            {
                apiVersion: "keda.sh/v1alpha1",
                kind: "TriggerAuthentication",
                metadata: this.metadata(),
                spec: { podIdentity: { provider: "aws" } },
            },
            this.inNamespace(),
        );
    }

    private allowAsking(queueArn: pulumi.Input<string>): pulumi.Resource[] {
        const { kedaRoleName } = this.target.cluster;
        if (kedaRoleName === undefined) {
            return [];
        }
        return [
            new aws.iam.RolePolicy(
                `${this.componentName}-backlog`,
                {
                    role: kedaRoleName,
                    policy: policyDocument([
                        {
                            Sid: "AskForBacklog",
                            Effect: "Allow",
                            Action: "sqs:GetQueueAttributes",
                            Resource: queueArn,
                        },
                    ]),
                },
                this.child(),
            ),
        ];
    }

    private followMetric({ scaling, source }: WorkerArgs): kubernetes.autoscaling.v2.HorizontalPodAutoscaler {
        return new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            this.componentName,
            {
                metadata: this.metadata(),
                spec: workerAutoscaler(this.componentName, scaling, source.queueName),
            },
            this.inNamespace(),
        );
    }
}
