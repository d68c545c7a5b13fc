import { Pool } from "undici";

/** What the shop answered; status 0 where it did not answer at all. */
export interface Answer {
    readonly status: number;
    readonly body: unknown;
}

/** Longer than any answer of the shop: what takes longer hangs. */
const TIMEOUT_MS = 15_000;

/** The connections of all customers to one address. */
export class ShopClient {
    readonly #pool: Pool;

    constructor(url: string, connections = 128) {
        this.#pool = new Pool(url, { connections, pipelining: 1, keepAliveTimeout: 30_000 });
    }

    async close(): Promise<void> {
        await this.#pool.destroy();
    }

    /** A new customer, who is not signed in. */
    customer(email: string): Customer {
        return new Customer(this, email);
    }

    async request(
        method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
        path: string,
        options: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
    ): Promise<Answer & { readonly headers: Readonly<Record<string, string | string[] | undefined>> }> {
        try {
            const { statusCode, headers, body } = await this.#pool.request({
                method,
                path,
                headers: {
                    ...options.headers,
                    ...(options.body !== undefined && { "content-type": "application/json" }),
                },
                body: options.body === undefined ? null : JSON.stringify(options.body),
                signal: AbortSignal.timeout(TIMEOUT_MS),
            });
            const text = await body.text();
            return { status: statusCode, headers, body: parse(text) };
        } catch {
            return { status: 0, headers: {}, body: undefined };
        }
    }
}

/** A customer with a session, as a browser keeps it. */
export class Customer {
    id = "";
    #cookie = "";
    #lastWrite = "";

    constructor(
        private readonly client: ShopClient,
        readonly email: string,
    ) {}

    get signedIn(): boolean {
        return this.#cookie !== "";
    }

    async signIn(scopes: readonly string[] = []): Promise<Answer> {
        const answer = await this.client.request("POST", "/v1/session", { body: { email: this.email, scopes } });
        if (answer.status !== 201) return answer;
        const cookies = [answer.headers["set-cookie"] ?? []].flat();
        this.#cookie = cookies.find((cookie) => cookie.startsWith("session="))?.split(";")[0] ?? "";
        this.id = (answer.body as { customerId: string }).customerId;
        return answer;
    }

    /** Forgets the session. */
    forget(): void {
        this.#cookie = "";
    }

    session(): Promise<Answer> {
        return this.#send("GET", "/v1/session");
    }

    cart(): Promise<Answer> {
        return this.#send("GET", "/v1/cart");
    }

    putCart(version: number, items: readonly OrderItem[]): Promise<Answer> {
        return this.#send("PUT", "/v1/cart", { version, items });
    }

    order(idempotencyKey: string, items: readonly OrderItem[]): Promise<Answer> {
        return this.#send("POST", "/v1/orders", { items }, { "idempotency-key": idempotencyKey });
    }

    getOrder(id: string): Promise<Answer> {
        return this.#send("GET", `/v1/orders/${id}`);
    }

    /** Asks where to send a product's image. */
    beginImage(productId: string): Promise<Answer> {
        return this.#send("POST", `/v1/products/${productId}/image`, { contentType: "image/png" });
    }

    completeImage(productId: string, key: string): Promise<Answer> {
        return this.#send("POST", `/v1/products/${productId}/image/complete`, { key });
    }

    async #send(
        method: "GET" | "POST" | "PUT",
        path: string,
        body?: unknown,
        headers: Readonly<Record<string, string>> = {},
    ): Promise<Answer> {
        const answer = await this.client.request(method, path, {
            ...(body !== undefined && { body }),
            headers: {
                ...headers,
                ...(this.#cookie !== "" && { cookie: this.#cookie }),
                ...(this.#lastWrite !== "" && { "x-last-write": this.#lastWrite }),
            },
        });
        const position = answer.headers["x-last-write"];
        if (typeof position === "string") this.#lastWrite = position;
        return answer;
    }
}

export interface OrderItem {
    readonly productId: string;
    readonly quantity: number;
}

/** Sends a file where the shop has said, straight to the bucket. Answers whether the bucket took it. */
export async function uploadFile(
    { url, fields }: { readonly url: string; readonly fields: Readonly<Record<string, string>> },
    file: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append("file", new Blob([file]));
    try {
        return (await fetch(url, { method: "POST", body: form, signal: AbortSignal.timeout(TIMEOUT_MS) })).ok;
    } catch {
        return false;
    }
}

function parse(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
