import { request } from "node:http";
import type { RunningApp } from "../running-app";

/** What Prometheus would get of a process. */
export async function scrape(app: RunningApp): Promise<string> {
    const port = Number(app.log.find(({ message }) => message === "listening")?.metricsPort);
    return new Promise((resolve, reject) => {
        request({ host: "127.0.0.1", port, path: "/metrics" }, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (text: string) => (body += text));
            response.on("end", () => {
                resolve(body);
            });
        })
            .on("error", reject)
            .end();
    });
}
