import { zonesOf } from "../../aws/regions";
import type { Facts, Makers, Value, ValueMap } from "./facts";

/** Hosted zones that load balancers' names are in; https://docs.aws.amazon.com/general/latest/gr/elb.html */
export const balancerZones: Readonly<Record<string, { application: string; network: string }>> = {
    "us-east-1": { application: "Z35SXDOTRQ7X7K", network: "Z26RNL4JYFTOTI" },
    "us-east-2": { application: "Z3AADJGX6KTTL2", network: "ZLMOA37VPKANP" },
    "us-west-1": { application: "Z368ELLRRE2KJ0", network: "Z24FKFUX50B4VW" },
    "us-west-2": { application: "Z1H1FL5HABSF5", network: "Z18D5FSROUN65G" },
    "ap-northeast-1": { application: "Z14GRHDCWA56QT", network: "Z31USIVHYNEOWT" },
    "ap-northeast-2": { application: "ZWKZPGTI48KDX", network: "ZIBE1TIR4HY56" },
    "ap-south-1": { application: "ZP97RAFLXTNZK", network: "ZVDDRBQ08TROA" },
    "ap-southeast-1": { application: "Z1LMS91P8CMLE5", network: "ZKVM4W9LS7TM" },
    "ap-southeast-2": { application: "Z1GM3OXH4ZPM65", network: "ZCT6FZBF4DROD" },
    "ca-central-1": { application: "ZQSVJUPU6J1EY", network: "Z2EPGBW3API2WT" },
    "eu-central-1": { application: "Z215JYRZR1TBD5", network: "Z3F0SRJ5LGBH90" },
    "eu-north-1": { application: "Z23TAZ6LKFMNIO", network: "Z1UDT6IFJ4EJM" },
    "eu-west-1": { application: "Z32O12XQLNTSW2", network: "Z2IFOLAFXWLO4F" },
    "eu-west-2": { application: "ZHURV8PSTC4K8", network: "ZD4D7Y8KGAS4G" },
    "eu-west-3": { application: "Z3Q77PNBQS71R4", network: "Z1CMS0P5QUZ6D5" },
    "sa-east-1": { application: "Z2P70J7HTTTPLU", network: "ZTK26PT1VY4CU" },
};

const loadBalancer = (f: Facts): ValueMap & { id: string } => {
    const type = f.text("loadBalancerType") ?? "application";
    const kind = { application: "app", network: "net", gateway: "gwy" }[type] ?? "app";
    const suffix = `${kind}/${f.name}/${f.generator.hex(16, "balancer")}`;
    const arn = f.id(() => f.arn("elasticloadbalancing", `loadbalancer/${suffix}`));
    const zones = balancerZones[f.region];
    const number = f.generator.integer(100_000_000, 1_999_999_999, "dns");
    const internal = f.flag("internal") ? "internal-" : "";
    const subnets = f.list("subnets");
    const subnet = typeof subnets[0] === "string" ? subnets[0] : undefined;
    return {
        id: arn,
        arn,
        arnSuffix: arn.slice(arn.indexOf("loadbalancer/") + "loadbalancer/".length),
        dnsName:
            type === "network"
                ? `${f.name}-${f.generator.hex(16, "balancer")}.elb.${f.region}.${f.dnsSuffix}`
                : `${internal}${f.name}-${number}.${f.region}.elb.${f.dnsSuffix}`,
        zoneId: (type === "network" ? zones?.network : zones?.application) ?? `Z${f.generator.upper(13, "zone")}`,
        loadBalancerType: type,
        internal: false,
        ipAddressType: "ipv4",
        vpcId: f.outputOf("aws:ec2/subnet:Subnet", subnet, "vpcId") ?? f.other("vpc"),
        securityGroups: type === "application" ? [f.other("sg")] : [],
        subnetMappings: subnets.map((one) => ({ subnetId: one })),
    };
};

const targetGroup = (f: Facts): ValueMap & { id: string } => {
    const arn = f.id(() => f.arn("elasticloadbalancing", `targetgroup/${f.name}/${f.generator.hex(16, "group")}`));
    return {
        id: arn,
        arn,
        arnSuffix: arn.slice(arn.indexOf("targetgroup/")),
        loadBalancerArns: [],
        ipAddressType: "ipv4",
        protocolVersion: "HTTP1",
        loadBalancingAlgorithmType: "round_robin",
        loadBalancingAnomalyMitigation: "off",
        loadBalancingCrossZoneEnabled: "use_load_balancer_configuration",
        healthCheck: {
            enabled: true,
            healthyThreshold: 5,
            interval: 30,
            matcher: "200",
            path: "/",
            port: "traffic-port",
            protocol: "HTTP",
            timeout: 5,
            unhealthyThreshold: 2,
        },
        stickiness: { enabled: false, type: "lb_cookie", cookieDuration: 86_400, cookieName: "" },
        deregistrationDelay: 300,
    };
};

const listener = (f: Facts): ValueMap & { id: string } => {
    const balancer =
        (f.text("loadBalancerArn") ?? "").split(":loadbalancer/")[1] ?? `app/unknown/${f.generator.hex(16, "lb")}`;
    const arn = f.id(() => f.arn("elasticloadbalancing", `listener/${balancer}/${f.generator.hex(16, "listener")}`));
    const secure = /^(HTTPS|TLS)$/.test(f.text("protocol") ?? "");
    return { id: arn, arn, protocol: "HTTP", sslPolicy: secure ? "ELBSecurityPolicy-2016-08" : "" };
};

const listenerRule = (f: Facts): ValueMap & { id: string } => {
    const path = (f.text("listenerArn") ?? "").split(":listener/")[1] ?? "app/unknown/0/0";
    const arn = f.id(() => f.arn("elasticloadbalancing", `listener-rule/${path}/${f.generator.hex(16, "rule")}`));
    return { id: arn, arn, priority: f.generator.integer(1, 49_999, "priority") };
};

const plain =
    (prefix: string, service: string, resource: string) =>
    (f: Facts): ValueMap & { id: string } => {
        const id = f.prefixed(prefix);
        return { id, arn: f.arn(service, `${resource}/${id}`), ownerId: f.account };
    };

const aliases = (module: string): Makers => ({
    [`aws:${module}/loadBalancer:LoadBalancer`]: loadBalancer,
    [`aws:${module}/targetGroup:TargetGroup`]: targetGroup,
    [`aws:${module}/listener:Listener`]: listener,
    [`aws:${module}/listenerRule:ListenerRule`]: listenerRule,
});

export const network: Makers = {
    ...aliases("lb"),
    ...aliases("alb"),
    "aws:ec2/vpc:Vpc": (f) => {
        const id = f.prefixed("vpc");
        return {
            id,
            arn: f.arn("ec2", `vpc/${id}`),
            ownerId: f.account,
            mainRouteTableId: f.other("rtb"),
            defaultRouteTableId: f.other("rtb"),
            defaultNetworkAclId: f.other("acl"),
            defaultSecurityGroupId: f.other("sg"),
            dhcpOptionsId: f.other("dopt"),
            cidrBlock: "10.0.0.0/16",
            instanceTenancy: "default",
            enableDnsHostnames: false,
            enableDnsSupport: true,
            enableNetworkAddressUsageMetrics: false,
            ipv6AssociationId: f.flag("assignGeneratedIpv6CidrBlock") ? f.other("vpc-cidr-assoc") : "",
            ipv6CidrBlock: f.flag("assignGeneratedIpv6CidrBlock") ? `2001:db8:${f.generator.hex(2, "v6")}00::/56` : "",
        };
    },
    "aws:ec2/subnet:Subnet": (f) => {
        const id = f.prefixed("subnet");
        const zones = zonesOf(f.region);
        const index = f.generator.integer(0, zones.length - 1, "zone");
        const zone =
            zones.find((one) => one.name === f.text("availabilityZone") || one.id === f.text("availabilityZoneId")) ??
            zones[index];
        return {
            id,
            arn: f.arn("ec2", `subnet/${id}`),
            ownerId: f.account,
            availabilityZone: zone?.name ?? `${f.region}a`,
            availabilityZoneId: zone?.id ?? "",
            privateDnsHostnameTypeOnLaunch: "ip-name",
            ipv6CidrBlockAssociationId: f.text("ipv6CidrBlock") ? f.other("subnet-cidr-assoc") : "",
        };
    },
    "aws:ec2/securityGroup:SecurityGroup": (f) => ({
        ...plain("sg", "ec2", "security-group")(f),
        description: "Managed by Pulumi",
        vpcId: f.other("vpc"),
        namePrefix: "",
    }),
    "aws:ec2/securityGroupRule:SecurityGroupRule": (f) => ({
        id: f.id(() => `sgrule-${f.generator.integer(100_000_000, 4_200_000_000, "rule")}`),
        securityGroupRuleId: f.other("sgr"),
        sourceSecurityGroupId: "",
    }),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule,
    "aws:ec2/internetGateway:InternetGateway": plain("igw", "ec2", "internet-gateway"),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": plain("eigw", "ec2", "egress-only-internet-gateway"),
    "aws:ec2/routeTable:RouteTable": (f) => ({
        ...plain("rtb", "ec2", "route-table")(f),
        propagatingVgws: [],
        routes: [],
    }),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": (f) => ({
        ...plain("sg", "ec2", "security-group")(f),
        name: "default",
        description: "default VPC security group",
        vpcId: f.other("vpc"),
    }),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": (f) => {
        const id = f.id(() => f.text("defaultRouteTableId") ?? f.other("rtb"));
        return { id, arn: f.arn("ec2", `route-table/${id}`), ownerId: f.account, vpcId: f.other("vpc"), routes: [] };
    },
    "aws:ec2/networkAcl:NetworkAcl": plain("acl", "ec2", "network-acl"),
    "aws:ec2/route:Route": (f) => ({
        id: f.id(
            () => `r-${f.text("routeTableId") ?? "rtb"}${f.generator.integer(1_000_000_000, 4_200_000_000, "route")}`,
        ),
        origin: "CreateRoute",
        state: "active",
        instanceId: "",
        instanceOwnerId: "",
        networkInterfaceId: "",
    }),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": (f) => ({ id: f.prefixed("rtbassoc") }),
    "aws:ec2/eip:Eip": (f) => {
        const id = f.prefixed("eipalloc");
        const address = f.generator.publicIpv4("address");
        const dashed = address.replace(/\./g, "-");
        return {
            id,
            arn: f.arn("ec2", `elastic-ip/${id}`),
            allocationId: id,
            associationId: "",
            publicIp: address,
            publicDns: `ec2-${dashed}.${f.region}.compute.${f.dnsSuffix}`,
            privateIp: "",
            domain: "vpc",
            networkBorderGroup: f.region,
            publicIpv4Pool: "amazon",
            networkInterface: "",
            instance: "",
        };
    },
    "aws:ec2/natGateway:NatGateway": (f) => ({
        id: f.prefixed("nat"),
        associationId: f.other("eipassoc"),
        networkInterfaceId: f.other("eni"),
        publicIp: f.generator.publicIpv4("nat"),
        privateIp: f.generator.ipv4("nat"),
        connectivityType: "public",
        availabilityMode: "zonal",
        routeTableId: f.text("availabilityMode") === "regional" ? f.other("rtb") : "",
        vpcId: f.outputOf("aws:ec2/subnet:Subnet", f.text("subnetId"), "vpcId") ?? f.other("vpc"),
    }),
    "aws:ec2/vpcEndpoint:VpcEndpoint": (f) => {
        const id = f.prefixed("vpce");
        const service = f.text("serviceName") ?? "";
        const isInterface = f.text("vpcEndpointType") === "Interface";
        const dns: Value[] = isInterface
            ? [
                  {
                      dnsName: `${id}-${f.generator.lower(8, "dns")}.${service.split(".").at(-1) ?? "service"}.${f.region}.vpce.${f.dnsSuffix}`,
                      hostedZoneId: `Z${f.generator.upper(13, "zone")}`,
                  },
              ]
            : [];
        return {
            id,
            arn: f.arn("ec2", `vpc-endpoint/${id}`),
            ownerId: f.account,
            state: "available",
            requesterManaged: false,
            dnsEntries: dns,
            cidrBlocks: isInterface ? [] : ["198.51.100.0/24"],
            prefixListId: isInterface ? "" : `pl-${f.generator.hex(8, "prefix")}`,
            networkInterfaceIds: isInterface ? f.list("subnetIds").map((_, i) => f.other("eni", `eni${i}`)) : [],
            policy: '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*","Resource":"*"}],"Version":"2008-10-17"}',
            ipAddressType: "ipv4",
            serviceRegion: f.region,
        };
    },
    "aws:ec2/flowLog:FlowLog": (f) => ({
        ...plain("fl", "ec2", "vpc-flow-log")(f),
        logFormat:
            "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}",
        logDestination: f.text("logGroupName") ? f.arn("logs", `log-group:${f.text("logGroupName") ?? ""}`) : "",
        maxAggregationInterval: 600,
    }),
    "aws:ec2/managedPrefixList:ManagedPrefixList": (f) => ({ ...plain("pl", "ec2", "prefix-list")(f), version: 1 }),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": (f) => ({ id: f.prefixed("pcx"), acceptStatus: "active" }),
    "aws:ec2/networkInterface:NetworkInterface": (f) => ({
        ...plain("eni", "ec2", "network-interface")(f),
        privateIp: f.generator.ipv4("eni"),
        macAddress: macAddress(f),
    }),
    "aws:ec2/instance:Instance": (f) => {
        const id = f.prefixed("i");
        const [address, outside] = [f.generator.ipv4("private"), f.generator.publicIpv4("public")];
        const zone = f.outputOf("aws:ec2/subnet:Subnet", f.text("subnetId"), "availabilityZone");
        return {
            id,
            arn: f.arn("ec2", `instance/${id}`),
            instanceState: "running",
            privateIp: address,
            privateDns: `ip-${address.replace(/\./g, "-")}.${f.region}.compute.internal`,
            publicIp: outside,
            publicDns: `ec2-${outside.replace(/\./g, "-")}.${f.region}.compute.${f.dnsSuffix}`,
            primaryNetworkInterfaceId: f.other("eni"),
            availabilityZone: zone ?? `${f.region}a`,
            subnetId: f.other("subnet"),
            tenancy: "default",
            outpostArn: "",
            passwordData: "",
        };
    },
    "aws:ec2/launchTemplate:LaunchTemplate": (f) => {
        const id = f.prefixed("lt");
        return { id, arn: f.arn("ec2", `launch-template/${id}`), latestVersion: 1, defaultVersion: 1 };
    },
    "aws:ec2/keyPair:KeyPair": (f) => ({
        id: f.id(() => f.text("keyName") ?? f.name),
        arn: f.arn("ec2", `key-pair/${f.text("keyName") ?? f.name}`),
        keyPairId: f.other("key"),
        keyType: "rsa",
        fingerprint: (f.generator.hex(32, "fingerprint").match(/../g) ?? []).join(":"),
    }),
    "aws:ebs/volume:Volume": plain("vol", "ec2", "volume"),
    "aws:elb/loadBalancer:LoadBalancer": (f) => ({
        id: f.id(() => f.name),
        arn: f.arn("elasticloadbalancing", `loadbalancer/${f.name}`),
        dnsName: `${f.name}-${f.generator.integer(100_000_000, 1_999_999_999, "dns")}.${f.region}.elb.${f.dnsSuffix}`,
        zoneId: balancerZones[f.region]?.application ?? `Z${f.generator.upper(13, "zone")}`,
    }),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": (f) => {
        const id = f.id(() => `ns-${f.generator.lower(16, "namespace")}`);
        return {
            id,
            arn: f.arn("servicediscovery", `namespace/${id}`),
            hostedZone: `Z${f.generator.upper(20, "zone")}`,
        };
    },
    "aws:servicediscovery/service:Service": (f) => {
        const id = f.id(() => `srv-${f.generator.lower(16, "service")}`);
        return { id, arn: f.arn("servicediscovery", `service/${id}`) };
    },
};

function securityGroupRule(f: Facts): ValueMap & { id: string } {
    const id = f.prefixed("sgr");
    return { id, arn: f.arn("ec2", `security-group-rule/${id}`), securityGroupRuleId: id };
}

function macAddress(f: Facts): string {
    return `02:${(f.generator.hex(10, "mac").match(/../g) ?? []).join(":")}`;
}
