import { zonesOf } from "../../aws/regions";
import { balancerZones } from "../../computed/aws/network";
import { asText, flag, isMap, list, text, type Value, type ValueMap } from "../../values";
import { arn, outside, type FunctionContext, type Functions } from "./types";

/** The default network of an account, which exists in every region unless somebody has deleted it. */
function defaultVpc(context: FunctionContext): string {
    return `vpc-0${outside(context, "default vpc").hex(16, "id")}`;
}
function defaultSubnets(context: FunctionContext): { id: string; zone: { name: string; id: string }; cidr: string }[] {
    return zonesOf(context.region).map((zone, i) => ({
        id: `subnet-0${outside(context, `default subnet ${zone.name}`).hex(16, "id")}`,
        zone,
        cidr: `172.31.${i * 16}.0/20`,
    }));
}

/** Whether a filter on the network means the default one, or there is none. */
function asksForDefault(context: FunctionContext, args: ValueMap): boolean {
    const wanted = text(args, "vpcId") ?? filterValue(args, "vpc-id");
    return wanted === undefined
        ? filterValue(args, "default-for-az") === "true" || flag(args, "defaultForAz")
        : wanted === defaultVpc(context);
}

function filterValue(args: ValueMap, name: string): string | undefined {
    const filter = list(args, "filters").find((one) => isMap(one) && text(one, "name") === name);
    const value = isMap(filter) ? list(filter, "values")[0] : undefined;
    return value === undefined ? undefined : asText(value);
}

/** Ids of AWS's own prefix lists, and some of their ranges. */
const prefixLists: Readonly<Record<string, { family: string; entries: string[] }>> = {
    "com.amazonaws.global.cloudfront.origin-facing": {
        family: "IPv4",
        entries: ["13.32.0.0/15", "52.84.0.0/15", "130.176.0.0/17"],
    },
    "com.amazonaws.global.ipv6.cloudfront.origin-facing": { family: "IPv6", entries: ["2600:9000:1000::/36"] },
    "com.amazonaws.global.route53-healthchecks": { family: "IPv4", entries: ["15.177.0.0/18"] },
};
const gateways = ["s3", "dynamodb", "s3express", "vpc-lattice", "ec2-instance-connect", "route53-healthchecks"];

function prefixList(context: FunctionContext, args: ValueMap): ValueMap | undefined {
    const name = text(args, "name") ?? filterValue(args, "prefix-list-name");
    const regional = gateways.map((service) => `com.amazonaws.${context.region}.${service}`);
    if (name === undefined || !(name in prefixLists || regional.includes(name))) {
        return undefined;
    }
    const known = prefixLists[name] ?? { family: "IPv4", entries: ["198.51.100.0/24"] };
    const id = `pl-${outside(context, name).hex(8, "id")}`;
    return {
        id,
        name,
        arn: `arn:${context.session.partition}:ec2:${context.region}:aws:prefix-list/${id}`,
        addressFamily: known.family,
        entries: known.entries.map((cidr) => ({ cidr, description: "" })),
        cidrBlocks: known.entries,
        prefixListId: id,
        maxEntries: 0,
        ownerId: "AWS",
        tags: {},
        version: 0,
    };
}

/** Accounts of the classic load balancer's log delivery; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html */
const logDelivery: Readonly<Record<string, string>> = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
    "cn-north-1": "638102146993",
    "cn-northwest-1": "037604701340",
};

const balancerZone = (context: FunctionContext, args: ValueMap): ValueMap | undefined => {
    const zones = balancerZones[context.region];
    const id = text(args, "loadBalancerType") === "network" ? zones?.network : zones?.application;
    return id === undefined ? undefined : { id };
};

/** Networks, zones of the name service, load balancers. */
export const networkFunctions: Functions = {
    "aws:ec2/getVpc:getVpc": (context, args) => {
        const id = defaultVpc(context);
        if (
            !flag(args, "default") &&
            text(args, "id") !== id &&
            filterValue(args, "isDefault") !== "true" &&
            filterValue(args, "is-default") !== "true"
        ) {
            return undefined;
        }
        return {
            id,
            arn: arn(context, "ec2", `vpc/${id}`),
            cidrBlock: "172.31.0.0/16",
            cidrBlockAssociations: [
                { associationId: "vpc-cidr-assoc-0default", cidrBlock: "172.31.0.0/16", state: "associated" },
            ],
            default: true,
            dhcpOptionsId: `dopt-0${outside(context, "default options").hex(16, "id")}`,
            enableDnsHostnames: true,
            enableDnsSupport: true,
            enableNetworkAddressUsageMetrics: false,
            instanceTenancy: "default",
            ipv6AssociationId: "",
            ipv6CidrBlock: "",
            ipv6CidrBlockAssociations: [],
            mainRouteTableId: `rtb-0${outside(context, "default routes").hex(16, "id")}`,
            ownerId: context.session.accountId,
            state: "available",
            tags: {},
        };
    },
    "aws:ec2/getSubnets:getSubnets": (context, args) =>
        asksForDefault(context, args)
            ? { ids: defaultSubnets(context).map((subnet) => subnet.id), tags: {} }
            : undefined,
    "aws:ec2/getSubnet:getSubnet": (context, args) => {
        const subnets = defaultSubnets(context).filter(
            (subnet) =>
                subnet.id === text(args, "id") ||
                (asksForDefault(context, args) &&
                    subnet.zone.name === (text(args, "availabilityZone") ?? subnet.zone.name)),
        );
        const [subnet] = subnets;
        if (!subnet) {
            return undefined;
        }
        return {
            id: subnet.id,
            arn: arn(context, "ec2", `subnet/${subnet.id}`),
            availabilityZone: subnet.zone.name,
            availabilityZoneId: subnet.zone.id,
            availableIpAddressCount: 4091,
            cidrBlock: subnet.cidr,
            vpcId: defaultVpc(context),
            defaultForAz: true,
            mapPublicIpOnLaunch: true,
            assignIpv6AddressOnCreation: false,
            customerOwnedIpv4Pool: "",
            enableDns64: false,
            enableLniAtDeviceIndex: 0,
            enableResourceNameDnsARecordOnLaunch: false,
            enableResourceNameDnsAaaaRecordOnLaunch: false,
            ipv6CidrBlock: "",
            ipv6CidrBlockAssociationId: "",
            ipv6Native: false,
            mapCustomerOwnedIpOnLaunch: false,
            outpostArn: "",
            ownerId: context.session.accountId,
            privateDnsHostnameTypeOnLaunch: "ip-name",
            state: "available",
            tags: {},
        };
    },
    "aws:ec2/getSecurityGroup:getSecurityGroup": (context, args) => {
        const name = text(args, "name") ?? filterValue(args, "group-name");
        const vpcId = text(args, "vpcId") ?? filterValue(args, "vpc-id") ?? defaultVpc(context);
        // Two groups that AWS makes itself, the second one with the first VPC origin of a network.
        if (name !== "default" && name !== "CloudFront-VPCOrigins-Service-SG") {
            return undefined;
        }
        const id = `sg-0${outside(context, `group ${name} ${vpcId}`).hex(16, "id")}`;
        return {
            id,
            arn: arn(context, "ec2", `security-group/${id}`),
            name,
            vpcId,
            description: `${name} security group`,
            tags: {},
        };
    },
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": prefixList,
    "aws:ec2/getPrefixList:getPrefixList": prefixList,
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": (context, args) => {
        const service = text(args, "service");
        const name = text(args, "serviceName") ?? (service ? `com.amazonaws.${context.region}.${service}` : undefined);
        if (name === undefined) {
            return undefined;
        }
        const isGateway = /\.(s3|dynamodb)$/.test(name) && text(args, "serviceType") !== "Interface";
        const id = `vpce-svc-0${outside(context, name).hex(16, "id")}`;
        return {
            id,
            serviceId: id,
            serviceName: name,
            arn: arn(context, "ec2", `vpc-endpoint-service/${id}`),
            serviceType: isGateway ? "Gateway" : "Interface",
            serviceRegion: context.region,
            acceptanceRequired: false,
            availabilityZones: zonesOf(context.region).map((zone) => zone.name),
            baseEndpointDnsNames: [
                `${name.split(".").at(-1) ?? ""}.${context.region}.vpce.${context.session.dnsSuffix}`,
            ],
            managesVpcEndpoints: false,
            owner: "amazon",
            privateDnsName: `${name.split(".").at(-1) ?? ""}.${context.region}.${context.session.dnsSuffix}`,
            privateDnsNames: [`${name.split(".").at(-1) ?? ""}.${context.region}.${context.session.dnsSuffix}`],
            supportedIpAddressTypes: ["ipv4"],
            tags: {},
            vpcEndpointPolicySupported: true,
        };
    },
    "aws:elb/getServiceAccount:getServiceAccount": (context) => {
        const id = logDelivery[context.region];
        return id === undefined ? undefined : { id, arn: `arn:${context.session.partition}:iam::${id}:root` };
    },
    "aws:elb/getHostedZoneId:getHostedZoneId": balancerZone,
    "aws:lb/getHostedZoneId:getHostedZoneId": balancerZone,
    "aws:route53/getZone:getZone": (context, args) => {
        const name = text(args, "name")?.replace(/\.$/, "");
        const asked = text(args, "zoneId");
        if (name === undefined && asked === undefined) {
            return undefined;
        }
        const generator = outside({ ...context, region: "global" }, `zone ${name ?? asked ?? ""}`);
        const zoneId = asked ?? `Z${generator.upper(20, "id")}`;
        const servers: Value[] = ["com", "net", "org", "co.uk"].map(
            (tld, i) =>
                `ns-${generator.integer(1, 511, `ns${i}`) + i * 512}.awsdns-${String(i).padStart(2, "0")}.${tld}`,
        );
        return {
            id: zoneId,
            zoneId,
            name: name ?? "example.com",
            arn: `arn:${context.session.partition}:route53:::hostedzone/${zoneId}`,
            callerReference: generator.uuid("caller"),
            comment: "",
            linkedServiceDescription: "",
            linkedServicePrincipal: "",
            nameServers: flag(args, "privateZone") ? [] : servers,
            primaryNameServer: asText(servers[0]),
            privateZone: flag(args, "privateZone"),
            resourceRecordSetCount: 2,
            tags: {},
        };
    },
};
