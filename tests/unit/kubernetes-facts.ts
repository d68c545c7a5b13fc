import * as kubernetes from "@pulumi/kubernetes";
import { currentAccount } from "../../components/account";
import { Component } from "../../components/component";
import { JobArgs } from "../../components/compute";
import { KubernetesClusterReference } from "../../components/kubernetes/cluster-reference";
import { KubernetesNamespace } from "../../components/kubernetes/kubernetes-namespace";
import { KubernetesTarget } from "../../components/kubernetes/kubernetes-target";
import { ClusterPeerRules } from "../../components/kubernetes/peer-rules";
import { cacheBinding, logsKey, network, serviceArgs } from "./ecs-facts";
import { Labels } from "../../components/kubernetes/workload-labels";
import { Registered } from "./harness";

import output = kubernetes.types.output;

export const namespace = "shop-test";

/** Of a cluster that is there already. */
export const kubeconfig = JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "tests",
    clusters: [{ name: "tests", cluster: { server: "https://cluster.example" } }],
    users: [{ name: "tests", user: { token: "none" } }],
    contexts: [{ name: "tests", context: { cluster: "tests", user: "tests" } }],
});

/** Something that has a namespace in a cluster. */
class Program extends Component {
    constructor() {
        super("Program", "program", {});
    }
}

/** A namespace in a cluster of EKS Auto Mode with everything in it, that was made elsewhere. */
export function createTarget(more: Partial<KubernetesClusterReference> = {}): KubernetesTarget {
    const program = new Program();
    const cluster: KubernetesClusterReference = {
        name: "shop-0a1b2c3",
        version: "1.36",
        provider: new kubernetes.Provider("cluster", { kubeconfig: "{}" }),
        securityGroupId: "sg-cluster",
        serviceCidr: "172.20.0.0/16",
        identity: { kind: "pod-identity" },
        targetGroupBindings: "eks.amazonaws.com/v1",
        largestPod: { cpu: 15, memory: 120_000 },
        keda: true,
        kedaRoleName: "keda-operator",
        monitoringNamespace: "monitoring",
        ready: [],
        ...more,
    };
    const made = new KubernetesNamespace("namespace", { cluster, namespace });
    return {
        cluster,
        namespace,
        network,
        account: currentAccount(program),
        logsKey,
        peers: new ClusterPeerRules("peers", { securityGroupId: cluster.securityGroupId }),
        capacity: made,
        ready: made.ready,
    };
}

export const jobArgs: JobArgs = {
    image: serviceArgs.image,
    command: ["migrate"],
    size: { cpu: 0.25, memory: 512 },
    uses: [cacheBinding],
    logRetentionDays: 30,
};

export const types = {
    configMap: "kubernetes:core/v1:ConfigMap",
    deployment: "kubernetes:apps/v1:Deployment",
    autoscaler: "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    budget: "kubernetes:policy/v1:PodDisruptionBudget",
    job: "kubernetes:batch/v1:Job",
    namespace: "kubernetes:core/v1:Namespace",
    networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
    limitRange: "kubernetes:core/v1:LimitRange",
    quota: "kubernetes:core/v1:ResourceQuota",
    service: "kubernetes:core/v1:Service",
    serviceAccount: "kubernetes:core/v1:ServiceAccount",
    targetGroupBinding: "kubernetes:eks.amazonaws.com/v1:TargetGroupBinding",
    secretProviderClass: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
    scaledObject: "kubernetes:keda.sh/v1alpha1:ScaledObject",
    triggerAuthentication: "kubernetes:keda.sh/v1alpha1:TriggerAuthentication",
    rolePolicy: "aws:iam/rolePolicy:RolePolicy",
    ingressRule: "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
} as const;

/** What tests read of each kind of object. */
interface Contents {
    readonly configMap: { readonly data: Labels; readonly immutable: boolean };
    readonly deployment: { readonly spec: output.apps.v1.DeploymentSpec };
    readonly autoscaler: { readonly spec: output.autoscaling.v2.HorizontalPodAutoscalerSpec };
    readonly budget: { readonly spec: output.policy.v1.PodDisruptionBudgetSpec };
    readonly job: { readonly spec: output.batch.v1.JobSpec };
    readonly namespace: object;
    readonly networkPolicy: { readonly spec: output.networking.v1.NetworkPolicySpec };
    readonly limitRange: { readonly spec: output.core.v1.LimitRangeSpec };
    readonly quota: { readonly spec: output.core.v1.ResourceQuotaSpec };
    readonly service: { readonly spec: output.core.v1.ServiceSpec };
    readonly serviceAccount: object;
    readonly targetGroupBinding: { readonly spec: object };
    readonly secretProviderClass: {
        readonly spec: { readonly parameters: Labels; readonly secretObjects: [{ readonly secretName: string }] };
    };
    readonly scaledObject: {
        readonly spec: {
            readonly minReplicaCount: number;
            readonly cooldownPeriod: number;
            readonly fallback: object;
            readonly triggers: readonly object[];
        };
    };
    readonly triggerAuthentication: { readonly spec: object };
}

/** An object as it was registered. */
export type Manifest<Kind extends keyof Contents> = { readonly metadata: output.meta.v1.ObjectMeta } & Contents[Kind];

/** The one object of a kind, or the one of that name. */
export function manifestOf<Kind extends keyof Contents>(
    registered: Registered,
    kind: Kind,
    name?: string,
): Manifest<Kind> {
    return registered.one(types[kind], name).inputs as unknown as Manifest<Kind>;
}

/** The one container of a pod. */
export function containerOf({ spec }: output.core.v1.PodTemplateSpec): output.core.v1.Container {
    const [only, ...others] = spec.containers;
    if (only === undefined || others.length > 0) {
        throw new Error(`a pod with ${String(spec.containers.length)} containers`);
    }
    return only;
}
