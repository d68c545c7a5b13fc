import { Signer } from "@aws-sdk/rds-signer";
import type { DatabaseSettings, Endpoint } from "./configuration";

/** A password that does not change, or a function that is asked before each connection. */
export type Password = string | (() => Promise<string>);

const MINUTE = 60_000;
/** RDS takes a token for 15 minutes, and only to open a connection: it goes on longer. */
const VALID_MS = 15 * MINUTE;
/** Half a minute for opening the connection, and for clocks that differ. */
const USABLE_MS = VALID_MS - 0.5 * MINUTE;
/**
 * From this age on a new token is made; if that fails, the old one is tried for some minutes more. A token ends with the
 * credentials that signed it, if that is earlier, and the SDK renews those of a task when they are good for less than five
 * minutes: a token that is younger than this cannot have outlived them.
 */
const RENEW_MS = 4 * MINUTE;

/** Makes a token; may fail, as when the credentials cannot be had at the moment. */
export type MakeToken = () => Promise<string>;

/**
 * The password for an endpoint: that of the settings, or an IAM token.
 *
 * A token is for one host, port and user. The credentials that sign it are found in the SDK's usual order: in a container
 * those of the task or pod.
 */
export function passwordFor({ auth, password, region, user }: DatabaseSettings, { host, port }: Endpoint): Password {
    if (auth === "password") return password;
    const signer = new Signer({ hostname: host, port, username: user, region });
    return cacheToken(() => signer.getAuthToken());
}

/**
 * Keeps a token for four of its fifteen minutes. Callers at the same time wait for one and the same.
 *
 * @param now milliseconds, for tests
 */
export function cacheToken(make: MakeToken, now: () => number = Date.now): () => Promise<string> {
    let current: { token: string; madeAt: number } | undefined;
    let making: Promise<string> | undefined;

    const renew = async (): Promise<string> => {
        // Before it is made: its validity counts from its signature.
        const madeAt = now();
        try {
            const token = await make();
            current = { token, madeAt };
            return token;
        } catch (error) {
            if (current !== undefined && now() - current.madeAt < USABLE_MS) return current.token;
            throw error;
        } finally {
            making = undefined;
        }
    };

    return async () => {
        if (current !== undefined && now() - current.madeAt < RENEW_MS) return current.token;
        making ??= renew();
        return making;
    };
}
