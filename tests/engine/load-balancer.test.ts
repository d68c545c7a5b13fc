import { LoadBalancer, LoadBalancerArgs } from "../../components/load-balancer";
import { LoadBalancerTargetArgs } from "../../components/load-balancer-target";
import { LogBucket } from "../../components/log-bucket";
import { network } from "../unit/edge-fixture";
import { changes, InlineStack } from "./inline-program";

const certificate = (name: string): string => `arn:aws:acm:eu-central-1:123456789012:certificate/${name}`;
const target: LoadBalancerTargetArgs = { port: 8443, healthCheckPath: "/health/ready", priority: 100 };

interface Change {
    readonly balancer?: Partial<LoadBalancerArgs>;
    readonly target?: Partial<LoadBalancerTargetArgs>;
    readonly another?: LoadBalancerTargetArgs;
}

const program =
    (change: Change = {}) =>
    () => {
        const balancer = new LoadBalancer("balancer", {
            network,
            certificateArn: certificate("one"),
            logs: new LogBucket("access-logs", { retentionDays: 30 }),
            deletionProtection: false,
            ...change.balancer,
        });
        balancer.addTarget("web", { ...target, ...change.target });
        if (change.another !== undefined) {
            balancer.addTarget("api", change.another);
        }
    };

const types = {
    balancer: "aws:lb/loadBalancer:LoadBalancer",
    listener: "aws:lb/listener:Listener",
    rule: "aws:lb/listenerRule:ListenerRule",
    group: "aws:lb/targetGroup:TargetGroup",
};

jest.setTimeout(180_000);

describe("a load balancer on the real engine", () => {
    const stack = new InlineStack();

    beforeAll(async () => {
        const made = await stack.up(program());
        expect(made.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        expect(made.ok).toBe(true);
    });

    afterAll(() => {
        stack.remove();
    });

    it("does not change when nothing does", async () => {
        const again = await stack.up(program());
        expect(again.steps.filter(({ op }) => op !== "same")).toEqual([]);
    });

    it.each<[string, Change, keyof typeof types, string[]]>([
        ["protection", { balancer: { deletionProtection: true } }, "balancer", ["balancer: update"]],
        ["another certificate", { balancer: { certificateArn: certificate("two") } }, "listener", ["balancer: update"]],
        ["another health check", { target: { healthCheckPath: "/health/live" } }, "group", ["web: update"]],
        ["a slow start", { target: { slowStartSeconds: 60 } }, "group", ["web: update"]],
        ["other paths", { target: { pathPatterns: ["/shop/*"] } }, "rule", ["web: update"]],
    ])("changes in place for %s", async (_, change, type, expected) => {
        const planned = await stack.preview(program(change));
        expect(planned.ok).toBe(true);
        expect(changes(planned, types[type])).toEqual(expected);
        expect(planned.steps.filter(({ op }) => /replace|delete/.test(op))).toEqual([]);
    });

    it("leaves its first target as it is when it gets another one", async () => {
        const another = { ...target, priority: 50, pathPatterns: ["/api/*"] };
        const planned = await stack.preview(program({ another }));
        expect(planned.ok).toBe(true);
        const touched = planned.steps.filter(({ op, type }) => op !== "same" && !type.startsWith("headroom:"));
        expect(touched.map(({ op, name }) => `${op} ${name}`)).toEqual(["create api", "create api"]);
    });

    it("has a new target group, and its rule leads there, before the old one goes", async () => {
        const planned = await stack.preview(program({ target: { port: 9443 } }));
        expect(planned.ok).toBe(true);
        const order = planned.steps
            .filter(({ op, type }) => op !== "same" && (type === types.group || type === types.rule))
            .map(({ op, type }) => `${op} ${type === types.group ? "group" : "rule"}`);
        expect(order.indexOf("create-replacement group")).toBeLessThan(order.indexOf("update rule"));
        expect(order.indexOf("update rule")).toBeLessThan(order.indexOf("delete-replaced group"));
        expect(changes(planned, types.balancer)).toEqual([]);
    });

    it("is not deleted while it is protected", async () => {
        await stack.up(program({ balancer: { deletionProtection: true } }));
        const refused = await stack.destroy();
        expect(refused.ok).toBe(false);
        await stack.up(program());
    });
});
