import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
    BatchSpanProcessor,
    NodeTracerProvider,
    ParentBasedSampler,
    TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";
import type { TelemetryValues } from "./configuration";
import type { Identity } from "./metrics";

/**
 * Starts tracing. Without an endpoint nothing is sent, but traces are still passed on: the services before and after this one
 * may record theirs.
 *
 * @returns sends what is left, and ends
 */
export function startTracing(values: TelemetryValues, identity: Identity): () => Promise<void> {
    const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, "");
    const provider = new NodeTracerProvider({
        resource: resourceFromAttributes({
            "service.name": `headroom-${identity.role}`,
            "service.version": identity.version,
            "cloud.availability_zone": identity.zone,
        }),
        // Who began the trace decides; a journey is recorded in all of its parts or in none.
        sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(values.TRACE_SAMPLE_PERCENT / 100) }),
        spanProcessors:
            endpoint === "" ? [] : [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces` }))],
    });
    // W3C Trace Context, by asynchronous context.
    provider.register();
    return () => provider.shutdown().catch(() => undefined);
}
