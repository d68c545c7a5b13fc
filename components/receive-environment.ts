/** SQS hands out at most so many messages at a time. */
const largestBatch = 10;

/**
 * What a worker is told of how many messages to work on at a time: more than SQS hands out at once takes several loops. Their
 * product is never more than asked.
 *
 * @param prefix of the variables, such as `JOBS`
 */
export function receiveEnvironment(prefix: string, concurrency: number): Record<string, string> {
    const pollers = Math.ceil(concurrency / largestBatch);
    return {
        [`${prefix}_BATCH_SIZE`]: String(Math.floor(concurrency / pollers)),
        [`${prefix}_POLLERS`]: String(pollers),
    };
}
