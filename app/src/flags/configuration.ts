import { z } from "zod";
import { seconds, type Setting } from "../setting";

/** What `openFlags` is told. */
export interface FlagsSettings {
    /** Where the flags are read from; empty for their defaults. */
    readonly url: string;
    readonly pollSeconds: number;
}

function isHttpUrl(text: string): boolean {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    // The agent is asked without credentials, and an address with some would come up in the log.
    return url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "";
}

/** Every variable of the feature flags. */
export const FLAGS_SETTINGS = {
    /**
     * The configuration profile at the AppConfig agent, which runs beside the process, keeps the flags and asks for new ones.
     * https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-integration-containers-agent.html
     * Empty: every flag has its default.
     */
    APPCONFIG_URL: {
        schema: z.string().refine((text) => text === "" || isHttpUrl(text)),
        fallback: "",
        allowed: "an http or https address, without user and password",
        example: "http://localhost:2772/applications/shop/environments/prod/configurations/flags",
    } as Setting<string>,
    /** Between two looks at the agent, which itself asks AppConfig every 45 s. */
    APPCONFIG_POLL_SECONDS: seconds(0.1, 3_600, 30),
} satisfies Record<string, Setting<string> | Setting<number>>;

/** The values of `FLAGS_SETTINGS`, as read. */
export type FlagsValues = {
    readonly [K in keyof typeof FLAGS_SETTINGS]: (typeof FLAGS_SETTINGS)[K] extends Setting<infer T> ? T : never;
};

/** The settings of the feature flags. */
export function flagsSettings(values: FlagsValues): FlagsSettings {
    return { url: values.APPCONFIG_URL, pollSeconds: values.APPCONFIG_POLL_SECONDS };
}
