import { WorkerArgs, Workload } from "../../components/compute";
import { KubernetesClusterReference } from "../../components/kubernetes/cluster-reference";
import { KubernetesWorker } from "../../components/kubernetes/kubernetes-worker";
import { workerArgs } from "./ecs-facts";
import { record, Registered } from "./harness";
import { containerOf, createTarget, manifestOf, types } from "./kubernetes-facts";

const worker = (
    more: Partial<WorkerArgs> = {},
    cluster: Partial<KubernetesClusterReference> = {},
): Promise<Registered> =>
    record(() => new KubernetesWorker("worker", createTarget(cluster), { ...workerArgs, ...more }));

const fromZero = { scaling: { ...workerArgs.scaling, minimum: 0 } };

describe("a worker on Kubernetes", () => {
    it("lets nobody in, stands behind no balancer, and has no time to be let go of", async () => {
        const registered = await worker();
        expect(manifestOf(registered, "networkPolicy", "worker").spec).toMatchObject({
            policyTypes: ["Ingress", "Egress"],
        });
        expect(manifestOf(registered, "networkPolicy", "worker").spec).not.toHaveProperty("ingress");
        expect(registered.ofType(types.service)).toEqual([]);
        expect(registered.ofType(types.targetGroupBinding)).toEqual([]);
        const { template } = manifestOf(registered, "deployment").spec;
        expect(containerOf(template).lifecycle).toBeUndefined();
        expect(template.spec.terminationGracePeriodSeconds).toBe(90);
    });

    it("follows the backlog per pod, by KEDA alone", async () => {
        const registered = await worker();
        const { spec } = manifestOf(registered, "scaledObject");
        expect(spec).toMatchObject({
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "worker" },
            minReplicaCount: 2,
            maxReplicaCount: 20,
        });
        expect(spec.triggers).toEqual([
            {
                type: "aws-sqs-queue",
                name: "backlog",
                metricType: "AverageValue",
                metadata: {
                    queueURL: "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs-0a1b2c3",
                    awsRegion: "eu-central-1",
                    // 30 s × 5 at a time ÷ 2 s each.
                    queueLength: "75",
                    activationQueueLength: "0",
                    scaleOnInFlight: "false",
                    scaleOnDelayed: "false",
                },
                authenticationRef: { name: "worker" },
            },
        ]);
        expect(manifestOf(registered, "deployment").spec).not.toHaveProperty("replicas");
        expect(registered.ofType(types.autoscaler)).toEqual([]);
    });

    it("stays as it is, or at its minimum, while the queue cannot be asked", async () => {
        const { fallback } = manifestOf(await worker(), "scaledObject").spec;
        expect(fallback).toEqual({ failureThreshold: 4, replicas: 2, behavior: "currentReplicasIfHigher" });
    });

    it("has its queue asked by KEDA's operator, who may ask this queue and no more", async () => {
        const registered = await worker();
        expect(manifestOf(registered, "triggerAuthentication").spec).toEqual({ podIdentity: { provider: "aws" } });
        const { role, policy } = registered.one(types.rolePolicy, "worker-backlog").inputs;
        expect(role).toBe("keda-operator");
        expect(JSON.parse(String(policy))).toMatchObject({
            Statement: [{ Action: "sqs:GetQueueAttributes", Resource: workerArgs.source.queueArn }],
        });
    });

    it("gives nothing to an operator that somebody else looks after", async () => {
        const registered = await worker({}, { kedaRoleName: undefined });
        expect(registered.ofType(types.rolePolicy)).toEqual([]);
        expect(registered.ofType(types.scaledObject)).toHaveLength(1);
    });

    it("begins with no pod where that is wanted, and goes back when all that was taken is done", async () => {
        const { spec } = manifestOf(await worker(fromZero), "scaledObject");
        expect(spec.minReplicaCount).toBe(0);
        expect(spec.cooldownPeriod).toBe(300);
        const slow = { ...fromZero, source: { ...workerArgs.source, visibilityTimeoutSeconds: 900 } };
        expect(manifestOf(await worker(slow), "scaledObject").spec.cooldownPeriod).toBe(900);
    });

    it("follows the same backlog as an external metric where KEDA is refused", async () => {
        const registered = await worker({}, { keda: false });
        expect(registered.ofType(types.scaledObject)).toEqual([]);
        expect(registered.ofType(types.triggerAuthentication)).toEqual([]);
        const { spec } = manifestOf(registered, "autoscaler");
        expect(spec).toMatchObject({ minReplicas: 2, maxReplicas: 20, scaleTargetRef: { name: "worker" } });
        expect(spec.metrics).toEqual([
            {
                type: "External",
                external: {
                    metric: {
                        name: "aws_sqs_approximate_number_of_messages_visible_maximum",
                        selector: { matchLabels: { dimension_QueueName: "jobs-0a1b2c3" } },
                    },
                    target: { type: "AverageValue", averageValue: "75" },
                },
            },
        ]);
    });

    it("is ready when it is alive, by its command", async () => {
        const registered = await worker({ healthCommand: ["node", "health.js"] });
        const container = containerOf(manifestOf(registered, "deployment").spec.template);
        for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
            expect(container[probe]).toMatchObject({ exec: { command: ["node", "health.js"] } });
        }
    });

    it("calls for workers, and does not miss pods where none need to run", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = new KubernetesWorker("worker", createTarget(), { ...workerArgs, ...fromZero });
        });
        const steps = workload?.signals.map(({ name, growthStep }) => [name, growthStep]);
        expect(steps).toContainEqual(["worker-at-maximum", "add-workers"]);
        expect(workload?.signals.map(({ name }) => name)).not.toContain("worker-tasks-missing");
    });

    it("is refused at zero without KEDA, and where every one of its pods is needed", async () => {
        await record(() => {
            const create = (cluster: Partial<KubernetesClusterReference>, more: Partial<WorkerArgs>) => () =>
                new KubernetesWorker("worker", createTarget(cluster), { ...workerArgs, ...more });
            expect(create({ keda: false }, fromZero)).toThrow(
                "scaling.minimum is 0; allowed: 1 or more where KEDA is refused",
            );
            expect(create({}, { neededTasks: 2 })).toThrow(
                "neededTasks is 2; allowed: less than scaling.minimum, which is 2",
            );
        });
    });
});
