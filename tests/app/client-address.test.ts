import { get } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { loadConfiguration } from "../../app/src/configuration";
import { Lifecycle } from "../../app/src/lifecycle";
import { createServer } from "../../app/src/server";
import { recordingLog } from "./support/recording-log";
import { DEAD_BINDINGS } from "./running-app";

/** Addresses of the way that a request takes in AWS; the balancer itself is the peer of the connection. */
const VIEWER = "198.51.100.7";
const VPC_ORIGIN = "10.0.16.23";

let server: FastifyInstance | undefined;
afterEach(() => server?.close());

/** Whom the service takes a request for, that came with these headers. */
async function clientOf(
    forwarded: string | string[] | undefined,
    environment: Record<string, string> = {},
): Promise<string> {
    const configuration = loadConfiguration({ ...DEAD_BINDINGS, TLS: "off", ...environment });
    server = await createServer({
        configuration,
        lifecycle: new Lifecycle(),
        log: recordingLog().log,
        info: { name: "headroom", version: "test", role: "web", zone: "unknown" },
    });
    server.get("/whoami", (request) => request.ip);
    await server.listen({ host: "127.0.0.1", port: 0 });
    const { port } = server.server.address() as AddressInfo;
    return new Promise((resolve, reject) => {
        get(
            {
                port,
                host: "127.0.0.1",
                path: "/whoami",
                headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
            },
            (response) => {
                let body = "";
                response.setEncoding("utf8");
                response
                    .on("data", (chunk: string) => (body += chunk))
                    .on("end", () => {
                        resolve(body);
                    });
            },
        ).on("error", reject);
    });
}

describe("the address of a client, behind CloudFront and the load balancer", () => {
    test.each<[string, string | string[], string]>([
        ["as CloudFront saw it", `${VIEWER}, ${VPC_ORIGIN}`, VIEWER],
        ["also of IPv6", `2001:db8::7, ${VPC_ORIGIN}`, "2001:db8::7"],
        ["whatever the client says of itself", `203.0.113.1, ${VIEWER}, ${VPC_ORIGIN}`, VIEWER],
        ["however much it says", `10.0.0.1, 127.0.0.1, 192.0.2.9, ${VIEWER}, ${VPC_ORIGIN}`, VIEWER],
        ["also in headers of its own", ["203.0.113.1", `${VIEWER}, ${VPC_ORIGIN}`], VIEWER],
        ["also when it speaks nonsense", `" or 1=1 --, ${VIEWER}, ${VPC_ORIGIN}`, VIEWER],
    ])("is that of the viewer, %s", async (_case, forwarded, expected) => {
        expect(await clientOf(forwarded)).toBe(expected);
    });

    test("is that of the peer where nobody is between, and nobody is trusted", async () => {
        expect(await clientOf(`203.0.113.1, ${VIEWER}`, { TRUSTED_PROXIES: "0" })).toBe("127.0.0.1");
    });

    test("is that which the only proxy saw, where there is one", async () => {
        expect(await clientOf(`203.0.113.1, ${VIEWER}`, { TRUSTED_PROXIES: "1" })).toBe(VIEWER);
    });

    test("is that of the peer where no proxy says anything", async () => {
        expect(await clientOf(undefined)).toBe("127.0.0.1");
    });
});
