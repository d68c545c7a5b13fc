import { WorkerArgs, Workload } from "../../components/compute";
import { createEcs, workerArgs } from "./ecs-facts";
import { record, Registered } from "./harness";

const policyType = "aws:appautoscaling/policy:Policy";

const worker = (more: Partial<WorkerArgs> = {}): Promise<Registered> =>
    record(() => createEcs().worker("worker", { ...workerArgs, ...more }));

describe("a worker on ECS", () => {
    it("lets nobody in and stands behind no balancer", async () => {
        const registered = await worker();
        expect(registered.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual([]);
        const { inputs } = registered.one("aws:ecs/service:Service");
        expect(inputs["loadBalancers"]).toBeUndefined();
        expect(inputs["healthCheckGracePeriodSeconds"]).toBeUndefined();
    });

    it("follows the backlog per task, by metric math", async () => {
        const registered = await worker();
        const configuration = registered.one(policyType).inputs["targetTrackingScalingPolicyConfiguration"] as {
            targetValue: number;
            customizedMetricSpecification: {
                metrics: { id: string; returnData: boolean; expression?: string; metricStat?: unknown }[];
            };
        };
        // 30 s × 5 at a time ÷ 2 s each.
        expect(configuration.targetValue).toBe(75);
        const { metrics } = configuration.customizedMetricSpecification;
        expect(metrics.filter((metric) => metric.returnData).map((metric) => metric.expression)).toEqual([
            "IF(FILL(running,0)<1, visible, visible/FILL(running,1))",
        ]);
        const [visible, running] = metrics;
        expect(visible?.metricStat).toEqual({
            metric: {
                namespace: "AWS/SQS",
                metricName: "ApproximateNumberOfMessagesVisible",
                dimensions: [{ name: "QueueName", value: "jobs-0a1b2c3" }],
            },
            stat: "Maximum",
        });
        expect(running?.metricStat).toMatchObject({
            metric: { namespace: "ECS/ContainerInsights", metricName: "RunningTaskCount" },
            stat: "Average",
        });
    });

    it("may protect its busy tasks from scale-in, and no others", async () => {
        const registered = await worker();
        const policy = registered.one("aws:iam/rolePolicy:RolePolicy", "worker-task-protection").inputs["policy"];
        const cluster = String(registered.one("aws:ecs/cluster:Cluster").inputs["name"]);
        expect(JSON.parse(String(policy))).toMatchObject({
            Statement: [{ Resource: `arn:aws:ecs:eu-central-1:123456789012:task/${cluster}/*` }],
        });
    });

    it("needs no wake-up while one task always runs", async () => {
        const registered = await worker();
        expect(registered.ofType(policyType)).toHaveLength(1);
        expect(registered.ofType("aws:cloudwatch/metricAlarm:MetricAlarm")).toEqual([]);
    });

    it("is woken up from zero tasks by an alarm that is silent while a task runs", async () => {
        const registered = await worker({ scaling: { ...workerArgs.scaling, minimum: 0 } });
        expect(registered.one("aws:ecs/service:Service").inputs["desiredCount"]).toBe(0);
        const policy = registered.one(policyType, "worker-wake-up");
        expect(policy.inputs).toMatchObject({
            policyType: "StepScaling",
            stepScalingPolicyConfiguration: {
                adjustmentType: "ExactCapacity",
                stepAdjustments: [{ metricIntervalLowerBound: "0", scalingAdjustment: 1 }],
            },
        });
        const alarm = registered.one("aws:cloudwatch/metricAlarm:MetricAlarm");
        expect(alarm.inputs["alarmActions"]).toEqual(["arn:aws:mock:eu-central-1:123456789012:worker-wake-up"]);
        const queries = alarm.inputs["metricQueries"] as { expression?: string }[];
        expect(queries.map((query) => query.expression).filter(Boolean)).toEqual(["IF(FILL(running,0)<1, visible, 0)"]);
    });

    it("calls for workers, not for tasks of the service", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = createEcs().worker("worker", workerArgs);
        });
        const steps = workload?.signals.map((signal) => [signal.name, signal.growthStep]);
        expect(steps).toContainEqual(["worker-at-maximum", "add-workers"]);
        expect(steps).toContainEqual(["worker-cpu", "add-workers"]);
    });

    it("does not miss tasks where none need to run", async () => {
        let workload: Workload | undefined;
        await record(() => {
            workload = createEcs().worker("worker", { ...workerArgs, scaling: { ...workerArgs.scaling, minimum: 0 } });
        });
        expect(workload?.signals.map((signal) => signal.name)).not.toContain("worker-tasks-missing");
    });

    it("is refused when messages take longer than the queue hides them", async () => {
        await record(() => {
            const compute = createEcs();
            const create = () =>
                compute.worker("worker", {
                    ...workerArgs,
                    scaling: { ...workerArgs.scaling, processingSeconds: 60, concurrency: 0 },
                });
            expect(create).toThrow(
                "scaling.processingSeconds is 60; allowed: less than the queue's visibilityTimeoutSeconds",
            );
            expect(create).toThrow("scaling.concurrency is 0");
        });
    });
});
