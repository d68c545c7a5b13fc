import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { checkService } from "../check-workload";
import { ServiceArgs } from "../compute";
import { serviceAutoscaler } from "./autoscaling";
import { kubernetesChecks } from "./kubernetes-checks";
import { KubernetesTarget } from "./kubernetes-target";
import { KubernetesWorkload } from "./kubernetes-workload";
import { servedPortName } from "./pod-template";

/**
 * A stateless service behind a load balancer, on Kubernetes. It scales on CPU, on memory, and, where Prometheus counts them, on
 * requests: each asks for a number of pods, the largest wins, and pods go only when all agree.
 *
 * The balancer's target group holds the addresses of the pods. A new pod counts as ready when the balancer finds it healthy, for which
 * the controller adds a readiness gate to it; a pod that stops goes on serving for 20 s, until the balancer has let go of it.
 *
 * The controller leaves targets alone that it did not register: tasks of ECS stay in the target group beside the pods while a stack
 * moves from one compute target to the other (docs/kubernetes.md says how).
 *
 * ```ts
 * import { ServiceArgs } from "./compute";
 * import { KubernetesService } from "./kubernetes/kubernetes-service";
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 *
 * export function serve(target: KubernetesTarget, args: ServiceArgs) {
 *     return new KubernetesService("web", target, args).workloadName;
 * }
 * ```
 */
export class KubernetesService extends KubernetesWorkload {
    constructor(name: string, target: KubernetesTarget, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const { healthCheckGraceSeconds = 60 } = checkService(name, args, kubernetesChecks(target.cluster));
        super(
            name,
            target,
            args,
            {
                kind: "KubernetesService",
                role: "service",
                target: args.target,
                startSeconds: healthCheckGraceSeconds,
                growthStep: "add-tasks",
            },
            opts,
        );

        this.createAutoscaler(args);
        const service = this.createService(args);
        this.bindTargets(args, service);

        this.registerOutputs({ workloadName: this.workloadName, securityGroupId: this.securityGroupId });
    }

    /** By name and not by reference: it is there when the first pod starts, and brings the others. */
    private createAutoscaler({ scaling, metrics }: ServiceArgs): kubernetes.autoscaling.v2.HorizontalPodAutoscaler {
        const countsRequests = metrics !== undefined && this.target.cluster.monitoringNamespace !== undefined;
        return new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
            this.componentName,
            { metadata: this.metadata(), spec: serviceAutoscaler(this.componentName, scaling, countsRequests) },
            this.inNamespace(),
        );
    }

    /** The list of pods that take requests. Nobody in the cluster calls it. */
    private createService({ target }: ServiceArgs): kubernetes.core.v1.Service {
        const name = servedPortName({ scheme: target.protocol });
        return new kubernetes.core.v1.Service(
            this.componentName,
            {
                // The Deployment is waited for, and this would wait for the same pods.
                metadata: { ...this.metadata(), annotations: { "pulumi.com/skipAwait": "true" } },
                spec: {
                    type: "ClusterIP",
                    selector: { ...this.selector },
                    ports: [{ name, port: target.port, targetPort: name, protocol: "TCP", appProtocol: name }],
                },
            },
            this.inNamespace(),
        );
    }

    /** Without `networking`: the ways between balancer and pods are security group rules of the program. */
    private bindTargets(
        { target }: ServiceArgs,
        service: kubernetes.core.v1.Service,
    ): kubernetes.apiextensions.CustomResource {
        return new kubernetes.apiextensions.CustomResource(
            `${this.componentName}-targets`,
            {
                apiVersion: this.target.cluster.targetGroupBindings,
                kind: "TargetGroupBinding",
                metadata: this.metadata(),
                spec: {
                    serviceRef: { name: service.metadata.name, port: target.port },
                    targetGroupARN: target.targetGroupArn,
                    targetType: "ip",
                    // Otherwise the controller deregisters whatever is not its own: the tasks of ECS at once on the way to
                    // Kubernetes, and on the way back each new one, for which the update would wait in vain.
                    multiClusterTargetGroup: true,
                },
            },
            this.inNamespace({ dependsOn: [this.deployment, ...target.ready] }),
        );
    }
}
