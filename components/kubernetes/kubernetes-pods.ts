import * as aws from "@pulumi/aws";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { CombinedBinding } from "../binding";
import { Component, ComponentArgs } from "../component";
import { ContainerArgs, WorkloadArgs } from "../compute";
import { contentName } from "./content-name";
import { KubernetesTarget } from "./kubernetes-target";
import { networkPolicy } from "./network-policies";
import { PodFacts, podTemplate, ServedPort } from "./pod-template";
import { secretProviderClass } from "./secret-provider-class";
import { WorkloadIdentity } from "./workload-identity";
import { Labels, selectorLabels, workloadLabels, WorkloadRole } from "./workload-labels";

export interface KubernetesPodsArgs extends ComponentArgs {
    readonly target: KubernetesTarget;
    readonly role: WorkloadRole;
    readonly workload: ContainerArgs & Partial<WorkloadArgs>;
    readonly binding: CombinedBinding;
    /** What they serve, and the security group of the balancer that they serve it to. */
    readonly serves?: ServedPort & { readonly sourceSecurityGroupId: pulumi.Input<string> };
    /** Port that Prometheus scrapes, where there is a Prometheus. */
    readonly metricsPort?: number;
    readonly startSeconds: number;
    readonly stopDelaySeconds: number;
}

/**
 * What the pods of a service, a worker or a job are made of, with all that they need for themselves: identity, environment, secrets
 * by reference, and the ways in and out.
 *
 * Environment and list of secrets are objects that never change: another content is another object with another name, by which the
 * pods are exchanged. Pulumi makes the names up, and never one twice. A name that came of the content would come back when a change
 * is taken back whose update had failed, while the object of that name still waits for its deletion at the end of an update: the
 * provider would refuse to make it again, and whoever makes it by hand would see it deleted.
 *
 * A secret that gets another value is read by containers that start after that, as on ECS; by those that start in the first two minutes
 * perhaps not, since the driver looks for new values no oftener.
 *
 * ```ts
 * import { combineBindings } from "./binding";
 * import { ContainerArgs } from "./compute";
 * import { KubernetesPods } from "./kubernetes/kubernetes-pods";
 * import { KubernetesTarget } from "./kubernetes/kubernetes-target";
 *
 * export function podsOf(target: KubernetesTarget, workload: ContainerArgs) {
 *     const binding = combineBindings(workload.uses ?? [], workload.environment);
 *     const pods = new KubernetesPods("report", {
 *         target,
 *         role: "worker",
 *         workload,
 *         binding,
 *         startSeconds: 60,
 *         stopDelaySeconds: 0,
 *     });
 *     return pods.template;
 * }
 * ```
 */
export class KubernetesPods extends Component {
    readonly template: kubernetes.types.input.core.v1.PodTemplateSpec;
    /** The labels of everything that belongs to the workload. */
    readonly labels: Labels;
    /** The labels by which exactly these pods are found. */
    readonly selector: Labels;
    /** What must exist before a pod starts. */
    readonly ready: readonly pulumi.Resource[];

    constructor(
        name: string,
        private readonly args: KubernetesPodsArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        super("KubernetesPods", name, args, opts);
        const { target, role } = args;
        this.labels = workloadLabels(name, role, target.namespace);
        this.selector = selectorLabels(name);

        const identity = this.createIdentity();
        const environment = this.createEnvironment();
        const secrets = this.createSecrets();
        const policy = this.createNetworkPolicy();

        this.template = podTemplate(this.describe(identity, environment, secrets));
        this.ready = [
            ...target.ready,
            ...target.network.egressReady,
            ...this.openPorts(),
            ...identity.ready,
            ...(secrets === undefined ? [] : [secrets.providerClass]),
            environment,
            policy,
        ];
        this.registerOutputs({});
    }

    private createIdentity(): WorkloadIdentity {
        const { target, binding } = this.args;
        return new WorkloadIdentity(
            this.componentName,
            { target, binding, labels: this.labels, tags: this.inheritedTags },
            this.child(),
        );
    }

    private createEnvironment(): kubernetes.core.v1.ConfigMap {
        const { binding, target } = this.args;
        const data = {
            // The SDKs of AWS guess no region. Fargate sets it by itself; what Pod Identity adds to pods is documented without it.
            AWS_REGION: target.network.region,
            ...Object.fromEntries(binding.environment.map(({ name, value }) => [name, value])),
        };
        return new kubernetes.core.v1.ConfigMap(
            this.componentName,
            { metadata: this.metadata(), immutable: true, data },
            this.inNamespace(),
        );
    }

    /**
     * The driver writes a Secret once, when the first pod asks for it: with a new list under an old name, new pods would wait for a
     * variable that never comes. So its name comes of the list. It is the driver's, which keeps it as long as pods of that list run.
     */
    private createSecrets() {
        const { target, binding } = this.args;
        const { secrets } = binding;
        if (secrets.length === 0) {
            return undefined;
        }
        const list = secrets.map(({ variable, secretArn, field = "" }) => ({ variable, secretArn, field }));
        const secretName = contentName(this.componentName, list);
        const providerClass = new kubernetes.apiextensions.CustomResource(
            `${this.componentName}-secrets`,
            secretProviderClass({
                namespace: target.namespace,
                labels: this.labels,
                region: target.network.region,
                identity: target.cluster.identity.kind,
                secretName,
                secrets,
            }),
            // Pods that still run have theirs asked for again, whenever the driver looks for new values.
            { ...this.inNamespace(), replaceOnChanges: ["spec"] },
        );
        return { providerClass, secretName, variables: secrets.map(({ variable }) => variable) };
    }

    private createNetworkPolicy(): kubernetes.networking.v1.NetworkPolicy {
        const { target, role, workload, binding, serves, metricsPort } = this.args;
        const { cluster, network, telemetry } = target;
        const internet = workload.internet ?? "https";
        return new kubernetes.networking.v1.NetworkPolicy(
            this.componentName,
            {
                metadata: { name: this.componentName, ...this.metadata() },
                spec: networkPolicy({
                    selector: this.selector,
                    vpcCidr: network.cidrBlock,
                    serviceCidr: cluster.serviceCidr,
                    connections: binding.connections,
                    internet,
                    ...(internet === "none" ? { s3Ranges: this.findS3() } : {}),
                    servedPort: serves?.port,
                    ...(metricsPort === undefined || cluster.monitoringNamespace === undefined
                        ? {}
                        : { metrics: { port: metricsPort, namespace: cluster.monitoringNamespace } }),
                    ...(telemetry === undefined || role === "job" ? {} : { telemetry }),
                }),
            },
            this.inNamespace(),
        );
    }

    private findS3(): pulumi.Output<string[]> {
        return aws.ec2
            .getManagedPrefixListOutput(
                { name: `com.amazonaws.${this.args.target.network.region}.s3` },
                { parent: this },
            )
            .entries.apply((entries) => entries.map(({ cidr }) => cidr).sort());
    }

    /** On the side of AWS: at the peers for the cluster, and at the cluster for the balancer. */
    private openPorts(): pulumi.Resource[] {
        const { target, binding, serves } = this.args;
        return [
            ...binding.connections.flatMap((connection) => target.peers.admit(connection)),
            ...(serves === undefined ? [] : target.peers.admitBalancer(serves.sourceSecurityGroupId, serves.port)),
        ];
    }

    private describe(
        identity: WorkloadIdentity,
        environment: kubernetes.core.v1.ConfigMap,
        secrets: ReturnType<KubernetesPods["createSecrets"]>,
    ): PodFacts {
        const { role, workload, serves, metricsPort, startSeconds, stopDelaySeconds } = this.args;
        return {
            name: this.componentName,
            labels: this.labels,
            selector: this.selector,
            image: workload.image,
            command: workload.command,
            size: workload.size,
            architecture: workload.architecture ?? "arm64",
            user: workload.user ?? "1000:1000",
            serviceAccountName: identity.serviceAccountName,
            configMapName: environment.metadata.name,
            ...(secrets === undefined
                ? {}
                : {
                      secrets: {
                          providerClassName: secrets.providerClass.metadata.name,
                          secretName: secrets.secretName,
                          variables: secrets.variables,
                      },
                  }),
            serves,
            metricsPort,
            healthCommand: workload.healthCommand,
            startSeconds,
            stopTimeoutSeconds: workload.stopTimeoutSeconds ?? 90,
            stopDelaySeconds,
            runs: role === "job" ? "once" : "for-ever",
        };
    }

    private metadata() {
        return { namespace: this.args.target.namespace, labels: { ...this.labels } };
    }

    private inNamespace(): pulumi.CustomResourceOptions {
        const { cluster, ready } = this.args.target;
        return this.child({ provider: cluster.provider, dependsOn: [...ready] });
    }
}
