import * as pulumi from "@pulumi/pulumi";
import { ServiceArgs } from "../../components/compute";
import { createEcs, logsKey, serviceArgs, workerArgs } from "../unit/ecs-facts";
import { InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const service = "aws:ecs/service:Service";
const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";

const second = {
    name: "search",
    environment: { SEARCH_HOST: "search.example" },
    secrets: [],
    connections: [{ peer: "search", securityGroupId: "sg-search", port: 9200 }],
    permissions: [],
};
const uses = [...(serviceArgs.uses ?? []), second];

function program(more: Partial<ServiceArgs> = {}, opts?: pulumi.ComponentResourceOptions) {
    return () => {
        const compute = createEcs({ logsKey });
        compute.service("web", { ...serviceArgs, uses, ...more }, opts);
        compute.worker("worker", workerArgs);
    };
}

describe("services on ECS, planned by the engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        expectSuccess(await stack.up(program()));
    });

    afterAll(() => {
        stack.remove();
    });

    it("stay as they are when nothing has changed", async () => {
        expect(await stack.planned(program())).toEqual([]);
    });

    it("stay as they are when bindings and variables are only written in another order", async () => {
        const environment = Object.fromEntries(Object.entries(serviceArgs.environment ?? {}).reverse());
        expect(await stack.planned(program({ uses: [...uses].reverse(), environment }))).toEqual([]);
    });

    it("are deployed with another image by a new task definition, and nothing else is replaced", async () => {
        const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.5.0";
        expect(await stack.planned(program({ image }))).toEqual([
            `create-replacement ${taskDefinition} web`,
            `delete-replaced ${taskDefinition} web`,
            `replace ${taskDefinition} web`,
            `update ${service} web`,
        ]);
    });

    it("leave the number of tasks to scaling: another range changes the range alone", async () => {
        const scaling = { ...serviceArgs.scaling, minimum: 9, maximum: 48 };
        expect(await stack.planned(program({ scaling }))).toEqual(["update aws:appautoscaling/target:Target web"]);
    });

    it("are updated, not replaced, by other capacity providers", async () => {
        const spot: pulumi.ResourceTransform = ({ type, props, opts }) =>
            type === service
                ? {
                      props: {
                          ...props,
                          capacityProviderStrategies: [{ capacityProvider: "FARGATE_SPOT", weight: 1 }],
                      },
                      opts,
                  }
                : undefined;
        expect(await stack.planned(program({}, { transforms: [spot] }))).toEqual([`update ${service} web`]);
    });

    it("open and close one rule on each side with a binding that comes or goes", async () => {
        expect(await stack.planned(program({ uses: serviceArgs.uses }))).toEqual([
            "create-replacement aws:ecs/taskDefinition:TaskDefinition web",
            "delete aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule web-to-search-9200",
            "delete aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule web-to-search-9200",
            "delete-replaced aws:ecs/taskDefinition:TaskDefinition web",
            "replace aws:ecs/taskDefinition:TaskDefinition web",
            `update ${service} web`,
        ]);
    });

    it("leave nothing behind in the state", async () => {
        expectSuccess(await stack.up(program()));
        expectSuccess(await stack.destroy());
        await expect(stack.resources()).resolves.toEqual([]);
    });
});

describe("the task definition in a first preview", () => {
    it("is sized and constrained before anything exists", async () => {
        const stack = new InlineStack();
        try {
            const { steps } = await stack.preview(program());
            const web = steps.find((step) => step.type === taskDefinition && step.name === "web");
            expect(web?.inputs).toMatchObject({ cpu: "1024", memory: "2048", networkMode: "awsvpc" });
            // The policies that need no address of anything new can be judged before they are in force.
            const logs = steps.find((step) => step.name === "web-execution-logs");
            expect(logs?.inputs?.["policy"]).toContain("log-group:/engine-test/test/web/*");
        } finally {
            stack.remove();
        }
    });
});
