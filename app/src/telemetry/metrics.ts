import type { Meter } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import type { TelemetryValues } from "./configuration";
import { EmfExporter } from "./emf";
import { createMetricsEndpoint, listenAt } from "./endpoint";

/** What the metrics say about who measured. */
export interface Identity {
    readonly role: string;
    readonly version: string;
    readonly zone: string;
}

/** The metrics of the process. */
export interface Metrics {
    readonly meter: Meter;
    /** Opens the endpoint, where there is one, and answers its port: a free one for 0. */
    listen(at: { host: string; port: number }): Promise<number | undefined>;
    /** Reports what is left, and closes the endpoint. */
    close(): Promise<void>;
}

/**
 * Opens the metrics.
 *
 * @param write takes a line for the log, for EMF
 */
export function openMetrics(values: TelemetryValues, identity: Identity, write: (line: string) => void): Metrics {
    const prometheus = values.METRICS === "prometheus" || values.METRICS === "both" ? createPrometheus() : undefined;
    const readers: IMetricReader[] = [];
    if (prometheus) readers.push(prometheus);
    if (values.METRICS === "emf" || values.METRICS === "both") {
        readers.push(
            new PeriodicExportingMetricReader({
                exporter: new EmfExporter({ service: "headroom", role: identity.role }, write),
                exportIntervalMillis: values.METRICS_INTERVAL_SECONDS * 1_000,
                exportTimeoutMillis: values.METRICS_INTERVAL_SECONDS * 1_000,
            }),
        );
    }
    const provider = new MeterProvider({
        resource: resourceFromAttributes({
            "service.name": "headroom",
            "service.version": identity.version,
            "cloud.availability_zone": identity.zone,
        }),
        readers,
    });
    const server =
        prometheus &&
        createMetricsEndpoint((request, response) => {
            prometheus.getMetricsRequestHandler(request, response);
        });
    return {
        meter: provider.getMeter("headroom"),
        listen: async (at) => server && (await listenAt(server, at)),
        close: async () => {
            server?.closeAllConnections();
            server?.close();
            await provider.shutdown();
        },
    };
}

function createPrometheus(): PrometheusExporter {
    return new PrometheusExporter({ preventServerStart: true, withoutScopeInfo: true });
}
