import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buildApp, type LogLine, RunningApp } from "./running-app";
import { eventualAnswer } from "./support/eventual-answer";
import { scrape } from "./support/scrape";
import { ShopClient } from "./support/shop-client";
import { startShopServers } from "./support/shop-servers";

interface Span {
    readonly traceId: string;
    readonly name: string;
}
interface TraceExport {
    readonly resourceSpans: { readonly scopeSpans: { readonly spans: Span[] }[] }[];
}

/** Stands in for an OpenTelemetry collector: keeps the spans that it is sent. */
async function startCollector(): Promise<{ url: string; spans: Span[]; stop: () => void }> {
    const spans: Span[] = [];
    const server = createServer((incoming, response) => {
        let body = "";
        incoming.setEncoding("utf8").on("data", (text: string) => (body += text));
        incoming.on("end", () => {
            const { resourceSpans } = JSON.parse(body) as TraceExport;
            spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
            response.end("{}");
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        spans,
        stop: () => {
            server.closeAllConnections();
            server.close();
        },
    };
}

const build = buildApp();
const main = `${build.folder}/main.js`;
/** Ended in turn, the last one first, even where not everything could be started. */
const started: (() => unknown)[] = [build.remove];
afterAll(async () => {
    for (const end of started.reverse()) await end();
}, 60_000);

let collector: Awaited<ReturnType<typeof startCollector>>;
let web: RunningApp;
let worker: RunningApp;
let productId: string;
beforeAll(async () => {
    const servers = await startShopServers(main);
    started.push(() => servers.stop());
    collector = await startCollector();
    started.push(collector.stop);
    const environment = {
        ...servers.env,
        METRICS: "both",
        METRICS_INTERVAL_SECONDS: "1",
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        TRACE_SAMPLE_PERCENT: "100",
    };
    web = await RunningApp.start(main, { environment });
    started.push(() => web.kill());
    worker = await RunningApp.start(main, { environment, arguments: ["worker"] });
    started.push(() => worker.kill());

    const client = new ShopClient([web]);
    await client.signIn("ann@example.org", ["catalogue:write"]);
    const product = { sku: "T-1", name: "Thing", priceCents: 500, currency: "EUR", stock: 10 };
    productId = (await client.send<{ id: string }>("POST", "/v1/products", product)).body.id;
    await client.send("GET", `/v1/products/${productId}`);
    await client.send("GET", `/v1/products/${productId}`);
    const items = [{ productId, quantity: 1 }];
    const placed = await client.send<{ id: string }>(
        "POST",
        "/v1/orders",
        { items },
        {
            "idempotency-key": "telemetry-1",
            "x-correlation-id": "telemetry-journey",
        },
    );
    await eventualAnswer(
        () => client.send<{ state: string }>("GET", `/v1/orders/${placed.body.id}`),
        ({ body }) => body.state === "confirmed",
    );
}, 120_000);

describe("the Prometheus endpoint", () => {
    test("of the web role tells of each route by its pattern, of pools, cache, breakers and orders", async () => {
        const text = await scrape(web);
        expect(text).toMatch(/http_server_request_duration_count\{[^}]*http_route="\/v1\/products\/:id"[^}]*\} 2/);
        expect(text).toMatch(/http_server_request_duration_count\{[^}]*http_response_status_code="201"/);
        expect(text).toMatch(/dependency_breaker_state\{[^}]*dependency="cache"[^}]*\} 0/);
        expect(text).toMatch(/shop_orders_placed_total\{[^}]*currency="EUR"[^}]*\} 1/);
        expect(text).toMatch(/^cache_/m);
        expect(text).toMatch(/^db_client_connection_count\{/m);
        expect(text).not.toContain(productId);
        expect(text).not.toContain("/health/");
    });

    test("of the worker tells of messages and of what became of orders", async () => {
        const text = await scrape(worker);
        expect(text).toMatch(/queue_message_duration_count\{[^}]*type="order.placed"[^}]*\} 1/);
        expect(text).toMatch(/shop_orders_ended_total\{[^}]*state="confirmed"[^}]*\} 1/);
        expect(text).toMatch(/outbox_sent_total/);
    });
});

describe("the embedded metric format", () => {
    test("says in the log what CloudWatch needs to make metrics of it", async () => {
        const line = (await web.logged(
            (one) => one.message === "metrics" && "http.server.request.duration" in one,
        )) as LogLine & {
            _aws: {
                CloudWatchMetrics: {
                    Namespace: string;
                    Dimensions: string[][];
                    Metrics: { Name: string; Unit: string }[];
                }[];
            };
        };
        const [definition] = line._aws.CloudWatchMetrics;
        expect(definition?.Namespace).toBe("Headroom/Shop");
        expect(definition?.Metrics).toContainEqual({ Name: "http.server.request.duration", Unit: "Seconds" });
        for (const name of definition?.Dimensions[0] ?? []) expect(typeof line[name]).toBe("string");
        for (const { Name } of definition?.Metrics ?? []) expect(line).toHaveProperty([Name]);
    });

    test("counts an order once, however often it is reported", async () => {
        await web.logged((one) => "shop.orders.placed" in one);
        const later = web.log.length;
        await eventualAnswer(
            () => Promise.resolve(web.log.slice(later).filter(({ message }) => message === "metrics").length),
            (count) => count > 2,
        );
        const counted = web.log.map((line) => line["shop.orders.placed"]).filter((value) => typeof value === "number");
        expect(counted.reduce((sum, value) => sum + value, 0)).toBe(1);
    });
});

describe("a trace", () => {
    test("leads from the request through the outbox and the queue into every step of the worker", async () => {
        await Promise.all([web.stop(), worker.stop()]);
        const request = collector.spans.find(({ name }) => name === "POST /v1/orders");
        const names = collector.spans.filter(({ traceId }) => traceId === request?.traceId).map(({ name }) => name);
        expect(names).toEqual(
            expect.arrayContaining([
                "POST /v1/orders",
                "process order.placed",
                "process order.stock-reserved",
                "process order.payment-authorized",
            ]),
        );
    });
});

describe("the correlation id", () => {
    test("is in the lines of the request and of every message that came of it", () => {
        const lines = [...web.log, ...worker.log].filter((line) => line.correlationId === "telemetry-journey");
        expect(lines.filter(({ role }) => role === "web")).not.toEqual([]);
        const types = lines.map(({ messageType }) => messageType);
        expect(types).toEqual(
            expect.arrayContaining([
                "order.placed",
                "order.stock-reserved",
                "order.payment-authorized",
                "mail.requested",
            ]),
        );
    });
});
