import * as fc from "fast-check";
import { disruptionBudget } from "../../components/kubernetes/disruption-budget";
import { namespaceQuota, podsAtMost } from "../../components/kubernetes/namespace-quota";
import { record } from "./harness";
import { createTarget, manifestOf, namespace } from "./kubernetes-facts";

const size = { cpu: 0.5, memory: 1024 };

describe("the namespace of a program", () => {
    it("holds pods to the restricted standard of the cluster's version", async () => {
        const { metadata } = manifestOf(await record(() => createTarget()), "namespace");
        expect(metadata.name).toBe(namespace);
        for (const mode of ["enforce", "audit", "warn"]) {
            expect(metadata.labels).toMatchObject({
                [`pod-security.kubernetes.io/${mode}`]: "restricted",
                [`pod-security.kubernetes.io/${mode}-version`]: "v1.36",
            });
        }
    });

    it("follows a version that is not known", async () => {
        const { metadata } = manifestOf(await record(() => createTarget({ version: undefined })), "namespace");
        expect(metadata.labels["pod-security.kubernetes.io/enforce-version"]).toBe("latest");
    });

    it.each([
        ["eks.amazonaws.com/v1", "eks.amazonaws.com/pod-readiness-gate-inject"],
        ["elbv2.k8s.aws/v1beta1", "elbv2.k8s.aws/pod-readiness-gate-inject"],
    ] as const)("has %s wait for the balancer before a pod counts as ready", async (targetGroupBindings, label) => {
        const registered = await record(() => createTarget({ targetGroupBindings }));
        expect(manifestOf(registered, "namespace").metadata.labels).toHaveProperty([label], "enabled");
    });

    it("lets nothing talk to anything by itself, both ways", async () => {
        const policy = manifestOf(await record(() => createTarget()), "networkPolicy", "namespace-deny-all");
        expect(policy.spec).toEqual({ podSelector: {}, policyTypes: ["Ingress", "Egress"] });
    });

    it("gives modest limits to containers that name none, and demands no limit of CPU", async () => {
        const [limit] = manifestOf(await record(() => createTarget()), "limitRange").spec.limits;
        expect(limit).toEqual({
            type: "Container",
            defaultRequest: { cpu: "100m", memory: "256Mi", "ephemeral-storage": "1Gi" },
            default: { memory: "256Mi", "ephemeral-storage": "1Gi" },
            max: { memory: "120000Mi" },
        });
    });

    it("has a quota of what all of its workloads say, however late", async () => {
        const registered = await record(() => {
            const { capacity } = createTarget();
            capacity.reserve({ pods: 10, size });
            capacity.reserve({ pods: 5, size: { cpu: 2, memory: 4096 } });
        });
        expect(manifestOf(registered, "quota").spec.hard).toEqual({
            // Two more of the largest size.
            pods: "17",
            "requests.cpu": "19000m",
            "requests.memory": "38912Mi",
            "limits.memory": "38912Mi",
            "requests.ephemeral-storage": "17408Mi",
            "limits.ephemeral-storage": "17408Mi",
            persistentvolumeclaims: "0",
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        });
    });

    it("says so when a workload comes too late for the quota", async () => {
        let late: Promise<void> = Promise.resolve();
        await record(() => {
            const { capacity } = createTarget();
            late = new Promise<void>((resolve) => {
                setImmediate(resolve);
            }).then(() => {
                capacity.reserve({ pods: 1, size });
            });
            // Looked at below.
            late.catch(() => undefined);
        });
        await expect(late).rejects.toThrow("a workload was added after its quota was written");
    });
});

describe("the quota of a namespace", () => {
    const demand = fc.record({
        pods: fc.integer({ min: 1, max: 500 }),
        size: fc.record({
            cpu: fc.constantFrom(0.25, 0.5, 1, 2, 4, 8, 16),
            memory: fc.integer({ min: 128, max: 8192 }),
        }),
    });

    it("holds all workloads at their most, at the same time", () => {
        fc.assert(
            fc.property(fc.array(demand, { maxLength: 6 }), (demands) => {
                const hard = namespaceQuota(demands);
                const cpu = demands.reduce((sum, { pods, size: { cpu: each } }) => sum + pods * each * 1000, 0);
                const memory = demands.reduce((sum, { pods, size: { memory: each } }) => sum + pods * each, 0);
                return (
                    Number(hard["pods"]) >= demands.reduce((sum, { pods }) => sum + pods, 0) &&
                    parseInt(hard["requests.cpu"] ?? "", 10) >= cpu &&
                    parseInt(hard["limits.memory"] ?? "", 10) >= memory
                );
            }),
        );
    });

    it("counts what a rolling update adds, and the pods that it has told to stop", () => {
        expect(podsAtMost(24)).toBe(24 + 6 + 24);
        expect(podsAtMost(1)).toBe(3);
    });
});

describe("a disruption budget", () => {
    it.each([
        // A lone pod, and one that is not there, must not keep a node.
        [0, 1, 1],
        [1, 1, 1],
        [3, 2, 1],
        [39, 25, 3],
        // A tenth would be four, and one can be spared.
        [40, 39, 1],
        [2, 2, 0],
        [2, 3, 0],
    ])("of at least %i pods, of which %i are needed, lets %i go", (minimum, needed, budget) => {
        expect(disruptionBudget({ minimum, needed })).toBe(budget);
    });

    it("never lets so many go that too few are left, where it lets any go at all", () => {
        fc.assert(
            fc.property(fc.integer({ min: 2, max: 5_000 }), fc.integer({ min: 0, max: 5_000 }), (minimum, needed) => {
                const budget = disruptionBudget({ minimum, needed });
                return budget === 0 ? needed >= minimum : minimum - budget >= needed;
            }),
        );
    });
});
