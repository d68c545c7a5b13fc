import { LoadBalancer } from "../../components/load-balancer";
import { LoadBalancerTarget, LoadBalancerTargetArgs } from "../../components/load-balancer-target";
import { makeBalancer, networkOver, outputs } from "./edge-fixture";
import { record, Registered, valueOf } from "./harness";
import { missingRunbooks } from "./runbooks";

const balancerType = "aws:lb/loadBalancer:LoadBalancer";
const listenerType = "aws:lb/listener:Listener";
const egressType = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";

const targetArgs: LoadBalancerTargetArgs = { port: 8443, healthCheckPath: "/health/ready", priority: 100 };

const make = (args: Parameters<typeof makeBalancer>[0] = {}): Promise<Registered> =>
    record(() => makeBalancer(args), outputs);

async function makeTarget(
    args: Partial<LoadBalancerTargetArgs> = {},
): Promise<{ registered: Registered; target: LoadBalancerTarget }> {
    let target: LoadBalancerTarget | undefined;
    const registered = await record(() => {
        target = makeBalancer().addTarget("web", { ...targetArgs, ...args });
    }, outputs);
    if (target === undefined) {
        throw new Error("the target was not made");
    }
    return { registered, target };
}

describe("a load balancer", () => {
    it("is internal, in the private subnets of all zones, and can be shifted away from one", async () => {
        const registered = await make();
        expect(registered.one(balancerType).inputs).toMatchObject({
            internal: true,
            loadBalancerType: "application",
            subnets: ["subnet-private-az1", "subnet-private-az2", "subnet-private-az3"],
            enableZonalShift: true,
        });
    });

    it("drops invalid headers, defends against smuggling and is protected where that is asked for", async () => {
        const registered = await make({ deletionProtection: true });
        expect(registered.one(balancerType).inputs).toMatchObject({
            dropInvalidHeaderFields: true,
            desyncMitigationMode: "defensive",
            enableDeletionProtection: true,
        });
        const open = await make({ deletionProtection: false });
        expect(open.one(balancerType).inputs["enableDeletionProtection"]).toBe(false);
    });

    it("keeps access and connection logs in the log bucket, where its policy lets it write", async () => {
        const registered = await make();
        expect(registered.one(balancerType).inputs).toMatchObject({
            accessLogs: { bucket: "access-logs-0a1b2c3", prefix: "balancer/requests", enabled: true },
            connectionLogs: { bucket: "access-logs-0a1b2c3", prefix: "balancer/connections", enabled: true },
        });
        const policy = String(registered.one("aws:s3/bucketPolicy:BucketPolicy").inputs["policy"]);
        expect((JSON.parse(policy) as { Statement: unknown[] }).Statement).toContainEqual(
            expect.objectContaining({
                Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
                Resource: "arn:aws:s3:::access-logs-0a1b2c3/*/AWSLogs/123456789012/*",
            }),
        );
    });

    it("is closed: its security group admits nobody", async () => {
        const registered = await make();
        const group = registered.one("aws:ec2/securityGroup:SecurityGroup").inputs;
        expect([group["ingress"], group["egress"]]).toEqual([undefined, undefined]);
        expect(registered.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")).toEqual([]);
        expect(registered.ofType(egressType)).toEqual([]);
    });

    it("speaks TLS 1.2 and 1.3 with its certificate, and answers 404 to what no target takes", async () => {
        const registered = await make();
        expect(registered.one(listenerType).inputs).toMatchObject({
            port: 443,
            protocol: "HTTPS",
            sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/origin",
            defaultActions: [{ type: "fixed-response", fixedResponse: { statusCode: "404" } }],
        });
        expect(registered.ofType(listenerType)).toHaveLength(1);
    });

    it("speaks plain HTTP when it is given no certificate, and does not watch TLS then", async () => {
        let balancer: LoadBalancer | undefined;
        const registered = await record(() => {
            balancer = makeBalancer({ certificateArn: undefined });
        }, outputs);
        expect(registered.one(listenerType).inputs).toMatchObject({ port: 80, protocol: "HTTP" });
        expect(registered.one(listenerType).inputs["sslPolicy"]).toBeUndefined();
        expect(balancer?.signals.map(({ name }) => name)).toEqual(["balancer-errors", "balancer-rejected-connections"]);
    });

    it("opens the way out once for each port of its targets", async () => {
        const registered = await record(() => {
            const balancer = makeBalancer();
            balancer.addTarget("web", targetArgs);
            balancer.addTarget("admin", { ...targetArgs, priority: 50, pathPatterns: ["/admin/*"] });
            balancer.addTarget("api", { ...targetArgs, priority: 60, port: 9443, pathPatterns: ["/api/*"] });
        }, outputs);
        const rules = registered
            .ofType(egressType)
            .map(({ name, inputs }) => [name, inputs["fromPort"], inputs["cidrIpv4"]]);
        expect(rules).toEqual([
            ["balancer-to-port-8443", 8443, "10.0.0.0/16"],
            ["balancer-to-port-9443", 9443, "10.0.0.0/16"],
        ]);
    });

    it("refuses two targets of one priority, and names the first", async () => {
        await record(() => {
            const balancer = makeBalancer();
            balancer.addTarget("web", targetArgs);
            expect(() => balancer.addTarget("admin", targetArgs)).toThrow("web has this one");
        }, outputs);
    });

    it("refuses a network of one zone and a name that AWS would cut, before it makes anything", async () => {
        let message = "";
        const registered = await record(() => {
            try {
                new LoadBalancer("a-load-balancer-with-a-long-name", {
                    network: networkOver(["euc1-az1"]),
                    logs: { bucketName: "b", ready: [] } as never,
                    deletionProtection: false,
                });
            } catch (thrown) {
                message = String(thrown);
            }
        }, outputs);
        expect(message).toContain("2 problems");
        expect(message).toContain("network.zones");
        expect(registered.resources.filter(({ component }) => !component)).toEqual([]);
    });

    it("has a runbook for each signal", async () => {
        let signals: LoadBalancer["signals"] = [];
        await record(() => {
            const balancer = makeBalancer();
            signals = [...balancer.signals, ...balancer.addTarget("web", targetArgs).signals];
        }, outputs);
        expect(signals).toHaveLength(6);
        expect(missingRunbooks(signals)).toEqual([]);
    });
});

describe("a target of a load balancer", () => {
    it("takes containers by address, over TLS, and checks them over TLS", async () => {
        const { registered } = await makeTarget();
        expect(registered.one("aws:lb/targetGroup:TargetGroup").inputs).toMatchObject({
            vpcId: "vpc-1",
            targetType: "ip",
            port: 8443,
            protocol: "HTTPS",
            deregistrationDelay: 60,
            healthCheck: { enabled: true, protocol: "HTTPS", path: "/health/ready", matcher: "200" },
        });
    });

    it("has no physical name, so that a replacement can be made before the old one goes", async () => {
        const { registered } = await makeTarget();
        expect(registered.one("aws:lb/targetGroup:TargetGroup").inputs["name"]).toBeUndefined();
    });

    it("sends each request to the container with the fewest open ones, or in turn while new ones start slowly", async () => {
        const usual = await makeTarget();
        expect(usual.registered.one("aws:lb/targetGroup:TargetGroup").inputs).toMatchObject({
            loadBalancingAlgorithmType: "least_outstanding_requests",
            slowStart: 0,
        });
        const slow = await makeTarget({ slowStartSeconds: 60 });
        expect(slow.registered.one("aws:lb/targetGroup:TargetGroup").inputs).toMatchObject({
            loadBalancingAlgorithmType: "round_robin",
            slowStart: 60,
        });
    });

    it("is led to by one rule with its paths and priority", async () => {
        const { registered } = await makeTarget({ pathPatterns: ["/api/*"] });
        expect(registered.one("aws:lb/listenerRule:ListenerRule").inputs).toMatchObject({
            priority: 100,
            conditions: [{ pathPattern: { values: ["/api/*"] } }],
            actions: [{ type: "forward", targetGroupArn: "arn:aws:mock:eu-central-1:123456789012:web" }],
        });
    });

    it("tells a service its label for scaling on requests, and what to wait for", async () => {
        const { target } = await makeTarget();
        await expect(valueOf(target.requestCountLabel)).resolves.toBe(
            "app/balancer-0a1b2c3/0123456789abcdef/targetgroup/web-0a1b2c3/fedcba9876543210",
        );
        await expect(valueOf(target.sourceSecurityGroupId)).resolves.toBe("balancer-id");
        expect(target.ready).toHaveLength(2);
    });

    it("has signals that know the balancer and the target group only, so that they can undo a deployment", async () => {
        const { target } = await makeTarget();
        const dimensions = target.signals.flatMap(({ metric }) =>
            ("metrics" in metric ? Object.values(metric.metrics) : [metric]).map((one) =>
                Object.keys(one.dimensions).sort(),
            ),
        );
        expect(new Set(dimensions.map(String))).toEqual(new Set(["LoadBalancer,TargetGroup"]));
    });

    it("reports all that is wrong with its arguments at once", async () => {
        await record(() => {
            const balancer = makeBalancer();
            const bad = { port: 0, healthCheckPath: "health", priority: 0, slowStartSeconds: 10, pathPatterns: [] };
            expect(() => balancer.addTarget("web", bad)).toThrow("5 problems");
        }, outputs);
    });
});
