import * as pulumi from "@pulumi/pulumi";
import { edgeRegion } from "./edge";
import { Metric, Statistic } from "./signal";

/** Metrics of a CloudFront distribution, as CloudWatch names them. All of them are in us-east-1. */
export class CdnMetrics {
    constructor(private readonly distributionId: pulumi.Input<string>) {}

    requests(): Metric {
        return this.metric("Requests", "Sum", "requests");
    }

    /** Percent of all requests. */
    errorPercent(): Metric {
        return this.metric("5xxErrorRate", "Average", "5xx (%)");
    }

    /** Milliseconds until the first byte from the origin, for what the cache did not have. An additional metric. */
    originLatency(statistic: Statistic = "p99"): Metric {
        return this.metric("OriginLatency", statistic, `origin latency ${statistic} (ms)`);
    }

    /** Percent of the cacheable requests that the cache answered. An additional metric. */
    cacheHitPercent(): Metric {
        return this.metric("CacheHitRate", "Average", "cache hits (%)");
    }

    bytesDownloaded(): Metric {
        return this.metric("BytesDownloaded", "Sum", "bytes to viewers");
    }

    private metric(metricName: string, statistic: Statistic, label: string): Metric {
        return {
            namespace: "AWS/CloudFront",
            metricName,
            dimensions: { DistributionId: this.distributionId, Region: "Global" },
            statistic,
            label,
            region: edgeRegion,
        };
    }
}
