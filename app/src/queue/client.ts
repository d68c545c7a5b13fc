import { SQSClient } from "@aws-sdk/client-sqs";

/** Above the 20 s that a request for messages may wait. */
const REQUEST_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * The client of the queue. Region, credentials and endpoint come from the environment, as the AWS SDK reads it; the
 * time-outs for single calls are those of the policies.
 */
export function createSqsClient(): SQSClient {
    return new SQSClient({
        // Calls are retried by the policies and by the consumer's next poll: retries of both kinds would multiply.
        maxAttempts: 1,
        requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: CONNECT_TIMEOUT_MS },
    });
}
