// The container's own health check: exit code 0 while the process answers, 1 where it does not. It reads the same
// variables as the process. Liveness, not readiness: a container that drains is not to be killed for it.
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { type Listener, loadListener } from "./configuration";
import { LIVE_PATH } from "./routes/health";

/** Below the time-out of the check itself (5 s), so that the reason is printed. */
const TIMEOUT_MS = 3_000;

/** The address to ask: the one that the process listens on, or loopback where it listens on all. */
function address(host: string): string {
    if (host === "0.0.0.0") return "127.0.0.1";
    return host === "::" ? "::1" : host;
}

function check({ host, port, tls }: Listener): void {
    const target = { host: address(host), port, path: LIVE_PATH, timeout: TIMEOUT_MS };
    const end = (code: 0 | 1, reason: string): never => {
        console.log(reason);
        process.exit(code);
    };
    // The certificate is the process's own, made at its start; the request does not leave the container.
    const request = tls ? tlsRequest({ ...target, rejectUnauthorized: false }) : plainRequest(target);
    request
        .on("response", ({ statusCode }) => end(statusCode === 200 ? 0 : 1, `status ${statusCode}`))
        .on("timeout", () => end(1, `no answer within ${TIMEOUT_MS} ms`))
        .on("error", (error) => end(1, error.message))
        .end();
}

check(loadListener(process.env));
