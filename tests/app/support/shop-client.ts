import type { Answer, RunningApp } from "../running-app";

/** An answer whose body has been read as JSON. */
export interface JsonAnswer<T = Record<string, unknown>> extends Omit<Answer, "body"> {
    readonly body: T;
}

/**
 * A browser: it keeps its cookies, and sends each request to the next of the processes, as a load balancer would without
 * stickiness.
 */
export class ShopClient {
    readonly #cookies = new Map<string, string>();
    #next = 0;

    constructor(private readonly apps: readonly RunningApp[]) {}

    async send<T = Record<string, unknown>>(
        method: string,
        url: string,
        body?: unknown,
        headers: Record<string, string> = {},
    ): Promise<JsonAnswer<T>> {
        const app = this.apps[this.#next++ % this.apps.length];
        if (!app) throw new Error("there is no process to ask");
        const text = body === undefined ? undefined : JSON.stringify(body);
        const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
        const { request, answer } = app.open(url, {
            method,
            headers: {
                ...(text !== undefined && {
                    "content-type": "application/json",
                    "content-length": String(Buffer.byteLength(text)),
                }),
                ...(cookie && { cookie }),
                ...headers,
            },
        });
        request.end(text);
        const { body: answered, ...rest } = await answer;
        this.#keepCookies(rest.headers["set-cookie"]);
        return { ...rest, body: (answered === "" ? undefined : JSON.parse(answered)) as T };
    }

    /** Signs in as the owner of an address. */
    async signIn(
        email: string,
        scopes: readonly string[] = [],
    ): Promise<JsonAnswer<{ customerId: string; token: string }>> {
        return this.send("POST", "/v1/session", { email, scopes });
    }

    #keepCookies(given: readonly string[] = []): void {
        for (const cookie of given) {
            const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
            if (value === "") this.#cookies.delete(name);
            else this.#cookies.set(name, decodeURIComponent(value));
        }
    }
}
