import { RemovalPolicy } from "aws-cdk-lib";
import {
    FlowLogDestination,
    GatewayVpcEndpointAwsService,
    InterfaceVpcEndpointAwsService,
    IpAddresses,
    Peer,
    Port,
    SecurityGroup,
    SubnetType,
    Vpc,
} from "aws-cdk-lib/aws-ec2";
import { IKey } from "aws-cdk-lib/aws-kms";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

/** What the subnet configuration below comes to. */
const privateRanges = ["10.0.16.0/20", "10.0.32.0/20", "10.0.48.0/20"];

/** Three zones of public, private and isolated subnets, a NAT gateway in each, endpoints and flow logs. */
export class Network extends Construct {
    readonly vpc: Vpc;

    constructor(scope: Construct, id: string, logsKey: IKey) {
        super(scope, id);
        this.vpc = new Vpc(this, "vpc", {
            ipAddresses: IpAddresses.cidr("10.0.0.0/16"),
            availabilityZones: ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
            natGateways: 3,
            subnetConfiguration: [
                { name: "public", subnetType: SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
                { name: "private", subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
                { name: "isolated", subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
            ],
            gatewayEndpoints: { s3: { service: GatewayVpcEndpointAwsService.S3 } },
        });
        const services = {
            "ecr-api": InterfaceVpcEndpointAwsService.ECR,
            "ecr-dkr": InterfaceVpcEndpointAwsService.ECR_DOCKER,
            logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
            sqs: InterfaceVpcEndpointAwsService.SQS,
            secretsmanager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
            kms: InterfaceVpcEndpointAwsService.KMS,
        };
        const securityGroup = new SecurityGroup(this, "endpoints", {
            vpc: this.vpc,
            description: "Interface endpoints: HTTPS from the private subnets",
            allowAllOutbound: false,
        });
        for (const subnet of privateRanges) {
            securityGroup.addIngressRule(Peer.ipv4(subnet), Port.tcp(443), "HTTPS from a private subnet");
        }
        for (const [name, service] of Object.entries(services)) {
            this.vpc.addInterfaceEndpoint(name, {
                service,
                subnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
                securityGroups: [securityGroup],
                open: false,
            });
        }
        const log = new LogGroup(this, "flow-log", {
            encryptionKey: logsKey,
            retention: RetentionDays.THREE_MONTHS,
            removalPolicy: RemovalPolicy.RETAIN,
        });
        this.vpc.addFlowLog("flow-log", { destination: FlowLogDestination.toCloudWatchLogs(log) });
    }
}
