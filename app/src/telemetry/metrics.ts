import type { Meter } from "@opentelemetry/api";
import { PrometheusExporter } from "@opentelemetry/exporter-prometheus";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { type IMetricReader, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TelemetryValues } from "./configuration";
import { EmfExporter } from "./emf";

/** What the metrics say about who measured. */
export interface Identity {
    readonly role: string;
    readonly version: string;
    readonly zone: string;
}

/** The metrics of the process. */
export interface Metrics {
    readonly meter: Meter;
    /** Opens the endpoint, where there is one, and answers its port. */
    listen(host: string): Promise<number | undefined>;
    /** Reports what is left, and closes the endpoint. */
    close(): Promise<void>;
}

/** Prometheus asks for this. */
const METRICS_PATH = "/metrics";

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
    const server = prometheus && createEndpoint(prometheus);
    return {
        meter: provider.getMeter("headroom"),
        listen: async (host) => {
            if (!server) return undefined;
            await new Promise<void>((resolve, reject) => {
                server.once("error", reject).listen(values.METRICS_PORT, host, resolve);
            });
            return (server.address() as AddressInfo).port;
        },
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

function createEndpoint(prometheus: PrometheusExporter): Server {
    const server = createServer((request, response) => {
        if (request.method === "GET" && request.url === METRICS_PATH) {
            prometheus.getMetricsRequestHandler(request, response);
        } else {
            response.writeHead(404).end();
        }
    });
    server.requestTimeout = 10_000;
    return server;
}
