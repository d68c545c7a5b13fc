import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** Prometheus asks for this. */
export const METRICS_PATH = "/metrics";

/** A server that answers what Prometheus asks for, and nothing else. */
export function createMetricsEndpoint(answer: (request: IncomingMessage, response: ServerResponse) => void): Server {
    const server = createServer((request, response) => {
        if (request.method === "GET" && request.url === METRICS_PATH) answer(request, response);
        else response.writeHead(404).end();
    });
    server.requestTimeout = 10_000;
    return server;
}

/** Listens, and answers the port: a free one for 0. Never on a port that the processes of a task share. */
export async function listenAt(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen({ host, port, exclusive: true }, resolve);
    });
    return (server.address() as AddressInfo).port;
}
