import { z } from "zod";
import type { Setting } from "../setting";

/** Every variable of the telemetry. */
export const TELEMETRY_SETTINGS = {
    /** `prometheus`: an endpoint on METRICS_PORT. `emf`: lines in the log that CloudWatch makes metrics of. `both`, `off`. */
    METRICS: {
        schema: z.enum(["prometheus", "emf", "both", "off"]),
        fallback: "prometheus",
        allowed: "one of prometheus, emf, both, off",
        example: "prometheus",
    } as Setting<"prometheus" | "emf" | "both" | "off">,
    /** The port of the Prometheus endpoint; 0 takes a free one. A port of its own: clients must not reach it. */
    METRICS_PORT: {
        schema: z
            .string()
            .regex(/^\d{1,5}$/)
            .transform(Number)
            .refine((value) => value <= 65_535),
        fallback: 9464,
        allowed: "a whole number from 0 to 65535",
        example: "9464",
    } as Setting<number>,
    /** Between two EMF lines: CloudWatch's standard resolution is a minute. */
    METRICS_INTERVAL_SECONDS: {
        schema: z
            .string()
            .regex(/^\d{1,4}$/)
            .transform(Number)
            .refine((value) => value >= 1 && value <= 3_600),
        fallback: 60,
        allowed: "a whole number of seconds from 1 to 3600",
        example: "60",
    } as Setting<number>,
    /** Where traces are sent by OTLP over HTTP; without it none are. The variable is OpenTelemetry's own. */
    OTEL_EXPORTER_OTLP_ENDPOINT: {
        schema: z.string().refine((text) => text === "" || (/^https?:\/\//.test(text) && URL.canParse(text))),
        fallback: "",
        allowed: "a URL",
        example: "http://localhost:4318",
    } as Setting<string>,
    /** The share of traces that is kept, where the caller has not decided: 1 in 20 shows what is usual. */
    TRACE_SAMPLE_PERCENT: percent(5),
    /** The share of successful requests that is logged, whole journeys at a time. Refusals and failures are always logged. */
    LOG_SAMPLE_PERCENT: percent(100),
} satisfies Record<string, Setting<string> | Setting<number>>;

function percent(fallback: number): Setting<number> {
    return {
        schema: z
            .string()
            .regex(/^\d{1,3}(\.\d{1,3})?$/)
            .transform(Number)
            .refine((value) => value <= 100),
        fallback,
        allowed: "a percentage from 0 to 100",
        example: String(fallback),
    };
}

/** The values of `TELEMETRY_SETTINGS`, as read. */
export type TelemetryValues = {
    readonly [K in keyof typeof TELEMETRY_SETTINGS]: (typeof TELEMETRY_SETTINGS)[K] extends Setting<infer T>
        ? T
        : never;
};
