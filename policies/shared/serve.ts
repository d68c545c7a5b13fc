/** Starts a pack: gives the SDK its policies, and gives the pack the whole configuration that the engine sends. */
import { PolicyPack } from "@pulumi/policy";
import * as analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { CONFIGURATION, type RawRuleConfig } from "./config";
import { Pack, type PackDefinition } from "./pack";
import type { Level } from "./rule";

/** The parts of the generated protocol code that are used here; it comes without types. */
interface PolicyConfigMessage {
    getEnforcementlevel(): number;
    setEnforcementlevel(level: number): void;
    getProperties(): { toJavaScript(): Record<string, unknown> } | undefined;
}
interface ConfigureRequest {
    getPolicyconfigMap(): { entries(): IterableIterator<[string, PolicyConfigMessage]> };
}
interface Protocol {
    readonly AnalyzerService: { readonly configure: { requestDeserialize: (bytes: Buffer) => ConfigureRequest } };
    readonly EnforcementLevel: Readonly<Record<"ADVISORY" | "MANDATORY" | "DISABLED" | "REMEDIATE", number>>;
}
const { AnalyzerService, EnforcementLevel } = {
    ...analyzer,
    ...analyzerGrpc,
} as unknown as Protocol;

function levelOf(value: number): Level {
    switch (value) {
        case EnforcementLevel.ADVISORY:
            return "advisory";
        case EnforcementLevel.DISABLED:
            return "disabled";
        case EnforcementLevel.REMEDIATE:
            return "remediate";
        default:
            return "mandatory";
    }
}

/**
 * The SDK tells a policy its own settings only, never a level, and nothing of names that are no policies. All of it is in
 * the one message that the engine sends before the first resource, so that is read on its way in.
 */
function onConfigure(receive: (config: ReadonlyMap<string, RawRuleConfig>) => void): void {
    const { configure } = AnalyzerService;
    const deserialize = configure.requestDeserialize;
    configure.requestDeserialize = (bytes) => {
        const request = deserialize(bytes);
        const config = new Map<string, RawRuleConfig>();
        for (const [name, message] of request.getPolicyconfigMap().entries()) {
            if (name === CONFIGURATION) {
                // It runs the rules: switching all policies off but one must leave it on.
                message.setEnforcementlevel(EnforcementLevel.MANDATORY);
            } else if (name !== "all") {
                config.set(name, {
                    level: levelOf(message.getEnforcementlevel()),
                    properties: message.getProperties()?.toJavaScript() ?? {},
                });
            }
        }
        receive(config);
        return request;
    };
}

/** Serves a pack to the engine that started this process. */
export function servePack(definition: PackDefinition): void {
    const pack = new Pack(definition);
    onConfigure((config) => {
        pack.configure(config);
    });
    new PolicyPack(definition.name, {
        description: definition.description,
        provider: "aws",
        enforcementLevel: "mandatory",
        policies: pack.policies(),
    });
}
