import * as aws from "@pulumi/aws";
import { Network, NetworkArgs } from "../../components/network";
import { Dependencies } from "./dependencies";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const zoneIds = ["euc1-az1", "euc1-az2", "euc1-az3"];

const baseArgs: NetworkArgs = {
    region: "eu-central-1",
    cidrBlock: "10.0.0.0/16",
    zoneIds,
    flowLogs: { retentionDays: 90, keyArn: "arn:aws:kms:eu-central-1:123456789012:key/logs" },
};

async function make(args: Partial<NetworkArgs> = {}): Promise<{ network: Network; registered: Registered }> {
    let network: Network | undefined;
    const registered = await record(() => {
        network = new Network("network", { ...baseArgs, ...args });
    });
    if (network === undefined) {
        throw new Error("the network was not made");
    }
    return { network, registered };
}

const names = (registered: Registered, type: string) => registered.ofType(type).map((resource) => resource.name);

const natType = "aws:ec2/natGateway:NatGateway";
const routeType = "aws:ec2/route:Route";
const subnetType = "aws:ec2/subnet:Subnet";
const endpointType = "aws:ec2/vpcEndpoint:VpcEndpoint";

describe("a network", () => {
    it("has a public, a private and an isolated subnet in each zone, chosen by the zone's id", async () => {
        const { registered } = await make();
        const subnets = registered.ofType(subnetType).map(({ name, inputs }) => [name, inputs["availabilityZoneId"]]);
        expect(subnets).toHaveLength(9);
        expect(subnets).toContainEqual(["network-public-az1", "euc1-az1"]);
        expect(subnets).toContainEqual(["network-private-az2", "euc1-az2"]);
        expect(subnets).toContainEqual(["network-isolated-az3", "euc1-az3"]);
    });

    it("gives no machine a public address by itself", async () => {
        const { registered } = await make();
        expect(registered.ofType(subnetType).filter(({ inputs }) => inputs["mapPublicIpOnLaunch"] !== false)).toEqual(
            [],
        );
    });

    it("sends each zone out through its own NAT gateway by default", async () => {
        const { registered } = await make();
        expect(names(registered, natType).sort()).toEqual(["network-nat-az1", "network-nat-az2", "network-nat-az3"]);
        for (const zone of ["az1", "az2", "az3"]) {
            const route = registered.one(routeType, `network-private-${zone}-default`);
            expect(route.inputs).toMatchObject({
                destinationCidrBlock: "0.0.0.0/0",
                natGatewayId: `network-nat-${zone}-id`,
            });
            const gateway = registered.one(natType, `network-nat-${zone}`);
            expect(gateway.inputs["subnetId"]).toBe(`network-public-${zone}-id`);
        }
    });

    it("sends all zones out through the first zone's gateway when it has one only", async () => {
        const { registered, network } = await make({ natGateways: "single" });
        expect(names(registered, natType)).toEqual(["network-nat-az1"]);
        const targets = registered
            .ofType(routeType)
            .filter(({ name }) => name.includes("private"))
            .map(({ inputs }) => inputs["natGatewayId"]);
        expect(targets).toEqual(["network-nat-az1-id", "network-nat-az1-id", "network-nat-az1-id"]);
        expect(network.failureDomain).toMatchObject({ units: 1, zones: 1 });
    });

    it("has a regional gateway without public subnets or addresses of its own", async () => {
        const { registered, network } = await make({ natGateways: "regional" });
        const gateway = registered.one(natType);
        expect(gateway.inputs).toMatchObject({ availabilityMode: "regional", vpcId: "network-id" });
        expect(gateway.inputs["subnetId"]).toBeUndefined();
        expect(names(registered, "aws:ec2/eip:Eip")).toEqual([]);
        expect(network.publicSubnets).toEqual([]);
        expect(registered.ofType(routeType)).toHaveLength(3);
        expect(network.failureDomain.managed).toBe(true);
    });

    it("has no way out at all when it is told so, and still an internet gateway for CloudFront's sake", async () => {
        const { registered, network } = await make({ natGateways: "none" });
        expect(registered.ofType(routeType)).toEqual([]);
        expect(registered.ofType("aws:ec2/internetGateway:InternetGateway")).toHaveLength(1);
        expect(network.signals).toEqual([]);
        // The internet gateway, and the endpoint for S3 as the only way to the images.
        expect(network.egressReady).toHaveLength(2);
    });

    it("has a way out for a subnet as long as anything waits for it: no route outlives the use of its table", async () => {
        const dependencies = new Dependencies();
        await record(
            () =>
                new Network("network", { ...baseArgs, natGateways: "none" }, { transformations: [dependencies.note] }),
        );
        await record(() => new Network("network", baseArgs, { transformations: [dependencies.note] }));
        for (const [type, name, uses] of [
            [routeType, "network-public-default", 3],
            [routeType, "network-private-az1-default", 1],
            [endpointType, "network-s3", 3],
        ] as const) {
            const associations = dependencies
                .of(type, name)
                .filter((resource) => resource instanceof aws.ec2.RouteTableAssociation);
            expect([name, associations.length]).toEqual([name, uses]);
        }
    });

    it("leaves isolated subnets without any route", async () => {
        const { registered } = await make();
        const isolated = registered
            .ofType("aws:ec2/routeTableAssociation:RouteTableAssociation")
            .filter(({ name }) => name.includes("isolated"));
        expect(isolated.map(({ inputs }) => inputs["routeTableId"])).toEqual(Array(3).fill("network-isolated-id"));
        const routed = registered.ofType(routeType).map(({ inputs }) => inputs["routeTableId"]);
        expect(routed).not.toContain("network-isolated-id");
    });

    it("has a default security group that admits nothing", async () => {
        const { registered } = await make();
        const group = registered.one("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup");
        expect(group.inputs).toMatchObject({ vpcId: "network-id", ingress: [], egress: [] });
    });

    it("reaches S3 by a gateway endpoint in the route tables of all private subnets", async () => {
        const { registered } = await make();
        expect(registered.one(endpointType).inputs).toMatchObject({
            vpcEndpointType: "Gateway",
            serviceName: "com.amazonaws.eu-central-1.s3",
            routeTableIds: ["network-private-az1-id", "network-private-az2-id", "network-private-az3-id"],
        });
    });

    it("reaches other services by endpoints in all zones, with their usual names, open to private subnets only", async () => {
        const { registered } = await make({ interfaceEndpoints: ["ecr.api", "logs"] });
        const endpoint = registered.one(endpointType, "network-endpoints-ecr-api");
        expect(endpoint.inputs).toMatchObject({
            vpcEndpointType: "Interface",
            serviceName: "com.amazonaws.eu-central-1.ecr.api",
            privateDnsEnabled: true,
            subnetIds: ["network-private-az1-id", "network-private-az2-id", "network-private-az3-id"],
            securityGroupIds: ["network-endpoints-id"],
        });
        const rules = registered.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
        expect(rules.map(({ inputs }) => inputs["cidrIpv4"])).toEqual(["10.0.0.0/20", "10.0.32.0/20", "10.0.64.0/20"]);
        expect(rules.every(({ inputs }) => inputs["fromPort"] === 443 && inputs["toPort"] === 443)).toBe(true);
    });

    it("keeps the record of all connections encrypted and for a limited time", async () => {
        const { registered } = await make();
        expect(registered.one("aws:ec2/flowLog:FlowLog").inputs).toMatchObject({
            vpcId: "network-id",
            trafficType: "ALL",
        });
        expect(registered.one("aws:cloudwatch/logGroup:LogGroup").inputs).toMatchObject({
            retentionInDays: 90,
            kmsKeyId: "arn:aws:kms:eu-central-1:123456789012:key/logs",
        });
        const trust = String(registered.one("aws:iam/role:Role").inputs["assumeRolePolicy"]);
        expect(JSON.parse(trust)).toMatchObject({
            Statement: [{ Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } } }],
        });
    });

    it("keeps no record when it is told so", async () => {
        const { registered } = await make({ flowLogs: "none" });
        expect(registered.ofType("aws:ec2/flowLog:FlowLog")).toEqual([]);
        expect(registered.ofType("aws:iam/role:Role")).toEqual([]);
    });

    it("tags everything that can be tagged with the caller's tags and a name", async () => {
        const { registered } = await make({ interfaceEndpoints: ["logs"], tags: { Team: "platform" } });
        const untagged = registered.resources
            .filter(({ component, type }) => !component && !/Route$|RouteTableAssociation|RolePolicy/.test(type))
            .filter(({ inputs }) => {
                const tags = inputs["tags"] as Record<string, string> | undefined;
                return tags?.["Team"] !== "platform" || tags["Name"] === undefined;
            });
        expect(untagged.map(({ type, name }) => `${type} ${name}`)).toEqual([]);
    });

    it("describes its zones by id, key and the name that they have in this account", async () => {
        const { network } = await make();
        const second = network.zones[1];
        expect(second).toMatchObject({ id: "euc1-az2", key: "az2" });
        await expect(valueOf(second?.name ?? "")).resolves.toBe("eu-central-1b");
    });

    it("watches every NAT gateway, with a runbook for each signal", async () => {
        const { network } = await make();
        expect(network.signals.map(({ name }) => name)).toContain("network-nat-ports-az2");
        expect(network.signals).toHaveLength(6);
        expect(missingRunbooks(network.signals)).toEqual([]);
    });

    it("reports all that is wrong with its arguments at once, before it makes anything", async () => {
        let problem: unknown;
        const registered = await record(() => {
            try {
                new Network("network", {
                    ...baseArgs,
                    cidrBlock: "10.0.0.0/24",
                    zoneIds: ["eu-central-1a", "use1-az1"],
                    interfaceEndpoints: ["logs", "logs"],
                });
            } catch (thrown) {
                problem = thrown;
            }
        });
        const message = String(problem);
        expect(message).toContain('Network "network": 4 problems');
        for (const part of ['cidrBlock is "10.0.0.0/24"', '"eu-central-1a"', '"use1-az1"', "interfaceEndpoints"]) {
            expect(message).toContain(part);
        }
        expect(registered.resources.filter(({ component }) => !component)).toEqual([]);
    });
});
