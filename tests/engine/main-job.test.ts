import { OfflineStack } from "../../offline/stack";
import { changes, cleanUp, expectSuccess, newFolder, open, packs, root } from "./workplace";

afterAll(cleanUp);

const stacks = ["dev", "dev-k8s", "staging", "prod"];

describe("the architecture on the offline engine", () => {
    it.each(stacks)(
        "%s is planned and passes both packs",
        async (stack) => {
            const preview = await (await open({ cwd: root, stack, policyPacks: packs })).preview();
            expectSuccess(preview);
            expect(Object.keys(preview.policyPacks)).toHaveLength(2);
            expect(changes(preview).length).toBeGreaterThan(150);
        },
        120_000,
    );

    it("shows dev's savings as exempted findings, not as silence", async () => {
        const preview = await (await open({ cwd: root, stack: "dev", policyPacks: packs })).preview();
        const exempted = preview.policy.filter((finding) => finding.message.startsWith("exempted"));
        const rules = new Set(exempted.map((finding) => finding.policy));
        expect([...rules]).toEqual(expect.arrayContaining(["nat-per-az", "rds-multi-az"]));
    }, 120_000);
});

describe("a life of prod", () => {
    const stateDir = newFolder();
    const prod = (config: Record<string, string | number | boolean> = {}): Promise<OfflineStack> =>
        open({ cwd: root, stack: "prod", stateDir, config });

    it("begins with an update that creates everything", async () => {
        const stack = await prod();
        const up = await stack.up();
        expectSuccess(up);
        expect(new Set(up.steps.map((step) => step.op))).toEqual(new Set(["create"]));
        expect(up.outputs["url"]).toBe("https://shop.example.com");
    }, 180_000);

    it("changes nothing in a second update", async () => {
        const again = await (await prod()).up();
        expectSuccess(again);
        expect(changes(again)).toEqual([]);
    }, 120_000);

    it("changes nothing in a refresh", async () => {
        const refresh = await (await prod()).refresh();
        expectSuccess(refresh);
        expect(changes(refresh)).toEqual([]);
    }, 120_000);

    it("follows a changed setting in place", async () => {
        const up = await (await prod({ "web.minimum": 12, "database.instanceClass": "db.r7g.2xlarge" })).up();
        expectSuccess(up);
        // Task definitions are immutable: another one is made when a number in their environment changes, as that of the
        // connections which the class has room for. Nothing else is.
        const others = changes(up).filter((change) => !/^update |aws:ecs\/taskDefinition:/.test(change));
        expect(others).toEqual([]);
        expect(changes(up).join("\n")).toContain("update aws:rds/instance:Instance");
        expect(changes(up).join("\n")).toContain("update aws:appautoscaling/target:Target");
    }, 120_000);

    it("announces a setting that would replace the database", async () => {
        const preview = await (await prod({ "database.name": "another" })).preview();
        expectSuccess(preview);
        const primary = preview.steps.find(
            (step) =>
                step.type === "aws:rds/instance:Instance" &&
                step.op.includes("replace") &&
                step.keys?.includes("dbName"),
        );
        expect(primary?.name).toBe("database-primary");
    }, 120_000);

    it("is not destroyed while it is protected", async () => {
        const result = await (await prod()).destroy();
        expect(result.exitCode).not.toBe(0);
        expect(result.diagnostics.map((diagnostic) => diagnostic.message).join("\n")).toMatch(/deletion protection/i);
    }, 120_000);

    it("ends with an empty state once its protection is lifted", async () => {
        const stack = await prod({ deletionProtection: false });
        expectSuccess(await stack.up());
        expectSuccess(await stack.destroy());
        expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
        expect(stack.cloud()).toEqual([]);
    }, 240_000);
});

/** Types that hold what cannot be made again. */
const stateful =
    /^aws:(rds\/instance|elasticache\/replicationGroup|s3\/bucket|kms\/key|sqs\/queue|ecr\/repository|secretsmanager\/secret|cloudwatch\/logGroup|ec2\/vpc|ec2\/subnet):/;

describe("moving up the stages", () => {
    it("replaces and deletes nothing that holds data", async () => {
        const stateDir = newFolder();
        for (const stage of ["start", "grow", "scale", "global"]) {
            const up = await (await open({ cwd: root, stack: "prod", stateDir, config: { stage } })).up();
            expectSuccess(up);
            const lost = up.steps.filter((step) => stateful.test(step.type) && /replace|delete/.test(step.op));
            expect(lost.map((step) => `${stage}: ${step.op} ${step.name}`)).toEqual([]);
        }
    }, 300_000);
});
