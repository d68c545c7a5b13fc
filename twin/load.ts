/**
 * `make load`: how much one task of the web service answers at rising concurrency, beside what the same server answers at
 * most, and beside the same route without its cache. Clients and servers share the machine's cores: ratios say more than
 * numbers.
 *
 *     node -r ./offline/register.js twin/load.ts [--stack dev] [--seconds N] [--most N] [--config KEY=VALUE …]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { readArguments } from "./command-line";
import { measureStep, type Route } from "./load/measure";
import { ratio, renderReport, type RouteResult } from "./load/report";
import { describeRoutes } from "./load/routes";
import { runCommand } from "./run-command";
import { ShopClient } from "./shop-client";
import { loadTopology } from "./topology";
import { Twin } from "./twin";

/** Connections of the steps: four times as many each. */
const GROWTH = 4;

/** Seconds that compilers and pools get before the first step of a route counts. */
const WARM_UP_SECONDS = 1;

/** The breaker of the cache opens within its window. */
const CACHE_GONE_MS = 3_000;

async function main(stopped: AbortSignal): Promise<number> {
    const { stack, config, numbers } = readArguments(process.argv.slice(2), {
        seconds: { fallback: 5, least: 0.5, most: 600, whole: false },
        most: { fallback: 256, least: 1, most: 10_000, whole: true },
    });
    const seconds = numbers.seconds ?? 5;
    const topology = loadTopology(stack, {
        config: { "web.minimum": 1, "web.neededTasks": 1, "worker.minimum": 1, "worker.neededTasks": 1, ...config },
    });
    const twin = await Twin.start({
        topology,
        signal: stopped,
        autoscale: false,
        // What is measured is the service, neither its limit for one client nor the speed of a log.
        environment: { RATE_LIMIT_PER_MINUTE: "0", LOG_SAMPLE_PERCENT: "0" },
    });
    try {
        const [process] = twin.web.running;
        const direct = `https://127.0.0.1:${process?.port ?? 0}`;
        await warmUp(twin);
        const routes = describeRoutes(twin.products, await signIn(twin.url));
        const steps = concurrencies(numbers.most ?? 256);
        const measure = async (name: string, url: string, route: Route): Promise<RouteResult> => {
            say(`measuring ${name}`);
            const result: RouteResult = { name, steps: [] };
            await measureStep(url, route, 8, WARM_UP_SECONDS);
            const measured = [];
            for (const connections of steps) {
                if (stopped.aborted) break;
                measured.push(await measureStep(url, route, connections, seconds));
            }
            return { ...result, steps: measured };
        };

        const limit = await measure(routes.constant.name, direct, routes.constant);
        const product = await measure("product", direct, routes.product);
        const results = [
            limit,
            product,
            await measure("page of the catalogue", direct, routes.page),
            await measure("session", direct, routes.session),
            await measure("order", direct, routes.order),
            await measure("product, through the load balancer", twin.url, routes.product),
        ];
        await loseCache(twin);
        const uncached = await measure("product, without the cache", direct, routes.product);
        results.push(uncached);

        for (const line of renderReport(results, limit)) say(line);
        say(`The cache makes the product ${ratio(product, uncached)} times as fast.`);
        const failures = results.flatMap((result) => result.steps).reduce((sum, step) => sum + step.failures, 0);
        if (failures > 0) say(`${failures} requests were refused or failed; they do not count as answers.`);
        return 0;
    } finally {
        await twin.stop();
    }
}

function concurrencies(most: number): number[] {
    const steps: number[] = [];
    for (let connections = 1; connections < most; connections *= GROWTH) steps.push(connections);
    return [...steps, most];
}

/** Asks for each product once: what the cache is for, not how it fills. */
async function warmUp({ url, products }: Twin): Promise<void> {
    const client = new ShopClient(url, 1);
    try {
        for (const { id } of products) await client.request("GET", `/v1/products/${id}`);
    } finally {
        await client.close();
    }
}

async function signIn(url: string): Promise<Record<string, string>> {
    const client = new ShopClient(url, 1);
    try {
        const { status, headers } = await client.request("POST", "/v1/session", {
            body: { email: "load@example.com" },
        });
        const cookie = [headers["set-cookie"] ?? []].flat().find((one) => one.startsWith("session="));
        if (cookie === undefined) throw new Error(`nobody could sign in: the answer was ${status}`);
        return { cookie: cookie.split(";")[0] ?? "" };
    } finally {
        await client.close();
    }
}

async function loseCache(twin: Twin): Promise<void> {
    const exited = twin.valkey.exited();
    twin.valkey.kill();
    await exited;
    await sleep(CACHE_GONE_MS);
}

function say(line: string): void {
    process.stdout.write(`${line}\n`);
}

runCommand(main);
