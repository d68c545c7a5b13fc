import * as fc from "fast-check";
import { combineBindings, ServiceBinding, statementPrefix, variablePrefix } from "../../components/binding";

const binding = (name: string, more: Partial<ServiceBinding> = {}): ServiceBinding => ({
    name,
    environment: {},
    secrets: [],
    connections: [],
    permissions: [],
    ...more,
});

describe("combined bindings", () => {
    it("hold everything that each of them needs, sorted by name", () => {
        const combined = combineBindings(
            [
                binding("jobs.producer", {
                    environment: { JOBS_QUEUE_URL: "url" },
                    permissions: [{ sid: "JobsSend", actions: ["sqs:SendMessage"], resources: ["queue"] }],
                }),
                binding("cache", {
                    environment: { CACHE_TLS: "on" },
                    secrets: [{ variable: "CACHE_PASSWORD", secretArn: "secret", keyArn: "key" }],
                    connections: [{ peer: "cache", securityGroupId: "sg", port: 6379 }],
                    permissions: [{ sid: "CacheConnect", actions: ["elasticache:Connect"], resources: ["cache"] }],
                }),
            ],
            { PORT: "8443" },
        );
        expect(combined.environment).toEqual([
            { name: "CACHE_TLS", value: "on" },
            { name: "JOBS_QUEUE_URL", value: "url" },
            { name: "PORT", value: "8443" },
        ]);
        expect(combined.secrets.map((secret) => secret.variable)).toEqual(["CACHE_PASSWORD"]);
        expect(combined.connections).toEqual([{ peer: "cache", securityGroupId: "sg", port: 6379 }]);
        expect(combined.permissions.map((permission) => permission.sid)).toEqual(["CacheConnect", "JobsSend"]);
    });

    it("are the same in whatever order they are given, so that no deployment happens for nothing", () => {
        const all = ["a", "b", "c", "d"].map((name) =>
            binding(name, {
                environment: { [`${name}_HOST`]: name },
                secrets: [{ variable: `${name}_PASSWORD`, secretArn: name, keyArn: "key" }],
                connections: [{ peer: name, securityGroupId: name, port: 5432 }],
                permissions: [{ sid: name, actions: ["x:y"], resources: ["*"] }],
            }),
        );
        fc.assert(
            fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (shuffled) => {
                expect(combineBindings(shuffled)).toEqual(combineBindings(all));
            }),
        );
    });

    it("open a port once when a writer and a reader share a peer", () => {
        const connection = { peer: "database", securityGroupId: "sg", port: 5432 };
        const combined = combineBindings([
            binding("database.writer", { connections: [connection], environment: { DATABASE_NAME: "shop" } }),
            binding("database.reader", { connections: [{ ...connection }], environment: { DATABASE_NAME: "shop" } }),
        ]);
        expect(combined.connections).toHaveLength(1);
        expect(combined.environment).toEqual([{ name: "DATABASE_NAME", value: "shop" }]);
    });

    it("open two ports of one peer", () => {
        const connection = { peer: "broker", securityGroupId: "sg", port: 9094 };
        const combined = combineBindings([
            binding("broker", { connections: [connection, { ...connection, port: 9098 }] }),
        ]);
        expect(combined.connections.map((c) => c.port)).toEqual([9094, 9098]);
    });

    it("accept the same secret from two bindings", () => {
        const secret = { variable: "CACHE_PASSWORD", secretArn: "secret", keyArn: "key" };
        const combined = combineBindings([
            binding("a", { secrets: [secret] }),
            binding("b", { secrets: [{ ...secret }] }),
        ]);
        expect(combined.secrets).toHaveLength(1);
    });

    it("take a component that has one binding as well as a binding", () => {
        const component = { binding: binding("assets", { environment: { ASSETS_BUCKET: "bucket" } }) };
        expect(combineBindings([component]).environment).toEqual([{ name: "ASSETS_BUCKET", value: "bucket" }]);
    });

    it("refuse contradictions, all of them at once, and say who contradicts whom", () => {
        const contradictory = () =>
            combineBindings(
                [
                    binding("orders", {
                        environment: { DATABASE_NAME: "orders" },
                        permissions: [{ sid: "Connect", actions: ["a:b"], resources: ["x"] }],
                    }),
                    binding("users", {
                        environment: { DATABASE_NAME: "users" },
                        secrets: [{ variable: "PORT", secretArn: "secret", keyArn: "key" }],
                        permissions: [{ sid: "Connect", actions: ["a:b"], resources: ["y"] }],
                    }),
                ],
                { PORT: "8443" },
            );
        expect(contradictory).toThrow("variable DATABASE_NAME is set by orders and by users");
        expect(contradictory).toThrow("variable PORT is set by environment and by users");
        expect(contradictory).toThrow("statement Connect is written by orders and by users");
    });

    it("refuse two secrets under one name", () => {
        const secret = (secretArn: string) => [{ variable: "PASSWORD", secretArn, keyArn: "key" }];
        expect(() =>
            combineBindings([binding("a", { secrets: secret("1") }), binding("b", { secrets: secret("2") })]),
        ).toThrow("variable PASSWORD is set by a and by b");
    });
});

describe("prefixes", () => {
    it.each([
        ["jobs", "JOBS", "Jobs"],
        ["order-events", "ORDER_EVENTS", "OrderEvents"],
        ["orders2", "ORDERS2", "Orders2"],
    ])("of %s are %s and %s", (name, variable, statement) => {
        expect(variablePrefix(name)).toBe(variable);
        expect(statementPrefix(name)).toBe(statement);
    });
});
