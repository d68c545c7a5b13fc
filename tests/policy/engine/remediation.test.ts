import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { OperationResult } from "../../../offline/stack";
import { bundlePacks, cleanUp, open, packs } from "./judged";

jest.setTimeout(240_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

const SECRET = "hunter2-correct-horse";
const remediate = (...rules: string[]): object => ({
    all: "disabled",
    ...Object.fromEntries(rules.map((rule) => [rule, "remediate"])),
});
const CONFIG = [
    remediate(
        "lb-cross-zone",
        "lb-deletion-protection",
        "ecs-circuit-breaker",
        "rds-deletion-protection",
        "kms-deletion-window",
    ),
    remediate("sqs-sse", "kms-rotation", "lb-tls-policy"),
];

/** One resource for each rule that mends, with secrets and values that are not known in a first preview. */
function program(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnets = ["a", "b"].map(
        (zone, index) =>
            new aws.ec2.Subnet(`subnet-${zone}`, {
                vpcId: vpc.id,
                cidrBlock: `10.0.${index}.0/24`,
                availabilityZone: `eu-central-1${zone}`,
            }),
    );
    const balancer = new aws.lb.LoadBalancer("network", {
        loadBalancerType: "network",
        subnets: subnets.map(({ id }) => id),
        tags: { name: "network" },
    });
    const group = new aws.lb.TargetGroup("group", { port: 443, protocol: "TLS", vpcId: vpc.id, targetType: "ip" });
    new aws.lb.Listener("listener", {
        loadBalancerArn: balancer.arn,
        port: 443,
        protocol: "TLS",
        certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/1",
        defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
    });
    new aws.ecs.Service("web", {
        cluster: "main",
        taskDefinition: "web:1",
        desiredCount: 2,
        deploymentCircuitBreaker: { enable: true, rollback: false },
        loadBalancers: [{ targetGroupArn: group.arn, containerName: "web", containerPort: 443 }],
    });
    const key = new aws.kms.Key("data", { description: "data", deletionWindowInDays: 7 });
    new aws.rds.Instance("db", {
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        username: "app",
        password: pulumi.secret(SECRET),
        storageEncrypted: true,
        kmsKeyId: key.arn,
    });
    new aws.sqs.Queue("jobs", { sqsManagedSseEnabled: false });
}

/** What is mended, by resource. */
const MENDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    network: { enableCrossZoneLoadBalancing: true, enableDeletionProtection: true },
    listener: { sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" },
    web: { deploymentCircuitBreaker: { enable: true, rollback: true } },
    data: { deletionWindowInDays: 30, enableKeyRotation: true },
    db: { deletionProtection: true },
    jobs: { sqsManagedSseEnabled: true },
};

const inputsByName = ({ steps }: OperationResult): Readonly<Record<string, Record<string, unknown>>> =>
    Object.fromEntries(steps.map(({ urn, inputs }) => [urn.split("::").at(-1) ?? "", { ...inputs }]));

test("a first preview with all remediations differs from one without in the mended properties only", async () => {
    const plain = await (await open(program, { packs: [] })).preview();
    const mended = await (await open(program, { packs, config: CONFIG })).preview();
    expect(mended.ok).toBe(true);
    const [before, after] = [inputsByName(plain), inputsByName(mended)];
    expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
    // Names that the provider makes up are others in each preview.
    const named = (inputs: object | undefined): unknown =>
        JSON.parse(JSON.stringify(inputs).replace(/-[0-9a-f]{7}"/g, '-random"')) as unknown;
    for (const [name, inputs] of Object.entries(before)) {
        expect([name, named(after[name])]).toEqual([name, named({ ...inputs, ...MENDED[name] })]);
    }
    expect(JSON.stringify(mended)).not.toContain(SECRET);
});

test("what exists is mended in place: no remediation replaces a resource, and a second update changes nothing", async () => {
    const stateDir = mkdtempSync(join(tmpdir(), "remediation-"));
    const stack = await open(program, { packs: [], stateDir });
    expect((await stack.up()).ok).toBe(true);
    await stack.close();
    const mending = await open(program, { packs, config: CONFIG, stateDir });
    const planned = await mending.preview();
    expect(
        Object.fromEntries(
            planned.steps
                .filter(({ op }) => op !== "same")
                .map(({ urn, op, diffs }) => [urn.split("::").at(-1), { op, diffs: [...(diffs ?? [])].sort() }]),
        ),
    ).toEqual(
        Object.fromEntries(
            Object.entries(MENDED).map(([name, properties]) => [
                name,
                { op: "update", diffs: Object.keys(properties).sort() },
            ]),
        ),
    );
    expect((await mending.up()).ok).toBe(true);
    const again = await mending.preview();
    expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
});
