import { cloudfrontFailoverDistinct } from "../../../policies/no-single-point-of-failure/rules/cloudfront-failover-distinct";
import { describeRule } from "../support/describe-rule";
import { ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";

const bucket = (name: string): TestResource =>
    resource(
        "bucket",
        name,
        {},
        { computed: { bucket: name, bucketRegionalDomainName: `${name}.s3.eu-west-1.amazonaws.com` } },
    );
const balancer = (name: string): TestResource =>
    resource("loadBalancer", name, {}, { computed: { dnsName: `${name}.elb.amazonaws.com` } });
const control = { type: "aws:cloudfront/originAccessControl:OriginAccessControl", name: "control", inputs: {} };
const all = [bucket("first"), bucket("second"), balancer("web"), balancer("spare"), control];

/** The domain name of another resource, as it is known after an update. */
const domainOf = (name: string): unknown => ref(name, "bucketRegionalDomainName");
const origin = (originId: unknown, domainName: unknown, more: object = {}): object => ({
    originId,
    domainName,
    ...more,
});
const distribution = (origins: unknown, members: readonly unknown[] = ["one", "two"]): TestResource[] => [
    ...all,
    resource("cloudFrontDistribution", "cdn", {
        origins,
        originGroups: [{ originId: "group", members: members.map((originId) => ({ originId })) }],
    }),
];
const vpcOrigin = (name: string, arn: unknown): TestResource =>
    resource("cloudFrontVpcOrigin", name, { vpcOriginEndpointConfig: { name, arn } });
const through = (name: string): object => ({ vpcOriginConfig: { vpcOriginId: ref(name) } });

describeRule(cloudfrontFailoverDistinct, {
    compliant: {
        "two buckets": distribution([
            origin("one", domainOf("first"), { originAccessControlId: ref("control") }),
            origin("two", domainOf("second"), { originAccessControlId: ref("control") }),
        ]),
        "two buckets whose origins bear their ids": distribution(
            [origin(ref("first", "arn"), domainOf("first")), origin(ref("second", "arn"), domainOf("second"))],
            [ref("first", "arn"), ref("second", "arn")],
        ),
        "two names": distribution([origin("one", "one.example.com"), origin("two", "two.example.com")]),
        "one bucket twice, but not in one group": distribution([
            origin("one", "first.s3.eu-west-1.amazonaws.com"),
            origin("other", "first.s3.eu-west-1.amazonaws.com"),
            origin("two", "two.example.com"),
        ]),
        "a bucket and a load balancer in a VPC": [
            ...distribution([
                origin("one", domainOf("first")),
                origin("two", ref("web", "dnsName"), through("web-origin")),
            ]),
            vpcOrigin("web-origin", ref("web", "arn")),
        ],
        "two load balancers in VPCs": [
            ...distribution([
                origin("one", "app.example.com", through("web-origin")),
                origin("two", "app.example.com", through("spare-origin")),
            ]),
            vpcOrigin("web-origin", ref("web", "arn")),
            vpcOrigin("spare-origin", ref("spare", "arn")),
        ],
    },
    violating: {
        "one bucket": {
            resources: distribution([origin("one", domainOf("first")), origin("two", domainOf("first"))]),
            at: ["cdn"],
            says: /originGroups\[0\]\.members both reach (the bucket first|first-bucketregionaldomainname): .* Fix: give the second member an origin/,
        },
        "one bucket by two of its endpoints": {
            resources: distribution([
                origin("one", "shop.s3.eu-west-1.amazonaws.com"),
                origin("two", "shop.s3-website-eu-west-1.amazonaws.com"),
            ]),
            at: ["cdn"],
            says: /both reach the bucket shop/,
        },
        "one bucket under two paths": {
            resources: distribution([
                origin("one", "shop.s3.amazonaws.com"),
                origin("two", "shop.s3.dualstack.us-east-1.amazonaws.com", { originPath: "/fallback" }),
            ]),
            at: ["cdn"],
            says: /both reach the bucket shop/,
        },
        "one load balancer": {
            resources: distribution([
                origin("one", "web.elb.amazonaws.com"),
                origin("two", "dualstack.web.elb.amazonaws.com"),
            ]),
            at: ["cdn"],
            says: /both reach the load balancer web/,
            modes: ["up"],
        },
        "one load balancer behind two VPC origins": {
            resources: [
                ...distribution([
                    origin("one", "one.example.com", through("web-origin")),
                    origin("two", "two.example.com", through("same-origin")),
                ]),
                vpcOrigin("web-origin", "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/1"),
                vpcOrigin("same-origin", "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/web/1"),
            ],
            at: ["cdn"],
            says: /both reach arn:aws:elasticloadbalancing/,
            modes: ["up"],
        },
        "one origin named twice": {
            resources: distribution(
                [origin("one", "one.example.com"), origin("two", "two.example.com")],
                ["one", "one"],
            ),
            at: ["cdn"],
            says: /members both reach one/,
        },
        "one member": {
            resources: distribution([origin("one", "one.example.com")], ["one"]),
            at: ["cdn"],
            says: /members name one origin only/,
        },
    },
    unknown: {
        "a name from another stack": {
            resources: [
                ...distribution([origin("one", domainOf("first")), origin("two", ref("platform", "spareBucket"))]),
                { type: "pulumi:pulumi:StackReference", name: "platform", inputs: {} },
            ],
            at: ["cdn"],
            says: /originGroups\[0\]\.members reach origins that are not known/,
        },
        "names that come from no resource": {
            resources: distribution([origin("one", UNKNOWN_VALUE), origin("two", UNKNOWN_VALUE)]),
            at: ["cdn"],
            says: /originGroups\[0\]\.members reach origins that are not known/,
        },
        "all origins": {
            resources: distribution(UNKNOWN_VALUE),
            at: ["cdn"],
            says: /origins is not known/,
        },
        "the groups": {
            resources: [resource("cloudFrontDistribution", "cdn", { originGroups: UNKNOWN_VALUE })],
            at: ["cdn"],
            says: /originGroups is not known/,
        },
        "which of three origins over two buckets the members are": {
            resources: distribution([
                origin("one", domainOf("first")),
                origin("two", domainOf("second")),
                origin("three", domainOf("second")),
            ]),
            at: ["cdn"],
            says: /reach origins that are not known/,
        },
    },
    notApplicable: {
        "a distribution without groups": [
            resource("cloudFrontDistribution", "cdn", { origins: [origin("one", "one.example.com")] }),
        ],
    },
});
