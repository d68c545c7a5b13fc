import { Stack, StackProps } from "aws-cdk-lib";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { watch } from "./alarms";
import { Balancer } from "./balancer";
import { Cdn } from "./cdn";
import { Compute } from "./compute";
import { Cache, Database, WorkQueue } from "./data";
import { EdgeStack } from "./edge-stack";
import { EncryptionKeys } from "./keys";
import { Monitoring } from "./monitoring";
import { Network } from "./network";
import { Storage } from "./storage";

export interface PlatformStackProps extends StackProps {
    domainName: string;
    edge: EdgeStack;
}

/** Everything but what CloudFront demands in us-east-1. */
export class PlatformStack extends Stack {
    constructor(scope: Construct, id: string, { domainName, edge, ...props }: PlatformStackProps) {
        super(scope, id, props);
        const zone = HostedZone.fromHostedZoneAttributes(this, "zone", {
            hostedZoneId: "Z0123456789ABCDEFGHIJ",
            zoneName: "example.com",
        });
        const keys = new EncryptionKeys(this, "keys");
        const network = new Network(this, "network", keys.logs);
        const { vpc } = network;
        const topic = new Topic(this, "alerts", { masterKey: keys.messages, enforceSSL: true });
        topic.addSubscription(new EmailSubscription("on-call@example.com"));
        const storage = new Storage(this, "storage", keys);
        const database = new Database(this, "database", { vpc, keys });
        const cache = new Cache(this, "cache", { vpc, keys });
        const jobs = new WorkQueue(this, "jobs", keys);
        const balancer = new Balancer(this, "balancer", { vpc, zone, domainName, logs: storage.logs });
        const rollbackAlarms = watch(this, topic, [
            {
                name: "web-errors",
                namespace: "AWS/ApplicationELB",
                metricName: "HTTPCode_Target_5XX_Count",
                dimensions: { LoadBalancer: balancer.balancer.loadBalancerFullName },
                statistic: "Sum",
                threshold: 50,
            },
        ]);
        const compute = new Compute(this, "compute", {
            vpc,
            keys,
            database,
            cache,
            jobs,
            storage,
            balancer,
            rollbackAlarms,
        });
        new Cdn(this, "cdn", {
            domainName,
            zone,
            certificate: edge.certificate,
            webAclArn: edge.webAcl.attrArn,
            balancer,
            storage,
        });
        new Monitoring(this, "monitoring", { topic, network, balancer, compute, database, cache, jobs });
    }
}
