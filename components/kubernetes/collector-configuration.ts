/** Where OTLP over HTTP is taken; the port that OpenTelemetry has for it. */
export const otlpPort = 4318;

/** Where the collector says whether it is well. */
export const healthPort = 13_133;

/** Where the collector's own metrics are scraped. */
export const metricsPort = 8888;

/**
 * The configuration of the collector: OTLP in, X-Ray out. JSON, which is YAML as well.
 *
 * X-Ray by its own API rather than its OTLP endpoint: that one takes traces only in accounts where Transaction Search is switched on.
 * https://opentelemetry.io/docs/collector/configuration/
 *
 * @param memory MiB that the collector may use
 */
export function collectorConfiguration(region: string, memory: number): string {
    const everywhere = (port: number) => `0.0.0.0:${String(port)}`;
    // Names as they are documented: what is appended to them otherwise (`_total`, `__spans__total`) has changed between releases.
    const prometheus = { host: "0.0.0.0", port: metricsPort, without_type_suffix: true, without_units: true };
    return JSON.stringify({
        extensions: { health_check: { endpoint: everywhere(healthPort) } },
        receivers: { otlp: { protocols: { http: { endpoint: everywhere(otlpPort) } } } },
        processors: {
            // First in line: what is refused here is tried again by whoever sends it.
            memory_limiter: {
                check_interval: "1s",
                limit_mib: Math.floor(memory * 0.75),
                spike_limit_mib: Math.floor(memory * 0.2),
            },
            // X-Ray takes up to 50 segments at a time.
            batch: { timeout: "2s", send_batch_size: 50, send_batch_max_size: 50 },
        },
        exporters: { awsxray: { region } },
        service: {
            extensions: ["health_check"],
            telemetry: {
                logs: { level: "warn", encoding: "json" },
                metrics: { readers: [{ pull: { exporter: { prometheus } } }] },
            },
            pipelines: {
                traces: { receivers: ["otlp"], processors: ["memory_limiter", "batch"], exporters: ["awsxray"] },
            },
        },
    });
}
