/** What a stack survives, from the state that the real engine leaves, and what the pack says of the same program. */
import * as aws from "@pulumi/aws";
import { survivalOfResources, survivalTable } from "../../../policies/shared/survival-report";
import { bundlePacks, cleanUp, open, packs } from "./judged";

jest.setTimeout(180_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

/** A service of which six tasks run in three zones, with a database and one replica. */
function shop(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnets = ["a", "b", "c"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }),
    );
    const cluster = new aws.ecs.Cluster("cluster");
    const web = new aws.ecs.Service("web", {
        cluster: cluster.arn,
        taskDefinition: "web:1",
        launchType: "FARGATE",
        desiredCount: 9,
        networkConfiguration: { subnets: subnets.map(({ id }) => id) },
        tags: { NeededCapacity: "5" },
    });
    new aws.appautoscaling.Target("web", {
        serviceNamespace: "ecs",
        scalableDimension: "ecs:service:DesiredCount",
        resourceId: web.id.apply((id) => id.split(":").at(-1) ?? id),
        minCapacity: 6,
        maxCapacity: 20,
    });
    const db = new aws.rds.Instance("db", {
        engine: "postgres",
        instanceClass: "db.m7g.large",
        allocatedStorage: 20,
        multiAz: true,
        backupRetentionPeriod: 7,
    });
    new aws.rds.Instance("db-reader", { replicateSourceDb: db.identifier, instanceClass: "db.m7g.large" });
}

test("a state file says what the pack says in preview, and what the database keeps", async () => {
    const [pack = ""] = packs;
    const stack = await open(shop, { packs: [pack], config: [{ all: "disabled", "az-loss-capacity": "advisory" }] });
    const previewed = await stack.preview();
    const updated = await stack.up();
    expect(updated.ok).toBe(true);

    const { deployment } = await stack.exportState();
    const tiers = survivalOfResources(deployment.resources ?? []);
    const web = tiers.find(({ name }) => name === "web");
    expect(web).toMatchObject({
        floor: 6,
        zones: { names: ["eu-central-1a", "eu-central-1b", "eu-central-1c"], sure: true },
        need: 5,
        losses: { unit: { left: 5 }, node: { left: 5 }, zone: { best: { left: 4 }, worst: { left: 4 } } },
        verdict: "short",
    });
    for (const { policy } of [previewed, updated]) {
        const said = policy.filter(({ policy: rule }) => rule === "az-loss-capacity").map(({ message }) => message);
        expect(said).toHaveLength(1);
        expect(said[0]).toContain(web?.sentence.replace(/\.$/, ""));
    }
    expect(tiers.find(({ name }) => name === "db")).toMatchObject({
        floor: 3,
        writers: { before: 1, afterZone: 1 },
        readers: { before: 1, afterUnit: 0 },
        verdict: "ok",
    });
    expect(survivalTable(tiers, "markdown")).toMatch(/^\| web \| 6 tasks \| eu-central-1a, .* \| short \|$/m);
});
