/** What the target of a worker's scaling depends on. */
export interface BacklogFacts {
    /** Seconds that a message may wait when all is well. */
    readonly acceptableLatencySeconds: number;
    /** Seconds that one message takes on average. */
    readonly processingSeconds: number;
    /** Messages that one task works on at a time. */
    readonly concurrency: number;
}

/**
 * How many waiting messages one task may have before another task is needed: as many as it works off within the
 * acceptable latency. Scaling aims at this many visible messages per running task.
 *
 * Never below one: a task cannot have a fraction of a message waiting, and a target of zero could never be met. Where
 * one message takes longer than the acceptable latency, the latency cannot be kept by adding tasks alone.
 *
 * Source: AWS, "Scaling policy based on Amazon SQS" (backlog per instance = acceptable latency ÷ processing time), times
 * the concurrency of a task.
 */
export function backlogTarget({ acceptableLatencySeconds, processingSeconds, concurrency }: BacklogFacts): number {
    return Math.max(1, Math.floor((acceptableLatencySeconds * concurrency) / processingSeconds));
}
