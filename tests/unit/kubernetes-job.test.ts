import { JobArgs } from "../../components/compute";
import { KubernetesJob } from "../../components/kubernetes/kubernetes-job";
import { KubernetesService } from "../../components/kubernetes/kubernetes-service";
import { serviceArgs } from "./ecs-facts";
import { record, Registered } from "./harness";
import { containerOf, createTarget, jobArgs, Manifest, manifestOf, namespace, types } from "./kubernetes-facts";
import { missingRunbooks } from "./runbooks";

const job = (more: Partial<JobArgs> = {}): Promise<Registered> =>
    record(() => new KubernetesJob("migrate", createTarget(), { ...jobArgs, ...more }));

const specOf = (registered: Registered): Manifest<"job">["spec"] => manifestOf(registered, "job").spec;

describe("a job on Kubernetes", () => {
    it("listens nowhere, and nothing scales it, spares it or asks after it", async () => {
        const registered = await job();
        for (const type of [types.deployment, types.service, types.autoscaler, types.budget, types.scaledObject]) {
            expect(registered.ofType(type)).toEqual([]);
        }
        expect(manifestOf(registered, "networkPolicy", "migrate").spec).toMatchObject({
            policyTypes: ["Ingress", "Egress"],
        });
        expect(manifestOf(registered, "networkPolicy", "migrate").spec).not.toHaveProperty("ingress");
        const container = containerOf(specOf(registered).template);
        expect(Object.keys(container).filter((key) => key.endsWith("Probe"))).toEqual([]);
        expect(container).not.toHaveProperty("ports");
    });

    it("runs once in an update: a container that fails is not tried again, a lost node is no failure of its", async () => {
        const spec = specOf(await job());
        expect(spec).toMatchObject({ completions: 1, parallelism: 1, backoffLimit: 0 });
        expect(spec.template.spec.restartPolicy).toBe("Never");
        expect(spec.podFailurePolicy.rules).toEqual([
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
        ]);
    });

    it("never has two pods at a time", async () => {
        expect(specOf(await job()).podReplacementPolicy).toBe("Failed");
    });

    it("is not stopped when it takes longer than the update waits, not even to make place for the next run", async () => {
        const spec = specOf(await job({ timeoutSeconds: 300 }));
        expect(spec).not.toHaveProperty("activeDeadlineSeconds");
        expect(containerOf(spec.template).lifecycle).toEqual({ preStop: { sleep: { seconds: 300 } } });
        expect(spec.template.spec.terminationGracePeriodSeconds).toBe(390);
        expect(spec.template.metadata.annotations).toMatchObject({ "karpenter.sh/do-not-disrupt": "true" });
    });

    it("is kept when it has ended, and run again by the next update when it failed", async () => {
        const registered = await job();
        expect(specOf(registered)).not.toHaveProperty("ttlSecondsAfterFinished");
        expect(manifestOf(registered, "job").metadata).toMatchObject({
            name: "migrate",
            annotations: { "pulumi.com/replaceUnready": "true" },
        });
    });

    it("is another one when its environment changes, since the name of its ConfigMap does", async () => {
        const reference = async (more: Partial<JobArgs>): Promise<string | undefined> =>
            containerOf(specOf(await job(more)).template).envFrom[0]?.configMapRef.name;
        const before = await reference({});
        await expect(reference({ environment: { STEP: "2" } })).resolves.not.toBe(before);
    });

    it("has the identity and the secrets of its own bindings", async () => {
        const registered = await job();
        const { template } = specOf(registered);
        expect(template.spec.serviceAccountName).toBe("migrate");
        expect(containerOf(template).env.map((variable) => variable.name)).toEqual(["CACHE_PASSWORD"]);
    });

    it("has pods that no service and no budget takes for its own", async () => {
        const registered = await record(() => {
            const target = createTarget();
            const migrations = new KubernetesJob("migrate", target, jobArgs);
            new KubernetesService("web", target, { ...serviceArgs, after: [migrations] });
        });
        const { labels } = specOf(registered).template.metadata;
        const { selector } = manifestOf(registered, "budget").spec;
        expect(labels).not.toMatchObject(selector.matchLabels);
        // What counts towards the quota: two pods of the job, the service's most, and two to spare.
        expect(manifestOf(registered, "quota").spec.hard["pods"]).toBe(String(2 + 54 + 2));
    });

    it("tells of a run that failed, in CloudWatch and in Prometheus", async () => {
        let made: KubernetesJob | undefined;
        const registered = await record(() => {
            made = new KubernetesJob("migrate", createTarget(), jobArgs);
        });
        expect(made?.signals).toMatchObject([
            {
                name: "migrate-job-failed",
                metric: { metricName: "pod_status_failed", dimensions: { PodName: "migrate", Namespace: namespace } },
                promql: `max(kube_job_status_failed{namespace="${namespace}",job_name="migrate"})`,
            },
        ]);
        expect(missingRunbooks(made?.signals ?? [])).toEqual([]);
        expect(registered.ofType("kubernetes:monitoring.coreos.com/v1:PrometheusRule")).toHaveLength(1);
    });

    it("is read in CloudWatch by what the agent makes of a name with dashes", async () => {
        let made: KubernetesJob | undefined;
        await record(() => {
            made = new KubernetesJob("seed-the-shop", createTarget(), jobArgs);
        });
        expect(made?.signals).toMatchObject([
            {
                metric: { dimensions: { PodName: "seed" } },
                promql: expect.stringContaining('job_name="seed-the-shop"') as string,
            },
        ]);
    });

    it("is refused with all problems at once, before anything is registered", async () => {
        const registered = await record(() => {
            const target = createTarget();
            const create = () =>
                new KubernetesJob("migrate", target, { ...jobArgs, image: "shop", timeoutSeconds: 900, user: "0:0" });
            expect(create).toThrow('job "migrate": 3 problems');
        });
        expect(registered.ofType("headroom:components:KubernetesJob")).toEqual([]);
    });
});
