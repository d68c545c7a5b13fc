import { diag, DiagLogLevel } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
    BatchSpanProcessor,
    NodeTracerProvider,
    ParentBasedSampler,
    TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";
import type { Logger } from "pino";
import type { TelemetryValues } from "./configuration";
import type { Identity } from "./metrics";

/** How long a collector may take for what it is sent. Within the time that a stop leaves when everything else is closed. */
const EXPORT_TIMEOUT_MS = 4_000;
/** Of a collector that does not answer, every batch is lost: one line in a while is enough. */
const COMPLAINT_INTERVAL_MS = 60_000;

/**
 * OpenTelemetry says nowhere that it cannot send unless it is asked to.
 *
 * @returns takes what is told in another way
 */
function logFailures(log: Logger): (reason: string) => void {
    let complained = -Infinity;
    const complain = (reason: string): void => {
        if (performance.now() - complained < COMPLAINT_INTERVAL_MS) return;
        complained = performance.now();
        log.warn({ reason: reason.slice(0, 300) }, "traces cannot be sent");
    };
    const ignore = (): void => undefined;
    diag.setLogger(
        { error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore },
        DiagLogLevel.WARN,
    );
    return complain;
}

/**
 * Starts tracing. Without an endpoint nothing is sent, but traces are still passed on: the services before and after this one
 * may record theirs.
 *
 * @returns sends what is left, and ends
 */
export function startTracing(values: TelemetryValues, identity: Identity, log: Logger): () => Promise<void> {
    const complain = logFailures(log);
    const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, "");
    const provider = new NodeTracerProvider({
        resource: resourceFromAttributes({
            "service.name": `headroom-${identity.role}`,
            "service.version": identity.version,
            "cloud.availability_zone": identity.zone,
        }),
        sampler: sampler(values.TRACE_SAMPLE_PERCENT / 100, identity.role),
        spanProcessors: endpoint === "" ? [] : [sendTo(`${endpoint}/v1/traces`)],
    });
    // W3C Trace Context, by asynchronous context.
    provider.register();
    return () =>
        provider.shutdown().catch((error: unknown) => {
            complain(String(error));
        });
}

/**
 * A journey is recorded in all of its parts or in none: for the worker the web role has decided. Before the web role there is
 * nobody but clients, who may not have all that they do recorded; their trace id decides, as it would in any other service.
 */
function sampler(share: number, role: string): ParentBasedSampler {
    const root = new TraceIdRatioBasedSampler(share);
    return new ParentBasedSampler({ root, ...(role === "web" && { remoteParentSampled: root }) });
}

function sendTo(url: string): BatchSpanProcessor {
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
    return new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS });
}
