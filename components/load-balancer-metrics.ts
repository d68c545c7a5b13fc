import * as pulumi from "@pulumi/pulumi";
import { Metric, MetricMath, Statistic } from "./signal";

/**
 * Errors are rated only from this many in a minute on: one failed request out of three at night is no outage.
 */
const fewestErrors = 5;

/** Metrics of an Application Load Balancer as a whole, as CloudWatch names them. */
export class LoadBalancerMetrics {
    constructor(private readonly arnSuffix: pulumi.Input<string>) {}

    requests(): Metric {
        return this.metric("RequestCount", "Sum", "requests");
    }

    /** Answers of 5xx that the balancer gave itself: no healthy target, a time-out, a connection that failed. */
    balancerErrors(): Metric {
        return this.metric("HTTPCode_ELB_5XX_Count", "Sum", "5xx by the balancer");
    }

    /** Share of the requests that got no answer from a target. */
    balancerErrorPercent(): MetricMath {
        // A request that reached no target is not in RequestCount, so both are added. Neither is published while it is
        // zero.
        return {
            expression: `IF(FILL(errors, 0) >= ${String(fewestErrors)}, 100 * FILL(errors, 0) / (FILL(requests, 0) + FILL(errors, 0)), 0)`,
            metrics: { errors: this.balancerErrors(), requests: this.requests() },
            label: "5xx by the balancer (%)",
        };
    }

    rejectedConnections(): Metric {
        return this.metric("RejectedConnectionCount", "Sum", "rejected connections");
    }

    tlsErrors(): Metric {
        return this.metric("ClientTLSNegotiationErrorCount", "Sum", "failed TLS handshakes");
    }

    activeConnections(): Metric {
        return this.metric("ActiveConnectionCount", "Sum", "active connections");
    }

    /** What the balancer is billed by, and what its capacity is measured in. */
    consumedUnits(): Metric {
        return this.metric("ConsumedLCUs", "Maximum", "LCUs");
    }

    private metric(metricName: string, statistic: Statistic, label: string): Metric {
        return {
            namespace: "AWS/ApplicationELB",
            metricName,
            dimensions: { LoadBalancer: this.arnSuffix },
            statistic,
            label,
        };
    }
}

/** Metrics of one target group behind a load balancer. They depend on neither the service nor its tasks. */
export class LoadBalancerTargetMetrics {
    /** @param dimensions `LoadBalancer` and `TargetGroup` */
    constructor(private readonly dimensions: Readonly<Record<string, pulumi.Input<string>>>) {}

    requests(): Metric {
        return this.metric("RequestCount", "Sum", "requests");
    }

    requestsPerTarget(): Metric {
        return this.metric("RequestCountPerTarget", "Sum", "requests per target");
    }

    errors(): Metric {
        return this.metric("HTTPCode_Target_5XX_Count", "Sum", "5xx");
    }

    /** Share of the requests that a target answered with 5xx. */
    errorPercent(): MetricMath {
        return {
            expression: `IF(FILL(errors, 0) >= ${String(fewestErrors)}, 100 * FILL(errors, 0) / requests, 0)`,
            metrics: { errors: this.errors(), requests: this.requests() },
            label: "5xx (%)",
        };
    }

    /** Seconds until the first byte of an answer. */
    responseTime(statistic: Statistic = "p99"): Metric {
        return this.metric("TargetResponseTime", statistic, `response time ${statistic} (s)`);
    }

    unhealthyHosts(): Metric {
        return this.metric("UnHealthyHostCount", "Maximum", "unhealthy targets");
    }

    healthyHosts(): Metric {
        return this.metric("HealthyHostCount", "Minimum", "healthy targets");
    }

    private metric(metricName: string, statistic: Statistic, label: string): Metric {
        return { namespace: "AWS/ApplicationELB", metricName, dimensions: this.dimensions, statistic, label };
    }
}
