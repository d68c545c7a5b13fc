import { Secret, unknown, type ValueMap } from "../../../offline/providers/values";
import { StandIns, type Provider } from "./harness";

const queue = "aws:sqs/queue:Queue";
const database = "aws:rds/instance:Instance";
const vpc = "aws:ec2/vpc:Vpc";
const standIns = new StandIns();
let aws: Provider;

beforeAll(async () => {
    await standIns.start();
    aws = await standIns.provider("aws");
});
afterAll(async () => {
    await standIns.dispose();
});

describe("A preview of a creation", () => {
    test("leaves what AWS computes unknown, and keeps what is given and what follows from it", async () => {
        const inputs = { identifier: "main", instanceClass: "db.t4g.micro", engine: "postgres", tags: { a: "b" } };
        const { id, outputs } = await aws.create(database, "db", inputs, true);
        expect(id).toBe("");
        for (const computed of ["arn", "endpoint", "address", "port", "resourceId", "engineVersion", "kmsKeyId"]) {
            expect([computed, outputs[computed]]).toEqual([computed, unknown]);
        }
        expect(outputs).toMatchObject({ ...inputs, region: "eu-central-1", tagsAll: { a: "b" } });
        // Optional settings that AWS does not fill in stay away.
        expect("domain" in outputs).toBe(false);
        expect(standIns.journal()).toBe("");
    });

    test("passes unknown inputs on", async () => {
        const { outputs } = await aws.create(
            queue,
            "jobs",
            { name: "jobs", kmsMasterKeyId: unknown, tags: unknown },
            true,
        );
        expect(outputs["kmsMasterKeyId"]).toBe(unknown);
        expect(outputs["tagsAll"]).toBe(unknown);
    });

    test("leaves computed parts of a given object unknown", async () => {
        const { outputs } = await aws.create(
            "aws:lb/targetGroup:TargetGroup",
            "web",
            { name: "web", healthCheck: { path: "/health" } },
            true,
        );
        expect(outputs["healthCheck"]).toMatchObject({ path: "/health", matcher: unknown });
    });
});

describe("An up", () => {
    test("returns identifiers in the services' own formats, in the partition of the region", async () => {
        const china = await standIns.provider("aws", { region: "cn-north-1" });
        const net = await china.create(vpc, "net-cn", { cidrBlock: "10.0.0.0/16" });
        expect(net.id).toMatch(/^vpc-0[0-9a-f]{16}$/);
        expect(net.outputs["arn"]).toBe(`arn:aws-cn:ec2:cn-north-1:123456789012:vpc/${net.id}`);
        const jobs = await china.create(queue, "jobs-cn", { name: "jobs" });
        expect(jobs.id).toBe("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/jobs");
        const here = await aws.create(database, "db", { identifier: "main", engine: "postgres", instanceClass: "x" });
        expect(here.outputs["endpoint"]).toMatch(/^main\.c\w{11}\.eu-central-1\.rds\.amazonaws\.com:5432$/);
        expect(here.outputs["resourceId"]).toMatch(/^db-[A-Z0-9]{26}$/);
    });

    test("serves a resource that names a region of its own from there", async () => {
        const { outputs } = await aws.create("aws:wafv2/webAcl:WebAcl", "acl", {
            name: "acl",
            scope: "CLOUDFRONT",
            region: "us-east-1",
            defaultAction: { allow: {} },
            visibilityConfig: { cloudwatchMetricsEnabled: true, metricName: "m", sampledRequestsEnabled: true },
        });
        expect(outputs["arn"]).toMatch(/^arn:aws:wafv2:us-east-1:123456789012:global\/webacl\/acl\/[0-9a-f-]{36}$/);
    });

    test("keeps the connections of two provider instances apart", async () => {
        const east = await standIns.provider("aws", { region: "us-east-1" });
        const [there, here] = await Promise.all([
            east.create(queue, "there", { name: "q" }),
            aws.create(queue, "here", { name: "q" }),
        ]);
        expect(there.outputs["arn"]).toBe("arn:aws:sqs:us-east-1:123456789012:q");
        expect(here.outputs["arn"]).toBe("arn:aws:sqs:eu-central-1:123456789012:q");
    });

    test("never returns a write-only value", async () => {
        const inputs = {
            identifier: "wo",
            instanceClass: "x",
            passwordWo: new Secret("hunter2"),
            passwordWoVersion: 1,
        };
        const { outputs } = await aws.create(database, "wo", inputs);
        expect("passwordWo" in outputs).toBe(false);
        expect(outputs["passwordWoVersion"]).toBe(1);
    });

    test("refuses an unknown input", async () => {
        await expect(aws.create(queue, "bad", { name: unknown })).rejects.toThrow(
            '"name" is unknown outside of a preview',
        );
    });
});

describe("An update", () => {
    test("keeps what was computed, changes what follows from an input, and previews just that as unknown", async () => {
        const inputs = { identifier: "first", engine: "postgres", instanceClass: "a" };
        const { id, outputs } = await aws.create(database, "renamed", inputs);
        const renamed = { ...inputs, identifier: "second", instanceClass: "b" };
        const preview = await aws.update(database, "renamed", id, { inputs, outputs }, renamed, true);
        expect(preview).toMatchObject({ endpoint: unknown, arn: unknown, instanceClass: "b" });
        expect(preview["resourceId"]).toBe(outputs["resourceId"]);
        const after = await aws.update(database, "renamed", id, { inputs, outputs }, renamed);
        expect(after["resourceId"]).toBe(outputs["resourceId"]);
        expect(after["endpoint"]).toMatch(/^second\./);
    });

    test("keeps a computed setting that is no longer given", async () => {
        const inputs = { identifier: "kept", engine: "postgres", instanceClass: "a", backupRetentionPeriod: 7 };
        const { id, outputs } = await aws.create(database, "kept", inputs);
        const { backupRetentionPeriod: _, ...without } = inputs;
        const after = await aws.update(database, "kept", id, { inputs, outputs }, without);
        expect(after["backupRetentionPeriod"]).toBe(7);
    });
});

describe("A refresh", () => {
    test("changes nothing, secrets included, and is the same after a restart", async () => {
        const inputs: ValueMap = { name: "/app/key", type: "SecureString", value: new Secret("hunter2") };
        const parameter = "aws:ssm/parameter:Parameter";
        const created = await aws.create(parameter, "key", inputs);
        const state = { inputs, outputs: created.outputs };
        expect(await aws.read(parameter, "key", created.id, state)).toEqual({ id: created.id, ...state });
        await standIns.restart();
        aws = await standIns.provider("aws");
        expect(await aws.read(parameter, "key", created.id, state)).toEqual({ id: created.id, ...state });
        expect((await aws.diff(parameter, "key", inputs, inputs)).changes).toBe("none");
    });

    test("sees what was changed and what was deleted outside of Pulumi", async () => {
        const inputs = { name: "drift", delaySeconds: 1 };
        const { id, outputs } = await aws.create(queue, "drift", inputs);
        await standIns.stop();
        standIns.rewriteJournal((line) =>
            line["urn"] === aws.urn(queue, "drift")
                ? { ...line, inputs: { ...inputs, delaySeconds: 9 }, outputs: { ...outputs, delaySeconds: 9 } }
                : line,
        );
        await standIns.start();
        aws = await standIns.provider("aws");
        const read = await aws.read(queue, "drift", id, { inputs, outputs });
        expect(read.inputs["delaySeconds"]).toBe(9);
        await standIns.stop();
        standIns.rewriteJournal((line) =>
            line["urn"] === aws.urn(queue, "drift") ? { op: "delete", urn: line["urn"], id: line["id"] } : line,
        );
        await standIns.start();
        aws = await standIns.provider("aws");
        expect((await aws.read(queue, "drift", id, { inputs, outputs })).id).toBe("");
    });

    test("trusts the engine's state of what the journal has never seen", async () => {
        const state = { inputs: {}, outputs: { name: "q", arn: "arn:aws:sqs:eu-central-1:1:q" } };
        expect(await aws.read(queue, "elsewhere", "the-url", state)).toEqual({ id: "the-url", ...state });
        await aws.delete(queue, "elsewhere", "the-url", state.outputs);
        expect((await aws.read(queue, "elsewhere", "the-url", state)).id).toBe("");
    });
});

describe("Reading something that the engine does not know", () => {
    test("finds a resource of the journal by its id, whatever its URN", async () => {
        const { id, outputs } = await aws.create(vpc, "imported", { cidrBlock: "10.9.0.0/16" });
        const read = await aws.read(vpc, "other-name", id);
        expect(read.inputs).toEqual({ cidrBlock: "10.9.0.0/16" });
        expect(read.outputs).toEqual(outputs);
    });

    test("answers from the fixtures, else from the id itself", async () => {
        await standIns.restart({
            fixtures: { resources: [{ type: vpc, id: "vpc-1", properties: { cidrBlock: "10.1.0.0/16" } }] },
        });
        aws = await standIns.provider("aws");
        const fixed = await aws.read(vpc, "fixed", "vpc-1");
        expect(fixed.inputs).toEqual({ cidrBlock: "10.1.0.0/16" });
        expect(fixed.outputs["arn"]).toBe("arn:aws:ec2:eu-central-1:123456789012:vpc/vpc-1");
        // A `get` sends what is given to narrow the search as inputs and as state.
        const given = { inputs: { tags: { a: "b" } }, outputs: { tags: { a: "b" } } };
        const bucket = await aws.read("aws:s3/bucket:Bucket", "b", "my-bucket", given);
        expect(bucket.outputs).toMatchObject({ bucket: "my-bucket", arn: "arn:aws:s3:::my-bucket" });
    });
});

describe("A deletion", () => {
    test("is refused while deletion protection is on, and works after it is off", async () => {
        const inputs = { identifier: "safe", instanceClass: "x", deletionProtection: true };
        const { id, outputs } = await aws.create(database, "safe", inputs);
        await expect(aws.delete(database, "safe", id, outputs)).rejects.toThrow("deletion protection is enabled");
        await aws.delete(database, "safe", id, { ...outputs, deletionProtection: false });
        expect((await aws.read(database, "safe", id, { inputs, outputs })).id).toBe("");
        // Twice is no error: it is gone.
        await aws.delete(database, "safe", id, outputs);
    });

    test("of a load balancer names the setting that protects it", async () => {
        const balancer = "aws:lb/loadBalancer:LoadBalancer";
        const { id, outputs } = await aws.create(balancer, "lb", { name: "lb", enableDeletionProtection: true });
        await expect(aws.delete(balancer, "lb", id, outputs)).rejects.toThrow("enableDeletionProtection");
    });
});
