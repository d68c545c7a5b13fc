import { Severity } from "../../components/signal";
import { Registered } from "./harness";

/** An IAM statement that allows something. */
export interface Statement {
    readonly Sid: string;
    readonly Effect: string;
    readonly Action: unknown;
    readonly Resource: unknown;
    readonly Condition?: unknown;
}

/**
 * What a service, a worker or a job is, in words that belong to no compute target: read from the resources that a target
 * registered for it. The same arguments must give the same description on every target.
 */
export interface WorkloadDescription {
    readonly image: string;
    /** Arguments of the image's entry point. */
    readonly command: readonly string[] | undefined;
    readonly architecture: "arm64" | "amd64";
    /** User and group. */
    readonly user: string;
    /** Without the variables that say where metrics and traces go, which are the target's own: see {@link metrics}. */
    readonly environment: Readonly<Record<string, string>>;
    /** `ARN` or `ARN field`, by variable. */
    readonly secrets: Readonly<Record<string, string>>;
    /** Which secrets can be read in the workload's name, and with which keys: no others. */
    readonly readableSecrets: readonly string[];
    readonly decryptingKeys: readonly string[];
    /** Ports that something other than monitoring may connect to. */
    readonly servedPorts: readonly number[];
    /** What the application may do in AWS: the statements of the bindings, sorted. */
    readonly permissions: readonly Statement[];
    /** Paths of the container that can be written to. */
    readonly writablePaths: readonly string[];
    readonly droppedCapabilities: readonly string[];
    readonly privileged: boolean;
    /** Seconds from the order to stop until the kill that the application has for itself. */
    readonly stopSeconds: number;
    /** The command by which a container is asked whether it is well. */
    readonly healthCommand: readonly string[] | undefined;
    /** `security group:port` of peers that let the workload in. */
    readonly admittedBy: readonly string[];
    /** `security group:port` of those who may come in. */
    readonly admits: readonly string[];
    /** `internet:443`, `vpc:5432`, `s3:443`: how far it may go out, besides DNS and its own credentials. */
    readonly ways: readonly string[];
    /** The target group that it registers with, and the port there. */
    readonly target: string | undefined;
    readonly scaling:
        | {
              readonly minimum: number;
              readonly maximum: number;
              /** Percent of CPU that scaling aims at. */
              readonly cpu: number | undefined;
              /** Requests a minute and container. */
              readonly requests: number | undefined;
              /** Messages that wait, for each container, and where. */
              readonly backlog: { readonly queue: string; readonly target: number } | undefined;
          }
        | undefined;
    /** What the policies hold the floor against. */
    readonly neededCapacity: string | undefined;
}

/** How the containers say what they measure: the one thing in the environment that differs between targets, with traces. */
export interface MetricsDescription {
    readonly variables: Readonly<Record<string, string>>;
    /** Port that a monitoring system reads. */
    readonly port: number | undefined;
}

/** What a container may use. */
export interface SizeDescription {
    /** Virtual CPUs. */
    readonly cpu: number;
    /** MiB. */
    readonly memory: number;
}

/** A signal as an operator sees it, without where it is measured. */
export interface SignalDescription {
    readonly name: string;
    readonly title: string;
    readonly comparison: string;
    readonly threshold: number;
    readonly evaluationPeriods: number;
    readonly datapointsToAlarm: number | undefined;
    readonly missingData: string | undefined;
    readonly severity: Severity;
    readonly runbook: string;
    readonly growthStep: string | undefined;
}

/** Reads a workload of a compute target. */
export interface WorkloadReader {
    describe(registered: Registered, name: string): WorkloadDescription;
    metrics(registered: Registered, name: string): MetricsDescription;
    size(registered: Registered, name: string): SizeDescription;
}

/** The variables that say where metrics and traces go. */
export const isTelemetryVariable = (variable: string): boolean => /^(METRICS|OTEL_EXPORTER_OTLP)(_|$)/.test(variable);

/** An object without the keys that do not pass. */
export function pick<T>(object: Readonly<Record<string, T>>, passes: (key: string) => boolean): Record<string, T> {
    return Object.fromEntries(Object.entries(object).filter(([key]) => passes(key)));
}

/** The statements of every policy that is attached to a role, sorted by statement id. */
export function statementsOf(registered: Registered, role: string): Statement[] {
    return registered
        .ofType("aws:iam/rolePolicy:RolePolicy")
        .filter(({ inputs }) => inputs["role"] === role)
        .flatMap(({ inputs }) => (JSON.parse(String(inputs["policy"])) as { Statement: Statement[] }).Statement)
        .sort((a, b) => (a.Sid < b.Sid ? -1 : 1));
}

/** One value or several, as a list. */
export const listed = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

/** The resources of the statements with this id. */
export function resourcesOf(statements: readonly Statement[], sid: string): string[] {
    return statements.filter((statement) => statement.Sid === sid).flatMap(({ Resource }) => listed(Resource));
}
