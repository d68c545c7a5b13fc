import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random";
import { isPaymentRefused, type SeededProduct } from "../seed";
import { type Answer, type Customer, type OrderItem, type ShopClient, uploadFile } from "../shop-client";

/** One thing that a customer did. */
export interface Outcome {
    readonly kind: "product" | "page" | "session" | "order" | "image";
    /** Milliseconds of the process's clock, when it began and when it was answered. */
    readonly startedAt: number;
    readonly endedAt: number;
    readonly ok: boolean;
    readonly status: number;
}

/** What a customer ordered, and whether it was acknowledged. */
export interface OrderRecord {
    readonly key: string;
    readonly customerId: string;
    readonly items: readonly OrderItem[];
    /** The order's id, where the shop has acknowledged it. */
    orderId: string | undefined;
    /** Ids that differ from the first one: there must be none. */
    readonly otherIds: string[];
}

/** A session that the shop did not know any more. */
export interface LostSession {
    readonly customerId: string;
    readonly signedInAt: number;
    readonly noticedAt: number;
}

export interface TrafficOptions {
    readonly client: ShopClient;
    readonly products: readonly SeededProduct[];
    readonly random: Random;
    readonly ratePerSecond: number;
    readonly customers: number;
    /** Tells the orders of this run from those of others. */
    readonly run: string;
}

interface Shopper {
    readonly customer: Customer;
    signedInAt: number;
    /** A new session is on its way: nobody else asks for one. */
    signingIn: Promise<void> | undefined;
}

/** A customer buys one, two or three of a product. */
const QUANTITIES = [1, 2, 3] as const;

/** A client tries an order this often, always with the same key. */
const ORDER_ATTEMPTS = 8;
const FIRST_WAIT_MS = 200;

/** One red pixel: the smallest image that a worker can resize. */
const IMAGE = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
    "base64",
);

/**
 * Customers at a constant rate, whatever becomes of their requests: three in four read, one in ten orders, and those who
 * tend the catalogue send an image now and then. One order in ten is of an amount that the payment provider refuses. What was
 * answered with an error counts as an error, also where the customer tries it again.
 */
export class Traffic {
    readonly outcomes: Outcome[] = [];
    readonly orders: OrderRecord[] = [];
    readonly lostSessions: LostSession[] = [];
    /** Products whose image the shop has acknowledged. */
    readonly images = new Set<string>();
    readonly #shoppers: Shopper[];
    /** Orders whose payment is refused, sooner or later. */
    readonly #refused: readonly OrderItem[];
    readonly #running = new Set<Promise<void>>();
    #timer: NodeJS.Timeout | undefined;
    #due = 0;
    #number = 0;

    constructor(private readonly options: TrafficOptions) {
        this.#shoppers = Array.from({ length: options.customers }, (_, index) => ({
            customer: options.client.customer(`customer-${index}@${options.run}.example`),
            signedInAt: 0,
            signingIn: undefined,
        }));
        this.#refused = options.products.flatMap(({ id, priceCents }) =>
            QUANTITIES.filter((quantity) => isPaymentRefused(priceCents * quantity)).map((quantity) => ({
                productId: id,
                quantity,
            })),
        );
    }

    /** Signs everybody in and begins. */
    async start(): Promise<void> {
        await Promise.all(this.#shoppers.map((shopper) => this.#signIn(shopper)));
        this.#due = performance.now();
        const interval = 1_000 / this.options.ratePerSecond;
        this.#timer = setInterval(() => {
            // A timer that comes late makes up for it: the rate is constant.
            for (; this.#due <= performance.now(); this.#due += interval) this.#act();
        }, interval);
    }

    /** Ends; resolves when everything that was begun is answered. */
    async stop(): Promise<void> {
        clearInterval(this.#timer);
        await Promise.all(this.#running);
    }

    /** Asks for the session of every customer: also of one who has done nothing since it was lost. */
    async checkSessions(): Promise<void> {
        await Promise.all(this.#shoppers.map((shopper) => this.#checkSession(shopper)));
    }

    #act(): void {
        const { random, products } = this.options;
        // Drawn here, before anything is waited for: a seed repeats who does what in which order.
        const shopper = random.pick(this.#shoppers);
        const product = random.pick(products);
        const dice = random.below(100);
        const action =
            dice < 60
                ? this.#read("product", `/v1/products/${product.id}`)
                : dice < 75
                  ? this.#read("page", `/v1/products?limit=20`)
                  : dice < 88
                    ? this.#checkSession(shopper)
                    : dice < 98
                      ? this.#order(shopper, [this.#choose(product)])
                      : this.#image(shopper, product.id);
        const running = action.finally(() => this.#running.delete(running));
        this.#running.add(running);
    }

    #choose({ id }: SeededProduct): OrderItem {
        const { random } = this.options;
        if (random.below(10) === 0 && this.#refused.length > 0) return random.pick(this.#refused);
        return { productId: id, quantity: random.pick(QUANTITIES) };
    }

    async #read(kind: "product" | "page", path: string): Promise<void> {
        await this.#record(kind, () => this.options.client.request("GET", path), 200);
    }

    async #checkSession(shopper: Shopper): Promise<void> {
        const { signedInAt } = shopper;
        const answer = await this.#record("session", () => shopper.customer.session(), 200, 401);
        if (answer.status === 401) await this.#replaceSession(shopper, signedInAt);
    }

    async #order(shopper: Shopper, items: readonly OrderItem[]): Promise<void> {
        const record: OrderRecord = {
            key: `${this.options.run}-${String(++this.#number).padStart(7, "0")}`,
            customerId: shopper.customer.id,
            items,
            orderId: undefined,
            otherIds: [],
        };
        this.orders.push(record);
        for (let attempt = 0; attempt < ORDER_ATTEMPTS; attempt++) {
            if (attempt > 0) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
            const { signedInAt } = shopper;
            const answer = await this.#record("order", () => shopper.customer.order(record.key, items), 201, 401);
            if (answer.status === 401) {
                await this.#replaceSession(shopper, signedInAt);
                continue;
            }
            if (answer.status !== 201) continue;
            this.#acknowledge(record, answer);
            // One in four clients did not get the answer, and asks again: nothing must come of it.
            if (this.#number % 4 !== 0) return;
            const again = await this.#record("order", () => shopper.customer.order(record.key, items), 201, 401);
            if (again.status === 201) this.#acknowledge(record, again);
            return;
        }
    }

    async #image(shopper: Shopper, productId: string): Promise<void> {
        const { signedInAt } = shopper;
        const begun = await this.#record("image", () => shopper.customer.beginImage(productId), 201, 401);
        if (begun.status === 401) await this.#replaceSession(shopper, signedInAt);
        if (begun.status !== 201) return;
        const upload = begun.body as { key: string; url: string; fields: Record<string, string> };
        // The bucket's own faults are not the shop's: without the file there is nothing to complete.
        if (!(await uploadFile(upload, IMAGE))) return;
        const completed = await this.#record(
            "image",
            () => shopper.customer.completeImage(productId, upload.key),
            202,
            401,
        );
        if (completed.status === 202) this.images.add(productId);
    }

    #acknowledge(record: OrderRecord, answer: Answer): void {
        const { id } = answer.body as { id: string };
        record.orderId ??= id;
        if (record.orderId !== id) record.otherIds.push(id);
    }

    /** @param signedInAt when the session began that the shop does not know */
    async #replaceSession(shopper: Shopper, signedInAt: number): Promise<void> {
        // Several requests may notice the same loss, also some that were sent before there was a new session.
        if (shopper.signingIn === undefined && shopper.signedInAt === signedInAt) {
            const { customer } = shopper;
            this.lostSessions.push({ customerId: customer.id, signedInAt, noticedAt: performance.now() });
            shopper.signingIn = this.#signIn(shopper).finally(() => (shopper.signingIn = undefined));
        }
        await shopper.signingIn;
    }

    async #signIn(shopper: Shopper): Promise<void> {
        for (let attempt = 0; attempt < ORDER_ATTEMPTS; attempt++) {
            if (attempt > 0) await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
            const startedAt = performance.now();
            const { status } = await shopper.customer.signIn(["catalogue:write"]);
            if (status !== 201) continue;
            // The moment before it: a cache that dies meanwhile may have taken it along.
            shopper.signedInAt = startedAt;
            return;
        }
    }

    async #record<A extends Answer>(
        kind: Outcome["kind"],
        work: () => Promise<A>,
        ...expected: readonly number[]
    ): Promise<A> {
        const startedAt = performance.now();
        const answer = await work();
        const ok = expected.includes(answer.status);
        this.outcomes.push({ kind, startedAt, endedAt: performance.now(), ok, status: answer.status });
        return answer;
    }
}
