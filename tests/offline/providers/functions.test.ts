import type { ValueMap } from "../../../offline/providers/values";
import { StandIns, type Provider } from "./harness";

const standIns = new StandIns();
let aws: Provider;

beforeAll(async () => {
    await standIns.start({
        fixtures: {
            functions: [
                {
                    function: "getSecretVersion",
                    args: { secretId: "app" },
                    result: { secretString: "from the fixture" },
                },
            ],
        },
    });
    aws = await standIns.provider("aws");
});
afterAll(async () => {
    await standIns.dispose();
});

describe("Zones", () => {
    test("are those of the region, with their ids", async () => {
        const east = await standIns.provider("aws", { region: "us-east-1" });
        const answer = await east.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", { state: "available" });
        expect(answer["names"]).toEqual(["a", "b", "c", "d", "e", "f"].map((letter) => `us-east-1${letter}`));
        expect(answer["zoneIds"]).toEqual([1, 2, 3, 4, 5, 6].map((n) => `use1-az${n}`));
    });
    test("can be excluded and filtered", async () => {
        const answer = await aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {
            excludeZoneIds: ["euc1-az1"],
            filters: [{ name: "zone-name", values: ["eu-central-1a", "eu-central-1b"] }],
        });
        expect(answer["names"]).toEqual(["eu-central-1b"]);
    });
    test("of another region are answered where the call asks for one", async () => {
        const answer = await aws.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", { region: "eu-west-1" });
        expect(answer["names"]).toEqual(["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    });
});

test("Account, partition, region, default tags and ARNs are told", async () => {
    const china = await standIns.provider("aws", { region: "cn-north-1", defaultTags: '{"tags":{"a":"b"}}' });
    expect(await china.invoke("aws:index/getPartition:getPartition")).toMatchObject({
        partition: "aws-cn",
        dnsSuffix: "amazonaws.com.cn",
        reverseDnsPrefix: "cn.com.amazonaws",
    });
    expect(await china.invoke("aws:index/getDefaultTags:getDefaultTags")).toMatchObject({ tags: { a: "b" } });
    expect(await aws.invoke("aws:index/getCallerIdentity:getCallerIdentity")).toMatchObject({
        accountId: "123456789012",
    });
    expect(await aws.invoke("aws:index/getRegion:getRegion")).toMatchObject({
        name: "eu-central-1",
        region: "eu-central-1",
        description: "Europe (Frankfurt)",
    });
    expect(
        await aws.invoke("aws:index/getArn:getArn", { arn: "arn:aws:rds:eu-west-1:123456789012:db:x" }),
    ).toMatchObject({ service: "rds", resource: "db:x" });
    await expect(aws.invoke("aws:index/getRegion:getRegion", { region: "eu-centrale-1" })).rejects.toThrow(
        'Did you mean "eu-central-1"',
    );
});

test("An account that an assumed role names is the one that is answered with", async () => {
    const other = await standIns.provider("aws", {
        region: "eu-west-1",
        assumeRoles: '[{"roleArn":"arn:aws:iam::210987654321:role/deploy"}]',
    });
    expect(await other.invoke("aws:index/getCallerIdentity:getCallerIdentity")).toMatchObject({
        accountId: "210987654321",
    });
});

describe("Things that AWS publishes", () => {
    test.each<[string, ValueMap, ValueMap]>([
        [
            "aws:cloudfront/getCachePolicy:getCachePolicy",
            { name: "Managed-CachingDisabled" },
            { id: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad" },
        ],
        [
            "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy",
            { name: "Managed-AllViewer" },
            { id: "216adef6-5c7f-47e4-b989-5492eafa07d3" },
        ],
        ["aws:iam/getPolicy:getPolicy", { name: "ReadOnlyAccess" }, { arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
        [
            "aws:iam/getPolicy:getPolicy",
            { name: "AmazonECSTaskExecutionRolePolicy" },
            { arn: "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy" },
        ],
        [
            "aws:ec2/getManagedPrefixList:getManagedPrefixList",
            { name: "com.amazonaws.global.cloudfront.origin-facing" },
            { addressFamily: "IPv4", ownerId: "AWS" },
        ],
        ["aws:elb/getServiceAccount:getServiceAccount", {}, { id: "054676820928" }],
        [
            "aws:rds/getEngineVersion:getEngineVersion",
            { engine: "postgres", version: "17" },
            { parameterGroupFamily: "postgres17" },
        ],
        ["aws:route53/getZone:getZone", { name: "example.com" }, { name: "example.com", privateZone: false }],
    ])("%s %j", async (token, args, expected) => {
        expect(await aws.invoke(token, args)).toMatchObject(expected);
    });
    test("are the same in every call", async () => {
        const ask = () => aws.invoke("aws:ec2/getAmi:getAmi", { owners: ["amazon"], mostRecent: true });
        expect(await ask()).toEqual(await ask());
    });
    test("are refused under a wrong name, with the right one", async () => {
        await expect(
            aws.invoke("aws:cloudfront/getCachePolicy:getCachePolicy", { name: "Managed-CachingDisable" }),
        ).rejects.toThrow('Did you mean "Managed-CachingDisabled"');
    });
});

describe("What the stack itself has made", () => {
    test("is found by id, by name, by tag and by filter", async () => {
        const net = await aws.create("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.0.0.0/16", tags: { Name: "net" } });
        const subnet = await aws.create("aws:ec2/subnet:Subnet", "s", { vpcId: net.id, cidrBlock: "10.0.0.0/24" });
        await aws.create("aws:eks/cluster:Cluster", "c", {
            name: "cluster",
            roleArn: "r",
            vpcConfig: { subnetIds: [] },
        });
        expect(await aws.invoke("aws:ec2/getVpc:getVpc", { id: net.id })).toMatchObject({
            id: net.id,
            cidrBlock: "10.0.0.0/16",
        });
        expect(await aws.invoke("aws:ec2/getVpc:getVpc", { tags: { Name: "net" } })).toMatchObject({ id: net.id });
        expect(
            await aws.invoke("aws:ec2/getSubnets:getSubnets", { filters: [{ name: "vpc-id", values: [net.id] }] }),
        ).toMatchObject({ ids: [subnet.id] });
        expect(await aws.invoke("aws:eks/getCluster:getCluster", { name: "cluster" })).toMatchObject({
            name: "cluster",
            status: "ACTIVE",
        });
    });
    test("is not mixed up with what it has not made", async () => {
        await expect(aws.invoke("aws:ec2/getVpc:getVpc", { id: "vpc-other" })).rejects.toThrow(
            "no answer for the function aws:ec2/getVpc:getVpc",
        );
    });
});

describe("A function without an answer", () => {
    test("says so, with its arguments and what to paste", async () => {
        const error = await aws
            .invoke("aws:secretsmanager/getSecretVersion:getSecretVersion", { secretId: "other" })
            .catch((one: unknown) => one as Error);
        const message = (error as Error).message;
        expect(message).toContain(
            "no answer for the function aws:secretsmanager/getSecretVersion:getSecretVersion (arguments: secretId)",
        );
        expect(message).toContain("  - function: aws:secretsmanager/getSecretVersion:getSecretVersion");
        expect(message).toContain('      secretString: ""');
        expect(message).not.toContain("other");
    });
    test("is answered by a fixture whose arguments match", async () => {
        expect(
            await aws.invoke("aws:secretsmanager/getSecretVersion:getSecretVersion", { secretId: "app" }),
        ).toMatchObject({ secretId: "app", secretString: "from the fixture" });
    });
    test("that does not exist, or is called wrongly, is refused", async () => {
        await expect(aws.invoke("aws:ec2/getVpz:getVpz")).rejects.toThrow('Unknown function "aws:ec2/getVpz:getVpz"');
        await expect(aws.invoke("aws:s3/getBucket:getBucket", { bukket: "b" })).rejects.toThrow(
            'Missing required property "bucket"',
        );
    });
});
