import * as sdkProxy from "@pulumi/policy/proxy";
import type { ResourceValidationPolicy } from "@pulumi/policy";
import { definition as encryption } from "../../../policies/encryption/definition";
import { definition as noSinglePointOfFailure } from "../../../policies/no-single-point-of-failure/definition";
import { Pack } from "../../../policies/shared/pack";
import type { RawRuleConfig } from "../../../policies/shared/config";
import * as signatures from "../../../policies/shared/lean/rpc";

/* eslint-disable @typescript-eslint/no-require-imports -- internal modules of the SDK, which have no declarations */
const { makeRemediateRpcFun } = require("@pulumi/policy/server") as {
    makeRemediateRpcFun: (
        pack: string,
        version: string,
        level: string,
        policies: readonly object[],
    ) => (call: { request: object }, callback: (error: unknown, response: Response) => void) => Promise<void>;
};
const analyzer = require("@pulumi/pulumi/proto/analyzer_pb") as {
    AnalyzeRequest: new () => Record<string, (value: unknown) => void>;
    AnalyzerResourceOptions: {
        new (): { setCustomtimeouts: (timeouts: object) => void };
        CustomTimeouts: new () => object;
    };
};
const { Struct } = require("google-protobuf/google/protobuf/struct_pb") as {
    Struct: { fromJavaScript: (value: object) => object };
};
/* eslint-enable @typescript-eslint/no-require-imports */

interface Response {
    getRemediationsList: () => readonly { getProperties: () => { toJavaScript: () => object } | undefined }[];
}

const { unknownStringValue: UNKNOWN } = sdkProxy as unknown as { unknownStringValue: string };
const secret = (value: unknown): object => ({ [signatures.specialSigKey]: signatures.specialSecretSig, value });

/** What every resource of the table has besides, and what must come back as it went in. */
const REST = {
    name: "orders",
    unknownText: UNKNOWN,
    password: secret("hunter2"),
    secretAndUnknown: secret(UNKNOWN),
    nested: { list: [1, UNKNOWN, { deep: secret({ inner: ["x"] }), off: false }], empty: {}, none: null },
    tags: { Name: "orders", owner: UNKNOWN },
};

interface Case {
    /** Inputs that the rule refuses. */
    readonly refused: readonly object[];
    /** The one property, as it is afterwards. */
    readonly mended: Readonly<Record<string, unknown>>;
    /** Inputs that are left as they are: kept, not the rule's business, or not known. */
    readonly untouched: readonly object[];
    /** Only these types; default: all of the rule's. */
    readonly types?: RegExp;
}

const CASES: Readonly<Record<string, Case | readonly Case[]>> = {
    "lb-cross-zone": [
        {
            types: /:LoadBalancer$/,
            refused: [
                { loadBalancerType: "network" },
                { loadBalancerType: "gateway", enableCrossZoneLoadBalancing: false },
            ],
            mended: { enableCrossZoneLoadBalancing: true },
            untouched: [
                { loadBalancerType: "network", enableCrossZoneLoadBalancing: true },
                { loadBalancerType: "application" },
                { loadBalancerType: UNKNOWN },
            ],
        },
        {
            types: /:TargetGroup$/,
            refused: [{ loadBalancingCrossZoneEnabled: "false" }],
            mended: { loadBalancingCrossZoneEnabled: "true" },
            untouched: [{}, { loadBalancingCrossZoneEnabled: "use_load_balancer_configuration" }],
        },
    ],
    "lb-deletion-protection": {
        refused: [{}, { enableDeletionProtection: false }],
        mended: { enableDeletionProtection: true },
        untouched: [{ enableDeletionProtection: true }, { enableDeletionProtection: UNKNOWN }],
    },
    "ecs-circuit-breaker": {
        refused: [
            {},
            { deploymentCircuitBreaker: { enable: true, rollback: false } },
            { deploymentController: { type: "ECS" } },
        ],
        mended: { deploymentCircuitBreaker: { enable: true, rollback: true } },
        untouched: [
            { deploymentCircuitBreaker: { enable: true, rollback: true } },
            { deploymentController: { type: "CODE_DEPLOY" } },
        ],
    },
    "rds-deletion-protection": {
        refused: [{ engine: "postgres" }, { deletionProtection: false }],
        mended: { deletionProtection: true },
        untouched: [{ deletionProtection: true }, { replicateSourceDb: UNKNOWN }, { replicateSourceDb: "primary" }],
    },
    "kms-deletion-window": {
        refused: [{ deletionWindowInDays: 7 }],
        mended: { deletionWindowInDays: 30 },
        untouched: [{}, { deletionWindowInDays: 14 }, { deletionWindowInDays: UNKNOWN }],
    },
    "sqs-sse": {
        refused: [{ sqsManagedSseEnabled: false }],
        mended: { sqsManagedSseEnabled: true },
        untouched: [{}, { sqsManagedSseEnabled: false, kmsMasterKeyId: UNKNOWN }, { sqsManagedSseEnabled: UNKNOWN }],
    },
    "kms-rotation": {
        refused: [{}, { enableKeyRotation: false }],
        mended: { enableKeyRotation: true },
        untouched: [
            { enableKeyRotation: true },
            { customerMasterKeySpec: "RSA_4096" },
            { keyUsage: "GENERATE_VERIFY_MAC" },
            { customKeyStoreId: UNKNOWN },
        ],
    },
    "lb-tls-policy": {
        refused: [{ protocol: "HTTPS" }, { protocol: "TLS", sslPolicy: "ELBSecurityPolicy-2016-08" }],
        mended: { sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" },
        untouched: [
            { protocol: "HTTPS", sslPolicy: "ELBSecurityPolicy-TLS13-1-3-2021-06" },
            { protocol: "HTTP" },
            { protocol: UNKNOWN },
        ],
    },
};

const DEFINITIONS = [noSinglePointOfFailure, encryption];
const mending = DEFINITIONS.flatMap((definition) =>
    definition.rules.flatMap((rule) =>
        rule.kind === "resource" && rule.remediate !== undefined ? [{ rule, definition }] : [],
    ),
);
const URN = (type: string): string => `urn:pulumi:dev::shop::${type}::orders`;

/** What the SDK hands back to the engine: the resource's new inputs, or nothing. */
async function remediated(
    id: string,
    type: string,
    inputs: object,
    properties: Record<string, unknown> = {},
    level: "remediate" | "mandatory" = "remediate",
): Promise<readonly unknown[]> {
    const definition = DEFINITIONS.find(({ rules }) => rules.some((rule) => rule.id === id));
    if (definition === undefined) {
        throw new Error(`${id} is in a pack`);
    }
    const pack = new Pack(definition, { findExemptions: () => undefined, today: () => "2026-03-01" });
    const raw: RawRuleConfig = { level, properties };
    pack.configure(new Map([[id, raw]]));
    const policies = (pack.policies() as readonly ResourceValidationPolicy[]).map((policy) =>
        // The engine hands the level over apart from the pack's own configuration.
        policy.name === id && level === "remediate" ? { ...policy, enforcementLevel: level } : policy,
    );
    const request = new analyzer.AnalyzeRequest();
    const options = new analyzer.AnalyzerResourceOptions();
    options.setCustomtimeouts(new analyzer.AnalyzerResourceOptions.CustomTimeouts());
    const set = (property: string, value: unknown): void => {
        request[`set${property}`]?.(value);
    };
    set("Type", type);
    set("Name", "orders");
    set("Urn", URN(type));
    set("Properties", Struct.fromJavaScript(inputs));
    set("Options", options);
    const response = await new Promise<Response>((resolve, reject) => {
        void makeRemediateRpcFun(
            "p",
            "1.0.0",
            "mandatory",
            policies,
        )({ request }, (error, answer) => {
            if (error) {
                reject(error instanceof Error ? error : new Error("the SDK refuses"));
            } else {
                resolve(answer);
            }
        });
    });
    return response.getRemediationsList().map((each) => each.getProperties()?.toJavaScript());
}

test("the rules that mend are those of the table", () => {
    expect(mending.map(({ rule }) => rule.id).sort()).toEqual(Object.keys(CASES).sort());
});

const rows = Object.entries(CASES).flatMap(([id, cases]) =>
    (Array.isArray(cases) ? (cases as readonly Case[]) : [cases as Case]).flatMap((each) => {
        const rule = mending.find(({ rule: { id: other } }) => other === id)?.rule;
        const types = (rule?.tokens ?? []).filter((token) => each.types?.test(token) ?? true);
        return types.map((type) => ({ id, type, ...each }));
    }),
);

describe.each(rows)("$id on $type", ({ id, type, refused, mended, untouched }) => {
    test("changes the one property of what it refuses, and hands everything else back as it was", async () => {
        for (const inputs of refused) {
            expect(await remediated(id, type, { ...REST, ...inputs })).toEqual([{ ...REST, ...inputs, ...mended }]);
        }
    });
    test("changes nothing of what it keeps, does not judge or can not judge", async () => {
        for (const inputs of untouched) {
            expect(await remediated(id, type, { ...REST, ...inputs })).toEqual([]);
        }
    });
    test("is off unless it is asked for", async () => {
        for (const inputs of refused) {
            expect(await remediated(id, type, { ...REST, ...inputs }, {}, "mandatory")).toEqual([]);
        }
    });
    test("leaves alone what is exempted, and what is in a region that the rule does not judge", async () => {
        const tags = { [`headroom:exempt:${id}`]: "expires=2026-06-30 owner=team ticket=T-1 reason=known" };
        for (const inputs of refused) {
            expect(await remediated(id, type, { ...REST, ...inputs, tags })).toEqual([]);
            const elsewhere = { ...REST, ...inputs, region: "us-east-1" };
            expect(await remediated(id, type, elsewhere, { regions: ["eu-central-1"] })).toEqual([]);
            expect(await remediated(id, type, elsewhere, { regions: ["us-east-1"] })).toHaveLength(1);
        }
    });
});

test("lb-tls-policy sets a policy that the configuration allows", async () => {
    const listener = (allowed: readonly string[]): Promise<readonly unknown[]> =>
        remediated("lb-tls-policy", "aws:lb/listener:Listener", { protocol: "HTTPS" }, { allowed });
    const strict = "ELBSecurityPolicy-TLS13-1-3-2021-06";
    expect(await listener([strict])).toEqual([{ protocol: "HTTPS", sslPolicy: strict }]);
    expect(await listener([])).toEqual([{ protocol: "HTTPS" }]);
});
