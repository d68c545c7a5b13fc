import proto from "@pulumi/pulumi/proto/provider_pb";
import { asText, Secret, unknown } from "../../../offline/providers/values";
import { StandIns, type Provider } from "./harness";

const { Mode } = proto.CheckRequest.AutonamingOptions;
const database = "aws:rds/instance:Instance";
const service = "aws:ecs/service:Service";
const standIns = new StandIns();
let aws: Provider;

beforeAll(async () => {
    await standIns.start();
    aws = await standIns.provider("aws");
});
afterAll(async () => {
    await standIns.dispose();
});

describe("A check", () => {
    test("reports a missing, an unknown, a mistyped and a nested problem all at once, each with its path and the resource's name", async () => {
        const { failures } = await aws.check(service, "web", {
            desiredCount: "many",
            networkConfiguration: { subnet: ["subnet-1"], assignPublicIp: {} },
            loadBalancers: [{ containerName: "web" }],
            lanchType: "FARGATE",
        });
        const byPath = Object.fromEntries(failures.map((failure) => [failure.property, failure.reason]));
        expect(byPath).toEqual({
            desiredCount: `Property "desiredCount" of "web" (${service}) must be a number, not a string.`,
            "networkConfiguration.subnets": `Missing required property "networkConfiguration.subnets" of "web" (${service}).`,
            "networkConfiguration.subnet": `Unknown property "networkConfiguration.subnet" of "web" (${service}). Did you mean "subnets"?`,
            "networkConfiguration.assignPublicIp": `Property "networkConfiguration.assignPublicIp" of "web" (${service}) must be true or false, not an object.`,
            "loadBalancers[0].containerPort": `Missing required property "loadBalancers[0].containerPort" of "web" (${service}).`,
            lanchType: `Unknown property "lanchType" of "web" (${service}). Did you mean "launchType"?`,
        });
    });

    test("refuses a list where one value is declared and one value where a list is declared", async () => {
        const { failures } = await aws.check(database, "db", {
            instanceClass: ["db.t4g.micro"],
            vpcSecurityGroupIds: "sg-1",
        });
        expect(failures.map((failure) => failure.property).sort()).toEqual(["instanceClass", "vpcSecurityGroupIds"]);
    });

    test("accepts what Pulumi converts, unknowns of any type, secrets and nulls", async () => {
        const { failures } = await aws.check(database, "db", {
            instanceClass: unknown,
            allocatedStorage: "20",
            multiAz: "true",
            password: new Secret("hunter2"),
            vpcSecurityGroupIds: unknown,
            tags: { count: 3 },
            domain: null,
        });
        expect(failures).toEqual([]);
    });

    test("never shows a value in its message", async () => {
        const { failures } = await aws.check(database, "db", {
            instanceClass: "db.t4g.micro",
            password: new Secret({ deep: "hunter2" }),
        });
        expect(failures).toHaveLength(1);
        expect(JSON.stringify(failures)).not.toContain("hunter2");
    });

    test("refuses a type that the package does not have, with the nearest ones", async () => {
        const { failures } = await aws.check("aws:rds/instance:Instanze", "db", {});
        expect(failures).toHaveLength(1);
        expect(failures[0]?.reason).toContain('Unknown resource type "aws:rds/instance:Instanze" of @pulumi/aws');
        expect(failures[0]?.reason).toContain('"aws:rds/instance:Instance"');
    });

    test("keeps secrets secret", async () => {
        const { inputs } = await aws.check(database, "db", {
            instanceClass: "db.t4g.micro",
            password: new Secret("hunter2"),
        });
        expect(inputs["password"]).toEqual(new Secret("hunter2"));
    });

    test("turns an IAM policy that is given as an object into JSON text", async () => {
        const policy = { Version: "2012-10-17", Statement: [] };
        const { inputs, failures } = await aws.check("aws:iam/policy:Policy", "p", { policy });
        expect(failures).toEqual([]);
        expect(JSON.parse(asText(inputs["policy"]))).toEqual(policy);
    });
});

describe("The configuration of the aws provider", () => {
    test("needs a region, and says how to set one", async () => {
        const problems = await aws.checkConfig({});
        expect(problems).toHaveLength(1);
        expect(problems[0]).toContain('"aws:region"');
    });

    test("is refused with the nearest name where a setting is unknown", async () => {
        const problems = await aws.checkConfig({ region: "eu-central-1", defaultTag: "{}" });
        expect(problems).toEqual(['Unknown property "defaultTag" of provider aws. Did you mean "defaultTags"?']);
    });
});

describe("A generated name", () => {
    const name = async (type: string, resource: string, inputs = {}, property = "name"): Promise<unknown> => {
        const answer = await aws.check(type, resource, inputs);
        expect(answer.failures).toEqual([]);
        return answer.inputs[property];
    };

    test("is the resource's name and seven hexadecimal digits, in the property that names the resource", async () => {
        expect(await name("aws:iam/role:Role", "App", { assumeRolePolicy: "{}" })).toMatch(/^App-[0-9a-f]{7}$/);
        expect(await name("aws:s3/bucket:Bucket", "Assets", {}, "bucket")).toMatch(/^assets-[0-9a-f]{7}$/);
        expect(await name(database, "Main", { instanceClass: "x" }, "identifier")).toMatch(/^main-[0-9a-f]{7}$/);
        expect(
            await name(
                "aws:elasticache/replicationGroup:ReplicationGroup",
                "Cache",
                { description: "c" },
                "replicationGroupId",
            ),
        ).toMatch(/^cache-[0-9a-f]{7}$/);
        expect(await name("aws:sqs/queue:Queue", "jobs", { fifoQueue: true })).toMatch(/^jobs-[0-9a-f]{7}\.fifo$/);
        expect(await name("aws:kms/alias:Alias", "key", { targetKeyId: "k" })).toMatch(/^alias\/key-[0-9a-f]{7}$/);
    });

    test("is not made where a name or a prefix is given, nor where the real provider makes none", async () => {
        expect(await name("aws:sqs/queue:Queue", "jobs", { name: "fixed" })).toBe("fixed");
        expect(await name("aws:sqs/queue:Queue", "jobs", { namePrefix: "fixed-" })).toBeUndefined();
        expect(await name("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.0.0.0/16" })).toBeUndefined();
    });

    test("stays over an update, and is made anew where a fixed name is taken away", async () => {
        const type = "aws:sqs/queue:Queue";
        const first = await aws.check(type, "jobs", {});
        const second = await aws.check(type, "jobs", { delaySeconds: 5 }, first.inputs);
        expect(second.inputs["name"]).toBe(first.inputs["name"]);
        const third = await aws.check(type, "jobs", {}, { name: "fixed" });
        expect(third.inputs["name"]).not.toBe("fixed");
    });

    test("that is too long for the service is refused with what to do", async () => {
        const { failures } = await aws.check(
            "aws:lb/loadBalancer:LoadBalancer",
            "a-load-balancer-with-a-long-name",
            {},
        );
        expect(failures).toHaveLength(1);
        expect(failures[0]?.property).toBe("name");
        expect(failures[0]?.reason).toContain("more than the 32 that AWS takes");
        expect(failures[0]?.reason).toContain("Shorten the resource's name to 24 characters");
    });

    test("follows the stack's autonaming setting", async () => {
        const type = "aws:sqs/queue:Queue";
        const proposed = await aws.check(type, "jobs", {}, {}, { mode: Mode.PROPOSE, proposedName: "stack-jobs" });
        expect(proposed.inputs["name"]).toBe("stack-jobs");
        const disabled = await aws.check(type, "jobs", {}, {}, { mode: Mode.DISABLE, proposedName: "" });
        expect(disabled.inputs["name"]).toBeUndefined();
    });
});

test("Default tags become tags of the resource, which may override them", async () => {
    const tagged = await standIns.provider("aws", {
        region: "eu-central-1",
        defaultTags: JSON.stringify({ tags: { team: "growth", stage: "dev" } }),
    });
    const { inputs } = await tagged.check("aws:sqs/queue:Queue", "jobs", { tags: { stage: "prod" } });
    expect(inputs["tags"]).toEqual({ team: "growth", stage: "prod" });
    const { outputs } = await tagged.create("aws:sqs/queue:Queue", "jobs", inputs, true);
    expect(outputs["tagsAll"]).toEqual({ team: "growth", stage: "prod" });
});

describe("Beyond the types", () => {
    const cache = "aws:elasticache/replicationGroup:ReplicationGroup";

    test("combinations that AWS refuses are refused", async () => {
        const inputs = { description: "c", multiAzEnabled: true, authToken: "t", userGroupIds: ["g"] };
        const { failures } = await aws.check(cache, "cache", inputs);
        expect(failures.map((failure) => failure.property)).toEqual(["multiAzEnabled", "authToken", "authToken"]);
        const fifo = await aws.check("aws:sqs/queue:Queue", "jobs", { name: "jobs", fifoQueue: true });
        expect(fifo.failures.map((failure) => failure.property)).toEqual(["name"]);
        const rule = { securityGroupId: "sg-1", ipProtocol: "tcp", description: "From CloudFront's origins" };
        const apostrophe = await aws.check("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "in", rule);
        expect(apostrophe.failures.map((failure) => failure.property)).toEqual(["description"]);
    });

    test("nothing is held against a value that is not known yet", async () => {
        const inputs = { description: "c", multiAzEnabled: true, automaticFailoverEnabled: unknown };
        expect((await aws.check(cache, "cache", inputs)).failures).toEqual([]);
    });

    test("names of the program's own have to fit the service", async () => {
        const { failures } = await aws.check(database, "db", { instanceClass: "x", identifier: "Main" });
        expect(failures[0]?.reason).toBe(
            `Property "identifier" of "db" (${database}) must be in lower case, not "Main".`,
        );
        const long = await aws.check("aws:lb/targetGroup:TargetGroup", "t", { name: "t".repeat(33) });
        expect(long.failures[0]?.reason).toContain("is 33 characters long, more than the 32 that AWS takes");
    });
});
