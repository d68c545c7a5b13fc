import { ClusterChoice } from "../../components/kubernetes/cluster-choice";
import { KubernetesCompute } from "../../components/kubernetes/kubernetes-compute";
import { JobArgs, ServiceArgs, WorkerArgs } from "../../components/compute";
import { cacheBinding, logsKey, network, serviceArgs, workerArgs } from "../unit/ecs-facts";
import { record } from "../unit/harness";
import { kubeconfig } from "../unit/kubernetes-facts";
import { Manifest } from "./manifest-schemas";
import { manifestsOf } from "./manifests";

const adopted = {
    kubeconfig,
    clusterName: "platform",
    nodeSecurityGroupId: "sg-nodes",
    autoMode: true,
    largestNode: { cpu: 16, memory: 65_536 },
};

/** A program on Kubernetes: the kind of cluster, and what each workload has besides the usual. */
interface Program {
    readonly title: string;
    readonly cluster: ClusterChoice;
    readonly service?: Partial<ServiceArgs>;
    readonly worker?: Partial<WorkerArgs>;
    readonly job?: Partial<JobArgs>;
}

const bare = { uses: [], environment: undefined, command: undefined };

/** Clusters of all kinds, and workloads with as much as there can be, and as little. */
export const programs: readonly Program[] = [
    {
        title: "a cluster with everything in it, workloads with everything they can have",
        cluster: { create: { nodes: { kind: "auto" } }, keda: "install", monitoring: "install" },
        service: {
            metrics: { port: 9464 },
            healthCommand: ["node", "health.js"],
            interactiveAccess: true,
            stopTimeoutSeconds: 120,
            healthCheckGraceSeconds: 300,
            user: "2000:3000",
            architecture: "amd64",
        },
        worker: {
            metrics: { port: 9464 },
            healthCommand: ["node", "health.js"],
            uses: [cacheBinding],
            environment: { EMPTY: "", TEXT: 'with "quotes": and\nlines' },
            scaling: { ...workerArgs.scaling, minimum: 0 },
            neededTasks: 0,
        },
        job: { timeoutSeconds: 60 },
    },
    {
        title: "a cluster with node groups and nothing else, workloads with as little as there can be",
        cluster: { create: { nodes: { kind: "managed" } }, keda: "none", monitoring: "none" },
        service: { ...bare, scaling: { ...serviceArgs.scaling, minimum: 2, maximum: 2 }, neededTasks: 1 },
        worker: { ...bare, scaling: { ...workerArgs.scaling, minimum: 2 } },
        job: bare,
    },
    {
        title: "a cluster that was there, workloads without a way to the internet",
        cluster: { adopt: adopted, keda: "present", monitoring: "present" },
        service: { internet: "none", metrics: { port: 9464 }, size: { cpu: 4, memory: 8192 } },
        worker: { internet: "none", metrics: { port: 9464 } },
        job: { internet: "none" },
    },
    {
        title: "a cluster that was there without Auto Mode and Pod Identity, a service that speaks HTTP",
        cluster: {
            adopt: {
                ...adopted,
                autoMode: false,
                oidcProviderArn: "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC",
            },
            keda: "none",
            monitoring: "present",
        },
        service: { target: { ...serviceArgs.target, protocol: "HTTP", port: 8080 } },
    },
];

/** The manifests of a program. */
export async function programManifests({ cluster, service, worker, job }: Program): Promise<Manifest[]> {
    const registered = await record(() => {
        const compute = new KubernetesCompute("compute", { network, logsKey, cluster });
        const migrations = compute.job("migrate", {
            image: serviceArgs.image,
            command: ["migrate"],
            size: { cpu: 0.25, memory: 512 },
            uses: [cacheBinding],
            logRetentionDays: 30,
            ...job,
        });
        const after = [migrations];
        compute.service("web", { ...serviceArgs, after, ...service });
        compute.worker("worker", { ...workerArgs, after, ...worker });
    });
    return manifestsOf(registered.resources);
}
