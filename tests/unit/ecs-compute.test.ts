import { createCompute } from "../../components/create-compute";
import { EcsCompute } from "../../components/ecs/ecs-compute";
import { metricsOf } from "../../components/signal";
import { createEcs, logsKey, network } from "./ecs-facts";
import { record } from "./harness";
import { missingRunbooks } from "./runbooks";

const logGroup = "aws:cloudwatch/logGroup:LogGroup";

describe("ECS compute", () => {
    it("watches its containers with enhanced Container Insights", async () => {
        const registered = await record(() => createEcs());
        expect(registered.one("aws:ecs/cluster:Cluster").inputs["settings"]).toEqual([
            { name: "containerInsights", value: "enhanced" },
        ]);
    });

    it("offers Fargate and Fargate Spot, and starts on demand what does not say where", async () => {
        const registered = await record(() => createEcs());
        expect(registered.one("aws:ecs/clusterCapacityProviders:ClusterCapacityProviders").inputs).toMatchObject({
            capacityProviders: ["FARGATE", "FARGATE_SPOT"],
            defaultCapacityProviderStrategies: [{ capacityProvider: "FARGATE", base: 1, weight: 1 }],
        });
    });

    it("encrypts and logs the shells that are opened in containers", async () => {
        const registered = await record(() => createEcs());
        const shells = registered.one(logGroup, "compute-shells");
        expect(registered.one("aws:ecs/cluster:Cluster").inputs["configuration"]).toEqual({
            executeCommandConfiguration: {
                kmsKeyId: logsKey.arn,
                logging: "OVERRIDE",
                logConfiguration: { cloudWatchEncryptionEnabled: true, cloudWatchLogGroupName: shells.inputs["name"] },
            },
        });
    });

    it("owns every log group that ECS writes to: with an end, a key and tags", async () => {
        const registered = await record(() => createEcs({ logRetentionDays: 90 }));
        const groups = registered.ofType(logGroup);
        expect(groups.map((group) => group.name).sort()).toEqual([
            "compute-events",
            "compute-insights",
            "compute-shells",
        ]);
        for (const { name, inputs } of groups) {
            expect(inputs).toMatchObject({
                retentionInDays: 90,
                kmsKeyId: logsKey.arn,
                tags: { project: "shop", Name: name },
            });
        }
    });

    it("gives Container Insights' log group the name under which ECS looks for it", async () => {
        const registered = await record(() => createEcs());
        const clusterName = String(registered.one("aws:ecs/cluster:Cluster").inputs["name"]);
        expect(registered.one(logGroup, "compute-insights").inputs["name"]).toBe(
            `/aws/ecs/containerinsights/${clusterName}/performance`,
        );
    });

    it("keeps why its tasks stopped", async () => {
        const registered = await record(() => createEcs());
        const rule = registered.one("aws:cloudwatch/eventRule:EventRule", "compute-events");
        expect(JSON.parse(String(rule.inputs["eventPattern"]))).toMatchObject({
            source: ["aws.ecs"],
            $or: [
                { "detail-type": ["ECS Task State Change"], detail: { lastStatus: ["STOPPED"] } },
                { "detail-type": ["ECS Service Action"], detail: { eventType: ["WARN", "ERROR"] } },
            ],
        });
        const policy = registered.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").inputs["policyDocument"];
        const [statement] = (JSON.parse(String(policy)) as { Statement: { Resource: string }[] }).Statement;
        const pattern = statement?.Resource ?? "";
        const events = String(registered.one(logGroup, "compute-events").inputs["name"]);
        expect(pattern).toBe("arn:aws:logs:eu-central-1:123456789012:log-group:/headroom/test/compute/events/*");
        expect(events.startsWith("/headroom/test/compute/events/")).toBe(true);
    });

    it("encrypts the tasks' storage with a key of its own where one is given", async () => {
        const registered = await record(() => createEcs({ storageKey: { arn: "arn:key/storage" } }));
        expect(registered.one("aws:ecs/cluster:Cluster").inputs["configuration"]).toMatchObject({
            managedStorageConfiguration: { fargateEphemeralStorageKmsKeyId: "arn:key/storage" },
        });
    });

    it("tells when the account's quota is nearly used up", async () => {
        let signal: EcsCompute["signals"][number] | undefined;
        await record(() => {
            [signal] = createEcs().signals;
        });
        expect(missingRunbooks(signal === undefined ? [] : [signal])).toEqual([]);
        expect(signal?.growthStep).toBe("add-tasks");
        expect(signal && metricsOf(signal.metric)["usage"]?.namespace).toBe("AWS/Usage");
    });

    it("refuses bad arguments before it registers any resource, all at once", async () => {
        const registered = await record(() => {
            const create = () => createEcs({ logRetentionDays: 31, network: { ...network, privateSubnets: [] } });
            expect(create).toThrow('EcsCompute "compute": 2 problems');
            expect(create).toThrow("logRetentionDays is 31; allowed: one of 1, 3, 5");
            expect(create).toThrow("network.privateSubnets");
        });
        expect(registered.resources.filter((resource) => !resource.component)).toEqual([]);
    });
});

describe("the factory of compute targets", () => {
    it("makes the target that is asked for", async () => {
        await record(() => {
            expect(createCompute("compute", { kind: "ecs", network, logsKey })).toBeInstanceOf(EcsCompute);
        });
    });
});
