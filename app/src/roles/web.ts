import { Tokens } from "../auth/tokens";
import { rateLimitOptions } from "../cache/rate-limit";
import { SessionStore } from "../cache/session-store";
import { flagsSettings } from "../flags/configuration";
import { openFlags } from "../flags/flags";
import { createOutbox } from "../queue/outbox";
import { Readiness } from "../readiness";
import type { Shop } from "../routes/shop";
import { openRuntimeCache, openRuntimeDatabase, type Runtime } from "../runtime";
import { Carts } from "../shop/cart";
import { Catalogue } from "../shop/catalogue";
import { Images } from "../shop/images";
import { Orders } from "../shop/orders";
import { Recommendations } from "../shop/recommendations";
import { storageSettings } from "../storage/configuration";
import { createS3Client, createS3Store } from "../storage/s3";
import { createBusinessMetrics } from "../telemetry/business";

const MINUTE_SECONDS = 60;

/** Opens what the shop stands on, and the shop. */
export async function openShop(runtime: Runtime): Promise<{ shop: Shop; readiness: Readiness }> {
    const { configuration, log, policies } = runtime;
    const { values } = configuration;
    const database = await openRuntimeDatabase(runtime);
    const cache = await openRuntimeCache(runtime);
    const flags = await openFlags(flagsSettings(values), { log });
    runtime.onClose(() => {
        flags.close();
        return Promise.resolve();
    });
    const bucket = storageSettings(values);
    if (bucket === undefined) throw new Error("the role web has no bucket");
    const storage = createS3Store(bucket, { s3: createS3Client(), policies });
    if (values.DEMO_SIGN_IN === "on") {
        log.warn(
            "the demo sign-in is on: whoever gives an e-mail address is believed, with whatever scopes they ask for",
        );
    }
    const tokens = new Tokens(values);
    if (!tokens.enabled && values.DEMO_SIGN_IN === "off") {
        log.warn("nobody can sign in: JWT_SECRETS names no secret that tokens could be verified with");
    }
    const outbox = createOutbox();
    const metrics = createBusinessMetrics(runtime.metrics.meter);

    const catalogue = new Catalogue({ database, cache, log });
    const cachePolicy = policies.for("cache");
    const shop: Shop = {
        catalogue,
        recommendations: new Recommendations({ database, cache, flags, log }),
        carts: new Carts({ cache, policies }),
        orders: new Orders({ database, outbox, flags, metrics }),
        images: new Images({ database, storage, outbox, flags, catalogue, metrics }),
        tokens,
        demoSignIn: values.DEMO_SIGN_IN === "on",
        sessions: {
            store: new SessionStore(cache, cachePolicy, { ttlSeconds: values.SESSION_SECONDS }),
            seconds: values.SESSION_SECONDS,
        },
        rateLimit:
            configuration.rateLimitPerMinute === 0
                ? undefined
                : rateLimitOptions(cache, cachePolicy, {
                      max: configuration.rateLimitPerMinute,
                      windowSeconds: MINUTE_SECONDS,
                  }),
        metrics,
    };
    const readiness = new Readiness({ database: () => database.ready(), cache: () => cache.ready() });
    return { shop, readiness };
}
