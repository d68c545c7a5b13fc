import { spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import { bundlePacks, cleanUp, findings, open, packs, preview, root } from "./judged";

jest.setTimeout(180_000);
beforeAll(bundlePacks);
afterAll(cleanUp);

const only = (...rules: string[]): object => ({
    all: "disabled",
    ...Object.fromEntries(rules.map((rule) => [rule, "mandatory"])),
});
const ONLY_RELATIONS = [
    only("nat-per-az", "rds-multi-az", "rds-replica-other-az", "az-loss-capacity", "ecs-min-tasks", "exemptions"),
    only("rds-encrypted", "exemptions"),
];

/** One NAT gateway for two zones, and a database on its own. */
function oneOfEach(): void {
    const vpc = new aws.ec2.Vpc("vpc", { cidrBlock: "10.0.0.0/16" });
    const subnet = (name: string, zone: string, block: string): aws.ec2.Subnet =>
        new aws.ec2.Subnet(name, { vpcId: vpc.id, cidrBlock: block, availabilityZone: zone });
    const front = subnet("public", "eu-central-1a", "10.0.0.0/24");
    const nat = new aws.ec2.NatGateway("nat", { subnetId: front.id, connectivityType: "private" });
    ["a", "b"].forEach((zone, index) => {
        const inner = subnet(`private-${zone}`, `eu-central-1${zone}`, `10.0.${index + 1}.0/24`);
        const table = new aws.ec2.RouteTable(`table-${zone}`, { vpcId: vpc.id });
        new aws.ec2.Route(`out-${zone}`, {
            routeTableId: table.id,
            destinationCidrBlock: "0.0.0.0/0",
            natGatewayId: nat.id,
        });
        new aws.ec2.RouteTableAssociation(`association-${zone}`, { subnetId: inner.id, routeTableId: table.id });
    });
    new aws.rds.Instance("db", {
        engine: "postgres",
        instanceClass: "db.t4g.micro",
        allocatedStorage: 20,
        storageEncrypted: true,
    });
}

const exemption = (rule: string, type: string, name: string, expires: string): string =>
    `  - { rule: ${rule}, resource: "urn:pulumi:dev::shop::${type}::${name}", stacks: [dev], reason: a saving, owner: team, ticket: T-1, expires: ${expires} }\n`;

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test("a program with single points of failure is stopped in preview, by a resource rule and by a relation", async () => {
    const result = await preview(oneOfEach, { config: ONLY_RELATIONS });
    expect(result.ok).toBe(false);
    expect(result.exitCode).not.toBe(0);
    expect(findings(result)).toEqual(["mandatory nat-per-az nat", "mandatory rds-multi-az db"]);
    const nat = result.policy.find(({ policy }) => policy === "nat-per-az");
    expect(nat?.message).toMatch(
        /subnetId is in eu-central-1a, but subnets in other zones route through it: private-b \(eu-central-1b\)/,
    );
    expect(nat?.severity).toBe("high");
});

test("exemptions beside the program let it through and show in the output", async () => {
    const exemptions =
        "exemptions:\n" +
        exemption("nat-per-az", "aws:ec2/natGateway:NatGateway", "nat", inDays(30)) +
        exemption("rds-multi-az", "aws:rds/instance:Instance", "db", inDays(30));
    const result = await preview(oneOfEach, { config: ONLY_RELATIONS, exemptions });
    expect(result.ok).toBe(true);
    expect(findings(result)).toEqual(["advisory nat-per-az nat", "advisory rds-multi-az db"]);
    for (const { message } of result.policy) {
        expect(message).toMatch(/^exempted until \d{4}-\d\d-\d\d \(a saving; team, T-1\): /);
    }
});

test("an expired exemption and one that is no longer needed stop it", async () => {
    const exemptions =
        "exemptions:\n" +
        exemption("nat-per-az", "aws:ec2/natGateway:NatGateway", "nat", inDays(30)) +
        exemption("rds-multi-az", "aws:rds/instance:Instance", "db", "2020-01-01") +
        exemption("ecs-min-tasks", "aws:ecs/service:Service", "gone", inDays(30));
    const result = await preview(oneOfEach, { config: ONLY_RELATIONS, exemptions });
    expect(result.ok).toBe(false);
    const complaints = result.policy.filter(({ policy }) => policy === "exemptions").map(({ message }) => message);
    expect(complaints).toEqual(
        expect.arrayContaining([
            expect.stringMatching(/entry 2 .* expired on 2020-01-01/),
            expect.stringMatching(/entry 3 .* matches no finding in stack dev/),
        ]),
    );
    expect(complaints).toHaveLength(2);
});

test("an exemption of what the update makes known lets the update end well, and the next preview asks for its removal", async () => {
    const exemptions = "exemptions:\n" + exemption("rds-multi-az", "aws:rds/instance:Instance", "db", inDays(30));
    const stack = await open(
        () => {
            const parameter = new aws.ssm.Parameter("switch", { type: "String", value: "true" });
            new aws.rds.Instance("db", {
                engine: "postgres",
                instanceClass: "db.t4g.micro",
                allocatedStorage: 20,
                multiAz: parameter.arn.apply((arn) => arn !== ""),
                storageEncrypted: true,
            });
        },
        { config: ONLY_RELATIONS, exemptions },
    );
    const first = await stack.preview();
    expect(findings(first)).toEqual(["advisory rds-multi-az db"]);
    const update = await stack.up();
    expect(findings(update)).toEqual([]);
    expect(update.ok).toBe(true);
    const next = await stack.preview();
    expect(next.policy.map(({ message }) => message)).toEqual([
        expect.stringMatching(/entry 1 .* matches no finding in stack dev/),
    ]);
});

test("a read replica is not asked for a standby, and two of them are asked for two zones", async () => {
    const result = await preview(
        () => {
            const primary = new aws.rds.Instance("primary", {
                engine: "postgres",
                instanceClass: "db.r7g.large",
                allocatedStorage: 20,
                multiAz: true,
                storageEncrypted: true,
                backupRetentionPeriod: 7,
            });
            for (const name of ["one", "two"]) {
                new aws.rds.Instance(name, {
                    replicateSourceDb: primary.identifier,
                    instanceClass: "db.r7g.large",
                    availabilityZone: "eu-central-1a",
                });
            }
        },
        { config: ONLY_RELATIONS },
    );
    expect(findings(result)).toEqual(["mandatory rds-replica-other-az one"]);
});

test("a value that is unknown in preview is reported as undetermined, and hides no other finding", async () => {
    const result = await preview(
        () => {
            const parameter = new aws.ssm.Parameter("switch", { type: "String", value: "true" });
            new aws.rds.Instance("db", {
                engine: "postgres",
                instanceClass: "db.t4g.micro",
                allocatedStorage: 20,
                multiAz: parameter.arn.apply((arn) => arn !== ""),
                storageEncrypted: false,
            });
        },
        { config: ONLY_RELATIONS },
    );
    expect(findings(result)).toEqual(["mandatory rds-encrypted db", "mandatory rds-multi-az db"]);
    expect(result.policy.find(({ policy }) => policy === "rds-multi-az")?.message).toMatch(
        /^undetermined: multiAz is not known in preview/,
    );
});

test("where a provider's own configuration is unknown, stack rules judge the recorded inputs", async () => {
    const result = await preview(
        () => {
            const parameter = new aws.ssm.Parameter("region", { type: "String", value: "eu-west-1" });
            const provider = new aws.Provider("later", {
                region: parameter.arn.apply(() => "eu-west-1"),
            });
            new aws.ecs.Service("web", { desiredCount: 1, cluster: "main", taskDefinition: "web:1" }, { provider });
        },
        { config: ONLY_RELATIONS },
    );
    expect(findings(result)).toEqual(["mandatory az-loss-capacity web", "mandatory ecs-min-tasks web"]);
});

test("a misspelt rule in the configuration stops the run, even with everything else switched off", async () => {
    const config = [{ all: "disabled", "rds-mutli-az": "mandatory" }, { all: "disabled" }];
    const result = await preview(oneOfEach, { config });
    expect(result.ok).toBe(false);
    expect(result.policy).toEqual([
        expect.objectContaining({
            policy: "configuration",
            level: "mandatory",
            message: expect.stringMatching(/`rds-mutli-az` is not a rule of this pack/) as string,
        }),
    ]);
});

test("remediation changes the one flag of the program's resource, and the rest stays", async () => {
    const stack = await open(
        () => {
            new aws.kms.Key("data", { description: "data", enableKeyRotation: false });
        },
        {
            packs: [packs[1] as string],
            config: [{ all: "disabled", "kms-rotation": "remediate" }],
        },
    );
    const result = await stack.preview();
    const key = result.steps.find(({ type }) => type === "aws:kms/key:Key");
    expect(key?.inputs).toMatchObject({ description: "data", enableKeyRotation: true });
    expect(result.policy.filter(({ level }) => level === "mandatory")).toEqual([]);
});

test("the same packs judge a state file, without a program and an account", async () => {
    const stack = await open(oneOfEach, { packs: [] });
    expect((await stack.up()).ok).toBe(true);
    const folder = mkdtempSync(join(tmpdir(), "state-"));
    const state = join(folder, "state.json");
    writeFileSync(state, JSON.stringify(await stack.exportState()));
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- found at run time, as the offline engine finds it
    const { findCli } = require("../../../offline/runner/engine") as { findCli: () => string };
    const config = join(folder, "pack.json");
    writeFileSync(config, JSON.stringify(ONLY_RELATIONS[0]));
    const { stdout, stderr, status } = spawnSync(
        findCli(),
        [
            "policy",
            "analyze",
            "--file",
            state,
            "--policy-pack",
            packs[0] as string,
            "--policy-pack-config",
            config,
            "--non-interactive",
        ],
        {
            cwd: folder,
            encoding: "utf8",
            env: {
                PATH: [join(root, "offline", "bin"), process.env["PATH"]].join(":"),
                HOME: folder,
                PULUMI_HOME: join(folder, "home"),
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_CONFIG_PASSPHRASE: "unused",
                HEADROOM_NODE: process.execPath,
            },
        },
    );
    expect(`${stdout}${stderr}`).toMatch(/nat-per-az[\s\S]*route through it: private-b/);
    expect(`${stdout}${stderr}`).toMatch(/rds-multi-az/);
    expect(status).not.toBe(0);
});

test("a pack is one file and loads nothing of its surroundings at start", () => {
    const script = `require(process.argv[1]); setTimeout(() => { console.error(Object.keys(require.cache).length); process.exit(); }, 50);`;
    for (const pack of packs) {
        const { stderr } = spawnSync(process.execPath, ["-e", script, join(pack, "dist", "index.js")], {
            cwd: pack,
            encoding: "utf8",
        });
        expect(Number(stderr.trim())).toBeLessThan(5);
    }
});
