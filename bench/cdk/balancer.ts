import { Duration } from "aws-cdk-lib";
import { Certificate, CertificateValidation } from "aws-cdk-lib/aws-certificatemanager";
import { Peer, Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import {
    ApplicationListener,
    ApplicationLoadBalancer,
    ApplicationProtocol,
    ApplicationTargetGroup,
    ListenerAction,
    ListenerCondition,
    SslPolicy,
    TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { IHostedZone } from "aws-cdk-lib/aws-route53";
import { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";

export interface BalancerProps {
    vpc: Vpc;
    zone: IHostedZone;
    domainName: string;
    logs: IBucket;
}

/** An internal load balancer with TLS, and one target group behind it. */
export class Balancer extends Construct {
    readonly balancer: ApplicationLoadBalancer;
    readonly listener: ApplicationListener;
    readonly target: ApplicationTargetGroup;

    constructor(scope: Construct, id: string, props: BalancerProps) {
        super(scope, id);
        const { vpc } = props;
        const securityGroup = new SecurityGroup(this, "access", {
            vpc,
            description: "VPC origins of CloudFront",
            allowAllOutbound: false,
        });
        // CloudFront's own prefix list in eu-central-1.
        securityGroup.addIngressRule(Peer.prefixList("pl-a3a144ca"), Port.tcp(443), "HTTPS from CloudFront");
        this.balancer = new ApplicationLoadBalancer(this, "balancer", {
            vpc,
            vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
            internetFacing: false,
            securityGroup,
            deletionProtection: true,
            dropInvalidHeaderFields: true,
        });
        this.balancer.logAccessLogs(props.logs, "balancer");
        this.balancer.logConnectionLogs(props.logs, "balancer-connections");
        const certificate = new Certificate(this, "certificate", {
            domainName: `origin.${props.domainName}`,
            validation: CertificateValidation.fromDns(props.zone),
        });
        this.listener = this.balancer.addListener("https", {
            port: 443,
            protocol: ApplicationProtocol.HTTPS,
            certificates: [certificate],
            sslPolicy: SslPolicy.TLS13_RES,
            open: false,
            defaultAction: ListenerAction.fixedResponse(404),
        });
        this.target = new ApplicationTargetGroup(this, "web", {
            vpc,
            port: 8443,
            protocol: ApplicationProtocol.HTTPS,
            targetType: TargetType.IP,
            deregistrationDelay: Duration.minutes(1),
            healthCheck: {
                path: "/health/ready",
                healthyHttpCodes: "200",
                interval: Duration.seconds(10),
                healthyThresholdCount: 2,
            },
        });
        this.listener.addAction("web", {
            priority: 100,
            conditions: [ListenerCondition.pathPatterns(["/*"])],
            action: ListenerAction.forward([this.target]),
        });
    }
}
