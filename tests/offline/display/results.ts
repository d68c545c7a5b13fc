import type { OperationResult, PolicyFinding, ResourceStep } from "../../../offline/runner/types";

const stack = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";

/** A result with the steps and findings of a test, and nothing else in it. */
export function result(more: Partial<OperationResult> = {}): OperationResult {
    return {
        operation: "preview",
        project: "p",
        stack: "dev",
        ok: true,
        exitCode: 0,
        steps: [],
        summary: {},
        diagnostics: [],
        policy: [],
        policyPacks: {},
        outputs: {},
        durationMs: 4_210,
        ...more,
    };
}

export function component(name: string, op = "create"): ResourceStep {
    return { op, urn: `urn:pulumi:dev::p::x:y:Tier::${name}`, type: "x:y:Tier", name, parent: stack, component: true };
}

export function resource(op: string, type: string, name: string, more: Partial<ResourceStep> = {}): ResourceStep {
    return { op, urn: `urn:pulumi:dev::p::${type}::${name}`, type, name, parent: stack, ...more };
}

export function below(parent: ResourceStep, step: ResourceStep): ResourceStep {
    return { ...step, parent: parent.urn };
}

export function finding(more: Partial<PolicyFinding> = {}): PolicyFinding {
    return {
        pack: "ha",
        policy: "rds-multi-az",
        level: "mandatory",
        urn: "urn:pulumi:dev::p::aws:rds/instance:Instance::db",
        message: "one zone only",
        ...more,
    };
}
