import { join } from "node:path";
import { Catalogue } from "../../../offline/catalogue";
import { physicalName } from "../../../offline/providers/aws/physical-names";
import { typesWithRules } from "../../../offline/providers/computed/aws";
import { answeredFunctions } from "../../../offline/providers/functions/aws";
import { replacementTable } from "../../../offline/providers/replacement-table";
import { Secret, unknown, type ValueMap } from "../../../offline/providers/values";
import { root, StandIns, type Provider } from "./harness";

const standIns = new StandIns();
let aws: Provider;
let random: Provider;
let kubernetes: Provider;

beforeAll(async () => {
    await standIns.start();
    aws = await standIns.provider("aws");
    random = await standIns.provider("random");
    kubernetes = await standIns.provider("kubernetes");
});
afterAll(async () => {
    await standIns.dispose();
});

/** What replaces the resource, going from `olds` to `news`. */
async function replaces(type: string, olds: ValueMap, news: ValueMap): Promise<string[]> {
    return (await aws.diff(type, "x", olds, news)).replaces;
}

describe("The tables name only types, properties and functions that the package has", () => {
    const catalogue = Catalogue.open("aws", [root], join(root, ".headroom/cache/catalogue"));

    test.each(Object.entries(replacementTable))("%s", (type, decisions) => {
        const spec = catalogue.resource(type);
        expect(spec).toBeDefined();
        const missing = Object.keys(decisions).filter((path) => {
            if (["*", "tags", "tagsAll", "expectedBucketOwner"].includes(path)) {
                return false;
            }
            let properties = spec?.inputs;
            return path.split(".").some((name) => {
                const type = properties?.[name]?.type;
                const element = typeof type === "object" && "array" in type ? type.array : type;
                properties = element && catalogue.properties("input", element);
                return type === undefined;
            });
        });
        expect(missing).toEqual([]);
    });

    test("computed values and functions", () => {
        expect(typesWithRules.filter((type) => !catalogue.resource(type))).toEqual([]);
        expect(answeredFunctions.filter((token) => !catalogue.function(token))).toEqual([]);
        expect(typesWithRules.length).toBeGreaterThan(120);
    });

    test("most resources with an optional name get a generated one", () => {
        const named = Object.keys(catalogue.index.resources).filter((type) => {
            const spec = catalogue.resource(type);
            return spec && physicalName(spec);
        });
        expect(named.length).toBeGreaterThan(600);
    });
});

describe("A database", () => {
    const type = "aws:rds/instance:Instance";
    const inputs = { identifier: "db", engine: "postgres", instanceClass: "a", kmsKeyId: "k", storageEncrypted: true };

    test.each<[string, ValueMap]>([
        ["engine", { engine: "mysql" }],
        ["kmsKeyId", { kmsKeyId: "other" }],
        ["storageEncrypted", { storageEncrypted: false }],
        ["username", { username: "u" }],
        ["availabilityZone", { availabilityZone: "eu-central-1a" }],
        ["region", { region: "us-east-1" }],
    ])("is replaced by another %s", async (property, change) => {
        expect(await replaces(type, inputs, { ...inputs, ...change })).toEqual([property]);
    });

    test.each<[string, ValueMap]>([
        ["identifier", { identifier: "other" }],
        ["dbSubnetGroupName", { dbSubnetGroupName: "other" }],
        ["instanceClass", { instanceClass: "b" }],
        ["engineVersion", { engineVersion: "18" }],
        ["multiAz", { multiAz: true }],
        ["tags", { tags: { a: "b" } }],
    ])("is updated in place by another %s", async (_property, change) => {
        const diff = await aws.diff(type, "x", inputs, { ...inputs, ...change });
        expect(diff).toMatchObject({ changes: "some", replaces: [] });
    });

    test("is promoted by taking its source away; another source, or a first one, is refused", async () => {
        const source = (replicateSourceDb: string) => ({ ...inputs, replicateSourceDb });
        const { id, outputs } = await aws.create(type, "replica", source("one"));
        for (const [olds, news] of [
            [source("one"), source("two")],
            [inputs, source("one")],
        ] as const) {
            expect(await replaces(type, olds, news)).toEqual([]);
            await expect(aws.update(type, "replica", id, { inputs: olds, outputs }, news)).rejects.toThrow(
                "cannot elect new source database for replication",
            );
        }
        expect(await replaces(type, source("one"), inputs)).toEqual([]);
        await expect(
            aws.update(type, "replica", id, { inputs: source("one"), outputs }, inputs),
        ).resolves.toBeDefined();
    });

    test("does not see another write-only password, only another version of it", async () => {
        const old = { ...inputs, passwordWo: new Secret("one"), passwordWoVersion: 1 };
        expect((await aws.diff(type, "x", old, { ...old, passwordWo: new Secret("two") })).changes).toBe("none");
        expect((await aws.diff(type, "x", old, { ...old, passwordWoVersion: 2 })).detailed).toEqual({
            passwordWoVersion: "UPDATE",
        });
    });

    test("with a key that is not known yet is replaced, as far as a preview can tell", async () => {
        expect(await replaces(type, inputs, { ...inputs, kmsKeyId: unknown })).toEqual(["kmsKeyId"]);
    });
});

describe("A cache", () => {
    const type = "aws:elasticache/replicationGroup:ReplicationGroup";
    const inputs = { replicationGroupId: "c", engine: "valkey", engineVersion: "8.2", description: "d" };
    test.each<[string, ValueMap, string[]]>([
        ["going back from Valkey to Redis replaces it", { engine: "redis", engineVersion: "8.2" }, ["engine"]],
        ["a lower version replaces it", { engineVersion: "7.2" }, ["engineVersion"]],
        ["a higher version updates it", { engineVersion: "8.10" }, []],
        ["more shards update it", { numNodeGroups: 3 }, []],
        ["another port replaces it", { port: 6380 }, ["port"]],
    ])("%s", async (_title, change, expected) => {
        expect(await replaces(type, inputs, { ...inputs, ...change })).toEqual(expected);
    });
    test("going on from Redis to Valkey updates it", async () => {
        expect(await replaces(type, { ...inputs, engine: "redis" }, inputs)).toEqual([]);
    });
});

describe("A network load balancer", () => {
    const type = "aws:lb/loadBalancer:LoadBalancer";
    const inputs = { name: "n", loadBalancerType: "network", subnets: ["a", "b"], securityGroups: ["s"] };
    test("takes another subnet, but is replaced when one goes or its last security group goes", async () => {
        expect(await replaces(type, inputs, { ...inputs, subnets: ["a", "b", "c"] })).toEqual([]);
        expect(await replaces(type, inputs, { ...inputs, subnets: ["a"] })).toEqual(["subnets"]);
        expect(await replaces(type, inputs, { ...inputs, securityGroups: [] })).toEqual(["securityGroups"]);
    });
    test("of the application kind changes all of that in place", async () => {
        const application = { ...inputs, loadBalancerType: "application" };
        expect(await replaces(type, application, { ...application, subnets: ["a"], securityGroups: ["t"] })).toEqual(
            [],
        );
    });
});

describe("An ECS service", () => {
    const type = "aws:ecs/service:Service";
    const strategies = (weight: number): ValueMap => ({
        capacityProviderStrategies: [{ capacityProvider: "FARGATE", weight }],
    });
    test("is replaced by other capacity providers unless a new deployment is forced", async () => {
        expect(await replaces(type, strategies(1), strategies(2))).toEqual(["capacityProviderStrategies"]);
        expect(await replaces(type, strategies(1), { ...strategies(2), forceNewDeployment: true })).toEqual([]);
    });
    test("is replaced when its capacity providers come or go, even by a forced deployment", async () => {
        const forced = { forceNewDeployment: true };
        expect(await replaces(type, { ...strategies(1), ...forced }, forced)).toEqual(["capacityProviderStrategies"]);
        expect(await replaces(type, forced, { ...strategies(1), ...forced })).toEqual(["capacityProviderStrategies"]);
    });
    test("is replaced by another deployment controller, not by another circuit breaker", async () => {
        const inputs = { name: "s", deploymentController: { type: "ECS" } };
        expect(await replaces(type, inputs, { ...inputs, deploymentController: { type: "EXTERNAL" } })).toEqual([
            "deploymentController",
        ]);
        expect(
            await replaces(type, inputs, { ...inputs, deploymentCircuitBreaker: { enable: true, rollback: true } }),
        ).toEqual([]);
    });
});

describe("A rule of a security group", () => {
    const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
    const rule = { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 443, toPort: 443 };
    test("admits another range in place, and another kind of peer by a new one", async () => {
        const range = { ...rule, cidrIpv4: "10.0.0.0/16" };
        expect(await replaces(type, range, { ...rule, cidrIpv4: "10.1.0.0/16" })).toEqual([]);
        expect(await replaces(type, range, { ...range, toPort: 444 })).toEqual([]);
        expect(await replaces(type, range, { ...rule, referencedSecurityGroupId: "sg-2" })).not.toEqual([]);
        expect(await replaces(type, range, { ...rule, prefixListId: unknown })).not.toEqual([]);
    });
});

describe("What is observed and delivered", () => {
    test.each<[string, string, string]>([
        ["aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs", "true"],
        ["aws:cloudwatch/logDelivery:LogDelivery", "deliveryDestinationArn", "true"],
        ["aws:cloudwatch/logDelivery:LogDelivery", "deliverySourceName", "true"],
        ["aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", "outputFormat", "true"],
        ["aws:cloudwatch/logDeliverySource:LogDeliverySource", "logType", "true"],
        ["aws:cloudwatch/logDeliverySource:LogDeliverySource", "resourceArn", "true"],
        ["aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyName", "true"],
        ["aws:s3/bucketMetric:BucketMetric", "bucket", "true"],
        ["aws:cloudfront/monitoringSubscription:MonitoringSubscription", "distributionId", "true"],
        ["aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "vpcId", "true"],
        ["aws:cloudfront/originAccessControl:OriginAccessControl", "name", "false"],
    ])("%s with another %s is replaced: %s", async (type, property, replaced) => {
        const value = (one: string) => ({ [property]: property === "logDestinationConfigs" ? [one] : one });
        expect(await replaces(type, value("a"), value("b"))).toEqual(replaced === "true" ? [property] : []);
    });
});

describe("In general", () => {
    test.each<[string, string, ValueMap, ValueMap, string[]]>([
        ["another name replaces", "aws:iam/role:Role", { name: "a" }, { name: "b" }, ["name"]],
        ["a user is renamed in place", "aws:iam/user:User", { name: "a" }, { name: "b" }, []],
        [
            "a queue cannot become FIFO",
            "aws:sqs/queue:Queue",
            { name: "a" },
            { name: "a", fifoQueue: true },
            ["fifoQueue"],
        ],
        [
            "a task definition is immutable",
            "aws:ecs/taskDefinition:TaskDefinition",
            { family: "f", cpu: "256" },
            { family: "f", cpu: "512" },
            ["cpu"],
        ],
        [
            "but its tags are not",
            "aws:ecs/taskDefinition:TaskDefinition",
            { family: "f" },
            { family: "f", tags: { a: "b" } },
            [],
        ],
        [
            "an attachment is immutable",
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            { role: "a", policyArn: "p" },
            { role: "b", policyArn: "p" },
            ["role"],
        ],
        [
            "what the documentation says is followed",
            "aws:secretsmanager/secret:Secret",
            { type: "a" },
            { type: "b" },
            ["type"],
        ],
    ])("%s", async (_title, type, olds, news, expected) => {
        expect(await replaces(type, olds, news)).toEqual(expected);
    });

    test("a replacement under a fixed name deletes first, one under a generated name creates first", async () => {
        const type = "aws:lb/targetGroup:TargetGroup";
        const fixed = { name: "fixed", port: 80 };
        expect((await aws.diff(type, "x", fixed, { ...fixed, port: 81 })).deleteBeforeReplace).toBe(true);
        const generated = { ...fixed, __defaults: ["name"] };
        expect((await aws.diff(type, "x", generated, { ...generated, port: 81 })).deleteBeforeReplace).toBe(false);
        expect((await aws.diff(type, "x", fixed, { name: "other", port: 81 })).deleteBeforeReplace).toBe(false);
    });

    test("differences have the paths that Pulumi shows", async () => {
        const diff = await aws.diff(
            "aws:ec2/securityGroup:SecurityGroup",
            "x",
            { ingress: [{ fromPort: 1, toPort: 1, protocol: "tcp" }], tags: { "a/b": "1", gone: "x" } },
            { ingress: [{ fromPort: 2, toPort: 1, protocol: "tcp" }], tags: { "a/b": "2" }, vpcId: "v" },
        );
        expect(diff.detailed).toEqual({
            "ingress[0].fromPort": "UPDATE",
            'tags["a/b"]': "UPDATE",
            "tags.gone": "DELETE",
            vpcId: "ADD_REPLACE",
        });
    });

    test.each<[string, string, ValueMap, ValueMap]>([
        [
            "the order of subnets",
            "aws:rds/subnetGroup:SubnetGroup",
            { subnetIds: ["a", "b"] },
            { subnetIds: ["b", "a"] },
        ],
        ["a number written as text", "aws:rds/instance:Instance", { allocatedStorage: 20 }, { allocatedStorage: "20" }],
        [
            "the layout of a JSON document",
            "aws:iam/policy:Policy",
            { policy: '{"a":1,"b":[2]}' },
            { policy: '{ "b": [2], "a": 1 }' },
        ],
        ["an empty list for none", "aws:ecs/service:Service", {}, { loadBalancers: [] }],
        ["a mark of secrecy", "aws:ssm/parameter:Parameter", { value: "v" }, { value: new Secret("v") }],
    ])("%s is no difference", async (_title, type, olds, news) => {
        expect(await aws.diff(type, "x", olds, news)).toMatchObject({ changes: "none", detailed: {} });
    });
});

describe("Kubernetes", () => {
    const deployment = "kubernetes:apps/v1:Deployment";
    const object = (spec: ValueMap): ValueMap => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d" },
        spec,
    });

    test("replaces what the API server does not let change, and deletes first under the same name", async () => {
        const diff = await kubernetes.diff(
            deployment,
            "d",
            object({ selector: { matchLabels: { a: "1" } } }),
            object({ selector: { matchLabels: { a: "2" } } }),
        );
        expect(diff).toMatchObject({ replaces: ["spec"], deleteBeforeReplace: true });
    });
    test("replaces an object beside the old one when its name was made up: the new one gets another", async () => {
        const map = (data: ValueMap, name?: string): ValueMap => ({
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: name === undefined ? {} : { name },
            immutable: true,
            data,
        });
        const type = "kubernetes:core/v1:ConfigMap";
        const change = async (name?: string) => {
            const { inputs: olds } = await kubernetes.check(type, "m", map({ a: "1" }, name));
            const { inputs: news } = await kubernetes.check(type, "m", map({ a: "2" }, name), olds);
            return kubernetes.diff(type, "m", olds, news);
        };
        expect(await change()).toMatchObject({ replaces: ["data"], deleteBeforeReplace: false });
        expect(await change("m")).toMatchObject({ replaces: ["data"], deleteBeforeReplace: true });
    });
    test("updates the rest in place", async () => {
        expect(await kubernetes.diff(deployment, "d", object({ replicas: 1 }), object({ replicas: 2 }))).toMatchObject({
            changes: "some",
            replaces: [],
        });
    });
    test("replaces an object that gets another name or namespace, beside the old one", async () => {
        const moved = { ...object({}), metadata: { name: "d", namespace: "other" } };
        expect(await kubernetes.diff(deployment, "d", object({}), moved)).toMatchObject({
            replaces: ["metadata"],
            deleteBeforeReplace: false,
        });
    });
});

test("Random values are drawn anew when anything that takes part in them changes", async () => {
    const diff = await random.diff(
        "random:index/randomId:RandomId",
        "x",
        { byteLength: 4 },
        { byteLength: 4, keepers: { a: "b" } },
    );
    expect(diff.replaces).toEqual(["keepers"]);
});
