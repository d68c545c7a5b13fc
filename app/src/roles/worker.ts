import { imageJobSettings, orderRecoverySettings } from "../jobs/configuration";
import { startWorker, type Worker } from "../jobs/worker";
import { openMailer } from "../mail/open-mailer";
import { paymentStubSettings } from "../payments/configuration";
import { createPaymentStub } from "../payments/stub";
import { createSqsClient } from "../queue/client";
import { consumerSettings, outboxRelaySettings } from "../queue/configuration";
import { Readiness } from "../readiness";
import { openRuntimeCache, openRuntimeDatabase, type Runtime } from "../runtime";
import { Catalogue } from "../shop/catalogue";
import { storageSettings } from "../storage/configuration";
import { createS3Client, createS3Store } from "../storage/s3";

/** What a worker is made of: it is started when the process listens, so that nothing is taken before signals are heard. */
export interface WorkerRole {
    readonly readiness: Readiness;
    start(): Worker;
}

/** Opens what the jobs stand on. */
export async function openWorker(runtime: Runtime): Promise<WorkerRole> {
    const { configuration, log, policies } = runtime;
    const { values } = configuration;
    const metrics = runtime.metrics.meter;
    const database = await openRuntimeDatabase(runtime);
    const cache = await openRuntimeCache(runtime);
    const bucket = storageSettings(values);
    const catalogue = new Catalogue({ database, cache, log });
    const mailer = openMailer(values, { policies, log });
    return {
        // Without the cache a worker works on: it only cannot say which products have changed.
        readiness: new Readiness({ database: () => database.ready() }),
        start: () =>
            startWorker(
                {
                    consumer: consumerSettings(values),
                    relay: outboxRelaySettings(values),
                    images: imageJobSettings(values),
                    recovery: orderRecoverySettings(values),
                },
                {
                    database,
                    sqs: createSqsClient(),
                    payments: createPaymentStub(paymentStubSettings(values), { policies }),
                    mailer,
                    storage: bucket && createS3Store(bucket, { s3: createS3Client(), policies }),
                    policies,
                    productChanged: (productId) => catalogue.changed(productId),
                    log,
                    metrics,
                },
            ),
    };
}
