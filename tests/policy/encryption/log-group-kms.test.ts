import { logGroupKms } from "../../../policies/encryption/rules/log-group-kms";
import { describeRule, settings } from "../support/describe-rule";
import { judge, resource, UNKNOWN_VALUE } from "../support/harness";
import { keyCases } from "./key-cases";

const cases = keyCases({ kind: "logGroup", property: "kmsKeyId", managed: "alias/aws/logs" });
const group = (name: unknown) => resource("logGroup", "data", { name });

describeRule(logGroupKms, {
    ...cases,
    violating: {
        ...cases.violating,
        "a group that the configuration names": {
            resources: [group("/aws/lambda/orders")],
            at: ["data"],
            says: /kmsKeyId is not set/,
            config: settings(logGroupKms, { names: ["/ecs/*", "/aws/lambda/*"] }),
        },
    },
    unknown: {
        ...cases.unknown,
        "the name, where the configuration chooses by name": {
            resources: [group(UNKNOWN_VALUE)],
            at: ["data"],
            says: /name is not known in preview/,
            config: settings(logGroupKms, { names: ["/ecs/*"] }),
        },
    },
});

describe("log-group-kms leaves alone", () => {
    test.each([
        ["what the configuration does not name", "/aws/lambda/orders", { names: ["/ecs/*"] }],
        ["what only begins like a name", "/ecs/orders-debug", { names: ["/ecs/orders"] }],
        ["what the configuration takes out", "/ecs/debug", { exceptNames: ["/ecs/debug"] }],
        ["what it takes out by a pattern", "/ecs/orders/debug", { names: ["/ecs/*"], exceptNames: ["*/debug"] }],
        ["everything, where it names nothing", "/ecs/orders", { names: [] }],
    ])("%s", (_, name, properties) => {
        const config = settings(logGroupKms, properties);
        expect(judge(logGroupKms, [group(name)], { mode: "preview", config })).toEqual([]);
    });

    test("a group with a key whose name is not known", () => {
        const config = settings(logGroupKms, { names: ["/ecs/*"] });
        const resources = [resource("logGroup", "data", { name: UNKNOWN_VALUE, kmsKeyId: "alias/logs" })];
        expect(judge(logGroupKms, resources, { mode: "preview", config })).toEqual([]);
    });
});
