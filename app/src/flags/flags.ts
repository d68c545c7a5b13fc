import { type Client, type EvaluationContext, OpenFeature, TypedInMemoryProvider } from "@openfeature/server-sdk";
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { z } from "zod";
import type { FlagsSettings } from "./configuration";

/** What can be switched while the service runs, and what holds where nobody has said anything. */
export const FLAGS = {
    /** Product pages with what others bought. The first thing to go when the database is in trouble. */
    recommendations: true,
    /** Uploading images of products. Off while the bucket or the workers are in trouble. */
    "image-uploads": true,
    /** Placing orders. Off: the shop can be looked at, and nothing is sold. */
    checkout: true,
} as const satisfies Record<string, boolean>;
export type FlagName = keyof typeof FLAGS;

export const FLAG_NAMES = Object.keys(FLAGS) as FlagName[];

/** The agent is on the same machine. */
const TIMEOUT_MS = 2_000;

/** What the agent gives for a profile of the type feature flags: more may be in it than is used here. */
const Document = z.record(z.string(), z.looseObject({ enabled: z.boolean() }));

/** Switches of the running service. */
export interface Flags {
    /** Whether something is switched on. Never fails: in doubt, the last known value holds, then the default. */
    isEnabled(flag: FlagName, context?: EvaluationContext): Promise<boolean>;
    close(): void;
}

/**
 * Opens the feature flags: OpenFeature with its in-memory provider, filled from the AppConfig agent, for which there is no
 * provider for JavaScript. Looks at the agent once before it answers, and then regularly.
 */
export async function openFlags(settings: FlagsSettings, { log }: { log: Logger }): Promise<Flags> {
    const provider = new TypedInMemoryProvider(configurationOf(FLAGS));
    // A domain of its own: the provider does not become that of whoever else uses OpenFeature in this process.
    const domain = `flags-${randomUUID()}`;
    await OpenFeature.setProviderAndWait(domain, provider);
    const poller = new Poller(settings, log, (values) => {
        provider.putConfiguration(configurationOf(values));
    });
    if (settings.url !== "") await poller.start();
    return flagsOf(OpenFeature.getClient(domain), () => {
        poller.stop();
    });
}

function flagsOf(client: Client, close: () => void): Flags {
    return {
        isEnabled: (flag, context) => client.getBooleanValue(flag, FLAGS[flag], context),
        close,
    };
}

type FlagValues = Readonly<Record<FlagName, boolean>>;

function configurationOf(values: FlagValues) {
    return Object.fromEntries(
        FLAG_NAMES.map((name) => [
            name,
            {
                variants: { on: true, off: false },
                defaultVariant: values[name] ? "on" : "off",
                disabled: false,
            } as const,
        ]),
    );
}

class Poller {
    #timer: NodeJS.Timeout | undefined;
    #stopped = false;
    #failing = false;
    #last: FlagValues = FLAGS;

    constructor(
        private readonly settings: FlagsSettings,
        private readonly log: Logger,
        private readonly apply: (values: FlagValues) => void,
    ) {}

    async start(): Promise<void> {
        await this.#look();
        this.#later();
    }

    stop(): void {
        this.#stopped = true;
        clearTimeout(this.#timer);
    }

    #later(): void {
        if (this.#stopped) return;
        // A fifth more or less, by chance: a thousand processes that were started together do not ask together.
        const delayMs = this.settings.pollSeconds * 1_000 * (0.8 + Math.random() * 0.4);
        this.#timer = setTimeout(() => {
            void this.#look().then(() => {
                this.#later();
            });
        }, delayMs).unref();
    }

    async #look(): Promise<void> {
        try {
            const response = await fetch(this.settings.url, {
                signal: AbortSignal.timeout(TIMEOUT_MS),
                redirect: "error",
            });
            if (!response.ok) throw new Error(`the agent answered ${response.status}`);
            this.#take(Document.parse(await response.json()));
            if (this.#failing) this.log.info("feature flags are read again");
            this.#failing = false;
        } catch (error) {
            // Once, and not with every attempt.
            if (!this.#failing) {
                this.log.warn({ reason: describe(error) }, "feature flags cannot be read: the last known values hold");
            }
            this.#failing = true;
        }
    }

    #take(document: z.infer<typeof Document>): void {
        const values = Object.fromEntries(
            FLAG_NAMES.map((name) => [name, document[name]?.enabled ?? FLAGS[name]]),
        ) as FlagValues;
        const changed = FLAG_NAMES.filter((name) => values[name] !== this.#last[name]);
        if (changed.length === 0) return;
        this.#last = values;
        this.apply(values);
        this.log.info(
            { flags: Object.fromEntries(changed.map((name) => [name, values[name]])) },
            "feature flags changed",
        );
    }
}

function describe(error: unknown): string {
    return error instanceof z.ZodError
        ? "the document does not have the form of feature flags"
        : (error as Error).message;
}
