/** Starts a pack: gives the SDK its policies, and gives the pack the whole configuration that the engine sends. */
import { PolicyPack } from "@pulumi/policy";
import * as analyzerGrpc from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { CONFIGURATION, type RawRuleConfig } from "./config";
import { Pack, type Operation } from "./pack";
import type { PackDefinition } from "./pack-definition";
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
interface StackConfigureRequest {
    getProject(): string;
    getStack(): string;
    getDryRun(): boolean;
}
interface AnalyzeRequest {
    setProperties(properties: Struct): void;
    setOptions(options: object): void;
}
interface Protocol {
    readonly AnalyzerService: {
        readonly configure: { requestDeserialize: (bytes: Buffer) => ConfigureRequest };
        readonly configureStack: { requestDeserialize: (bytes: Buffer) => StackConfigureRequest };
        readonly remediate: { requestDeserialize: (bytes: Buffer) => AnalyzeRequest };
    };
    readonly AnalyzeRequest: new () => AnalyzeRequest;
    readonly AnalyzerResourceOptions: {
        new (): { setCustomtimeouts(timeouts: object): void };
        readonly CustomTimeouts: new () => object;
    };
    readonly EnforcementLevel: Readonly<Record<"ADVISORY" | "MANDATORY" | "DISABLED" | "REMEDIATE", number>>;
}
const { AnalyzerService, AnalyzeRequest, AnalyzerResourceOptions, EnforcementLevel } = {
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

/** The engine says of a preview and of an update, before it configures the pack, what it is about; of a state file nothing. */
function onStack(receive: (operation: Operation) => void): void {
    const { configureStack } = AnalyzerService;
    const deserialize = configureStack.requestDeserialize;
    configureStack.requestDeserialize = (bytes) => {
        const request = deserialize(bytes);
        const stack = request.getStack().split("/").at(-1) ?? "";
        receive({ project: request.getProject(), stack, updates: !request.getDryRun() });
        return request;
    };
}

/**
 * The engine asks a pack twice about every resource: first what it would mend, then what is wrong. Reading the first question
 * costs as much as the second; while no rule mends anything, an empty one takes its place, which gets the same answer.
 */
function whileNothingRemediates(remediates: () => boolean): void {
    const { remediate } = AnalyzerService;
    const deserialize = remediate.requestDeserialize;
    const options = new AnalyzerResourceOptions();
    options.setCustomtimeouts(new AnalyzerResourceOptions.CustomTimeouts());
    const empty = new AnalyzeRequest();
    empty.setProperties(new Struct());
    empty.setOptions(options);
    remediate.requestDeserialize = (bytes) => (remediates() ? deserialize(bytes) : empty);
}

/** Serves a pack to the engine that started this process. */
export function servePack(definition: PackDefinition): void {
    const pack = new Pack(definition);
    const mending = definition.rules.filter((rule) => rule.kind === "resource" && rule.remediate !== undefined);
    let configured = false;
    onConfigure((config) => {
        configured = mending.some((rule) => config.get(rule.id)?.level === "remediate");
        pack.configure(config);
    });
    onStack((operation) => {
        pack.operation = operation;
    });
    whileNothingRemediates(() => configured);
    new PolicyPack(definition.name, {
        description: definition.description,
        provider: "aws",
        enforcementLevel: "mandatory",
        policies: pack.policies(),
    });
}
