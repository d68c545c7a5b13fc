/** What buckets are used for. */
import type { Node, ResourceGraph } from "../graph";

/** Whether a bucket has a website endpoint, by a property of its own or by a resource beside it. */
export function isWebsite(graph: ResourceGraph, bucket: Node): boolean {
    const view = bucket.inputs ?? bucket;
    return (
        ["website", "websites"].some((property) => view.get(property) !== undefined) ||
        graph.referring(bucket, "bucketWebsite", "bucket").length > 0
    );
}

const LOGS_OF_BALANCER = ["accessLogs.bucket", "connectionLogs.bucket", "healthCheckLogs.bucket"];

/**
 * Whether a bucket takes logs that are delivered only where it is encrypted with the key of S3: those of application load
 * balancers, and the access logs of other buckets. (Network load balancers deliver under a key of one's own, too.)
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
 */
export function receivesLogs(graph: ResourceGraph, bucket: Node): boolean {
    return (
        graph.referring(bucket, "bucketLogging", "targetBucket").length > 0 ||
        ["logging.targetBucket", "loggings.0.targetBucket"].some(
            (property) => graph.referring(bucket, "bucket", property).length > 0,
        ) ||
        LOGS_OF_BALANCER.some((property) =>
            graph
                .referring(bucket, "loadBalancer", property)
                .some((balancer) => (balancer.str("loadBalancerType") ?? "application") === "application"),
        )
    );
}
