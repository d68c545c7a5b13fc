/**
 * `make local`: the whole architecture on this machine, until Ctrl+C.
 *
 *     node -r ./offline/register.js twin/main.ts [--stack dev] [--config KEY=VALUE …] [--port N] [--speed N]
 */
import { once } from "node:events";
import path from "node:path";
import { readArguments } from "./command-line";
import { Display } from "./display";
import { createLogFile } from "./log-file";
import { runCommand } from "./run-command";
import { loadTopology } from "./topology";
import { DEFAULT_SPEED, Twin } from "./twin";

const LOGS = path.resolve(__dirname, "../.headroom/twin");

async function main(stopped: AbortSignal): Promise<number> {
    const { stack, config, numbers } = readArguments(process.argv.slice(2), {
        port: { fallback: undefined, least: 1, most: 65_535, whole: true, example: 8_080 },
        speed: { fallback: DEFAULT_SPEED, least: 0.1, most: 600, whole: false },
    });
    const topology = loadTopology(stack, { config });
    const display = new Display(createLogFile(LOGS, stack));
    for (const difference of topology.differences) display.event(difference);

    const twin = await Twin.start({
        topology,
        signal: stopped,
        ...(numbers.port !== undefined && { port: numbers.port }),
        ...(numbers.speed !== undefined && { speed: numbers.speed }),
        onLine: (source, line) => {
            display.line(source, line);
        },
        onEvent: (text) => {
            display.event(text);
        },
    });
    const { kind } = twin.balancer;
    const names = { haproxy: "HAProxy", proxy: "the proxy of this repository, since there is no HAProxy 2.6 or newer" };
    display.event(`load balancer: ${names[kind]}`);
    display.event(`shop: ${twin.url}/v1/products`);
    display.event(`API: ${twin.url}/openapi.json`);
    display.event(`mails: ${twin.mailFolder}`);
    display.event(`scaling: a minute lasts ${60 / (numbers.speed ?? DEFAULT_SPEED)} s`);
    display.show(twin);
    if (!stopped.aborted) await once(stopped, "abort");
    display.hide();
    display.event("stopping");
    await twin.stop();
    display.event("stopped");
    display.close();
    return 0;
}

runCommand(main);
