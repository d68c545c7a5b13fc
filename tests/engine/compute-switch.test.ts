import * as path from "node:path";
import { isStateful } from "../../offline/display/stateful";
import { OfflineStack, OperationResult } from "../../offline/stack";
import { cleanUp, expectSuccess, newFolder, open, packs, root } from "./workplace";

afterAll(cleanUp);

type Target = "ecs" | "kubernetes";

/** The stack dev with another compute target, on a state that outlives it. */
const dev = (stateDir: string, compute: Target): Promise<OfflineStack> =>
    open({ cwd: root, stack: "dev", stateDir, config: { "headroom:compute": compute }, policyPacks: packs });

async function on<T>(stateDir: string, compute: Target, act: (stack: OfflineStack) => Promise<T>): Promise<T> {
    const stack = await dev(stateDir, compute);
    try {
        return await act(stack);
    } finally {
        await stack.close();
    }
}

/** What holds data and is deleted or replaced. */
const lost = ({ steps }: OperationResult) =>
    steps
        .filter(({ op, type }) => /delete|replace/.test(op) && isStateful(type))
        .map(({ op, type, name }) => `${op} ${type} ${name}`)
        .sort();

const of = ({ steps }: OperationResult, pattern: RegExp) =>
    steps.filter(({ op, type }) => op !== "same" && pattern.test(type)).map(({ op, name }) => `${op} ${name}`);

/** The way back begins where the way there has ended. */
const stateDir = newFolder();

describe.each([
    ["ecs", "kubernetes"],
    ["kubernetes", "ecs"],
] as const)("a live stack that goes from %s to %s", (from, to) => {
    let planned: OperationResult;

    beforeAll(async () => {
        if (from === "ecs") {
            expectSuccess(await on(stateDir, from, (stack) => stack.up()));
        }
        planned = await on(stateDir, to, (stack) => stack.preview());
    }, 300_000);

    it("is let pass by both packs", () => {
        expectSuccess(planned);
    });

    it("replaces nothing at all, and takes away nothing that holds data but what belongs to the cluster that goes", () => {
        expect(planned.steps.filter(({ op }) => op.includes("replace"))).toEqual([]);
        for (const line of lost(planned)) {
            expect(line).toMatch(
                /^delete (aws:cloudwatch\/logGroup:LogGroup|aws:kms\/key:Key compute-cluster|kubernetes:core\/v1:Namespace) ?/,
            );
        }
    });

    it("leaves database, cache, queues, buckets, balancer and CDN as they are", () => {
        const untouched = /^aws:(rds|elasticache|sqs|s3|lb\/(loadBalancer|listener:|targetGroup)|cloudfront|wafv2|ecr)/;
        expect(of(planned, untouched).filter((step) => !step.startsWith("update"))).toEqual([]);
    });

    it("starts what comes before it stops what goes", async () => {
        const result = await on(stateDir, to, (stack) => stack.up());
        expectSuccess(result);
        const steps = result.steps.map(({ op, type }) => `${op} ${type}`);
        const made = to === "kubernetes" ? "create kubernetes:apps/v1:Deployment" : "create aws:ecs/service:Service";
        const gone = to === "kubernetes" ? "delete aws:ecs/service:Service" : "delete kubernetes:apps/v1:Deployment";
        expect(steps.lastIndexOf(made)).toBeGreaterThan(-1);
        expect(steps.indexOf(gone)).toBeGreaterThan(steps.lastIndexOf(made));
    }, 300_000);

    it("has nothing left to do afterwards", async () => {
        const preview = await on(stateDir, to, (stack) => stack.preview());
        expectSuccess(preview);
        expect(preview.steps.filter(({ op }) => op !== "same" && op !== "read")).toEqual([]);
    }, 120_000);
});

describe("the stack dev-k8s", () => {
    it("shows every object of the cluster in its first preview, while nobody knows where the cluster is", async () => {
        const stack = await open({ cwd: root, stack: "dev-k8s", stateDir: newFolder(), policyPacks: packs });
        const preview = await stack.preview();
        expectSuccess(preview);
        const objects = preview.steps
            .filter(({ type }) => type.startsWith("kubernetes:"))
            .map(({ type, name }) => `${path.basename(type)} ${name}`);
        expect(objects).toEqual(
            expect.arrayContaining([
                expect.stringMatching(/Deployment web$/),
                expect.stringMatching(/Deployment worker$/),
                expect.stringMatching(/Namespace compute$/),
                expect.stringMatching(/NodePool compute-general$/),
                expect.stringMatching(/StorageClass compute-encrypted$/),
                expect.stringMatching(/TargetGroupBinding web/),
                expect.stringMatching(/ScaledObject worker/),
            ]),
        );
    }, 120_000);
});

describe("the stack dev on a cluster that is there already", () => {
    const marker = "said-in-the-kubeconfig-alone";
    const kubeconfig = JSON.stringify({
        "current-context": "platform",
        contexts: [{ name: "platform", context: { cluster: "platform", user: "deployer" } }],
        clusters: [{ name: "platform", cluster: { server: "https://10.0.0.1" } }],
        users: [{ name: "deployer", user: { exec: { command: "aws", args: [marker] } } }],
    });
    const existing = {
        "headroom:compute": "kubernetes",
        "headroom:kubernetes": {
            kubeconfig,
            clusterName: "platform-1",
            nodeSecurityGroupId: "sg-0123456789abcdef0",
            largestNode: "m7g.4xlarge",
        },
    };

    it("makes its workloads there and no cluster, passes both packs, and keeps the kubeconfig to itself", async () => {
        const stack = await open({
            cwd: root,
            stack: "dev",
            stateDir: newFolder(),
            config: existing,
            policyPacks: packs,
        });
        const up = await stack.up();
        expectSuccess(up);
        const types = up.steps.map(({ type }) => type);
        expect(types).toContain("kubernetes:apps/v1:Deployment");
        expect(types.filter((type) => /^aws:eks\/(cluster|addon|nodeGroup|accessEntry)|helm/.test(type))).toEqual([]);
        expect(JSON.stringify(await stack.exportState())).not.toContain(marker);
        expect(JSON.stringify(up)).not.toContain(marker);
        expectSuccess(await stack.destroy());
    }, 180_000);
});
