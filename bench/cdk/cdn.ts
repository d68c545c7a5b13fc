import { Duration } from "aws-cdk-lib";
import { ICertificate } from "aws-cdk-lib/aws-certificatemanager";
import {
    AllowedMethods,
    CachePolicy,
    Distribution,
    HttpVersion,
    OriginProtocolPolicy,
    OriginRequestPolicy,
    PriceClass,
    ResponseHeadersPolicy,
    SecurityPolicyProtocol,
    ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront";
import { S3BucketOrigin, VpcOrigin } from "aws-cdk-lib/aws-cloudfront-origins";
import { AaaaRecord, ARecord, IHostedZone, RecordTarget } from "aws-cdk-lib/aws-route53";
import { CloudFrontTarget } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { Balancer } from "./balancer";
import { Storage } from "./storage";

export interface CdnProps {
    domainName: string;
    zone: IHostedZone;
    certificate: ICertificate;
    webAclArn: string;
    balancer: Balancer;
    storage: Storage;
}

/** What users meet first: assets from the bucket, everything else through a VPC origin from the load balancer. */
export class Cdn extends Construct {
    readonly distribution: Distribution;

    constructor(scope: Construct, id: string, props: CdnProps) {
        super(scope, id);
        this.distribution = new Distribution(this, "distribution", {
            domainNames: [props.domainName],
            certificate: props.certificate,
            minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
            httpVersion: HttpVersion.HTTP2_AND_3,
            priceClass: PriceClass.PRICE_CLASS_100,
            webAclId: props.webAclArn,
            logBucket: props.storage.logs,
            logFilePrefix: "cdn/",
            defaultBehavior: {
                origin: VpcOrigin.withApplicationLoadBalancer(props.balancer.balancer, {
                    domainName: `origin.${props.domainName}`,
                    protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
                    keepaliveTimeout: Duration.seconds(60),
                }),
                allowedMethods: AllowedMethods.ALLOW_ALL,
                viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                cachePolicy: CachePolicy.CACHING_DISABLED,
                originRequestPolicy: OriginRequestPolicy.ALL_VIEWER,
                responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
            },
            additionalBehaviors: {
                "/assets/*": {
                    origin: S3BucketOrigin.withOriginAccessControl(props.storage.assets),
                    viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                    cachePolicy: CachePolicy.CACHING_OPTIMIZED,
                    responseHeadersPolicy: ResponseHeadersPolicy.SECURITY_HEADERS,
                },
            },
        });
        const target = RecordTarget.fromAlias(new CloudFrontTarget(this.distribution));
        new ARecord(this, "ipv4", { zone: props.zone, recordName: props.domainName, target });
        new AaaaRecord(this, "ipv6", { zone: props.zone, recordName: props.domainName, target });
    }
}
