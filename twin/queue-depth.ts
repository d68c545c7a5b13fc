import { GetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";

/** What is in the queue, by SQS's own count. */
export interface QueueDepth {
    readonly waiting: number;
    /** Received by a worker and not done. */
    readonly inFlight: number;
    readonly deadLetters: number;
}

/** Asks the queue server how much there is to do. */
export class QueueCounter {
    readonly #client: SQSClient;

    constructor(private readonly environment: Readonly<Record<string, string>>) {
        this.#client = new SQSClient({
            endpoint: environment.AWS_ENDPOINT_URL_SQS,
            region: environment.AWS_REGION,
            credentials: {
                accessKeyId: environment.AWS_ACCESS_KEY_ID ?? "",
                secretAccessKey: environment.AWS_SECRET_ACCESS_KEY ?? "",
            },
            maxAttempts: 1,
            requestHandler: { requestTimeout: 2_000, connectionTimeout: 1_000 },
        });
    }

    async depth(): Promise<QueueDepth> {
        const [jobs, dead] = await Promise.all([
            this.#count(this.environment.JOBS_QUEUE_URL),
            this.#count(this.environment.JOBS_DEAD_LETTERS_QUEUE_URL),
        ]);
        return { ...jobs, deadLetters: dead.waiting + dead.inFlight };
    }

    close(): void {
        this.#client.destroy();
    }

    async #count(url: string | undefined): Promise<{ waiting: number; inFlight: number }> {
        const { Attributes } = await this.#client.send(
            new GetQueueAttributesCommand({
                QueueUrl: url,
                AttributeNames: ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
            }),
        );
        return {
            waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0),
            inFlight: Number(Attributes?.ApproximateNumberOfMessagesNotVisible ?? 0),
        };
    }
}
