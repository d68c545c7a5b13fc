import { JobArgs } from "../../components/compute";
import { StateResource } from "../../offline/runner/types";
import { createEcs, logsKey, serviceArgs, workerArgs } from "../unit/ecs-facts";
import { InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const invocation = "aws:lambda/invocation:Invocation";
const taskDefinition = "aws:ecs/taskDefinition:TaskDefinition";
const service = "aws:ecs/service:Service";

const jobArgs: JobArgs = {
    image: serviceArgs.image,
    command: ["migrate"],
    size: { cpu: 0.25, memory: 512 },
    uses: serviceArgs.uses,
    logRetentionDays: 30,
};

function program(more: Partial<JobArgs> = {}, image = serviceArgs.image) {
    return () => {
        const compute = createEcs({ logsKey });
        const migrations = compute.job("migrate", { ...jobArgs, image, ...more });
        compute.service("web", { ...serviceArgs, image, after: [migrations] });
        compute.worker("worker", { ...workerArgs, image, after: [migrations] });
    };
}

const dependenciesOf = (resource: StateResource): string[] => (resource["dependencies"] ?? []) as string[];

const replaced = (type: string, name: string): string[] => [
    `create-replacement ${type} ${name}`,
    `delete-replaced ${type} ${name}`,
    `replace ${type} ${name}`,
];

describe("a job on ECS, planned by the engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        expectSuccess(await stack.up(program()));
    });

    afterAll(() => {
        stack.remove();
    });

    it("is not run while nothing of it changes", async () => {
        expect(await stack.planned(program())).toEqual([]);
    });

    it("is not run because it may take longer", async () => {
        expect(await stack.planned(program({ timeoutSeconds: 300 }))).toEqual([
            "update aws:lambda/function:Function migrate-runner",
        ]);
    });

    it("is run with another image, and nothing but task definitions is replaced", async () => {
        const image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:1.5.0";
        expect(await stack.planned(program({}, image))).toEqual(
            [
                ...replaced(invocation, "migrate"),
                ...["migrate", "web", "worker"].flatMap((name) => replaced(taskDefinition, name)),
                ...["web", "worker"].map((name) => `update ${service} ${name}`),
            ].sort(),
        );
    });

    it.each<[string, Partial<JobArgs>]>([
        ["environment", { environment: { LOG_LEVEL: "debug" } }],
        ["size", { size: { cpu: 0.5, memory: 1024 } }],
    ])("is run alone with another %s", async (_what, more) => {
        expect(await stack.planned(program(more))).toEqual(
            [...replaced(invocation, "migrate"), ...replaced(taskDefinition, "migrate")].sort(),
        );
    });

    it("is done before services and workers are touched: they depend on the call", async () => {
        const resources = await stack.resources();
        const call = resources.find(({ type }) => type === invocation);
        const dependants = resources.filter((resource) => dependenciesOf(resource).includes(call?.urn ?? "none"));
        const services = dependants.filter(({ type }) => type === service).map(({ urn }) => urn.split("::").at(-1));
        expect(services.sort()).toEqual(["web", "worker"]);
    });

    it("can be called only when all that it takes is there: roles, rules, log groups", async () => {
        const resources = await stack.resources();
        const call = resources.find(({ type }) => type === invocation);
        const names = call === undefined ? [] : dependenciesOf(call).map((urn) => urn.split("::").at(-1));
        expect(names).toEqual(
            expect.arrayContaining(["migrate-execution-secrets", "migrate-to-cache-6379", "migrate-runner", "compute"]),
        );
    });

    it("leaves nothing behind in the state", async () => {
        expectSuccess(await stack.destroy());
        await expect(stack.resources()).resolves.toEqual([]);
    });
});
