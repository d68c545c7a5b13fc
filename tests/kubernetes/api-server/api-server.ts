import { ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { request } from "node:https";
import { AddressInfo, createServer, Server } from "node:net";
import * as os from "node:os";
import * as path from "node:path";

/** What the API server answers. */
export interface Answer {
    readonly status: number;
    /** Warnings in the answer's header: what is accepted although something is wrong with it. */
    readonly warnings: readonly string[];
    readonly body: Record<string, unknown>;
}

export interface ApiServerOptions {
    /** Folder of etcd, kube-apiserver and kube-controller-manager, as build.mjs prints it. */
    readonly binaries: string;
    /** Whether controllers make pods of Deployments and fill in the status of quotas and disruption budgets. */
    readonly controllers: boolean;
}

/** The servers take no port 0. Several are asked for at once, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
    const servers = await Promise.all(
        Array.from(
            { length: count },
            () =>
                new Promise<Server>((resolve, reject) => {
                    const server = createServer();
                    server.on("error", reject).listen(0, "127.0.0.1", () => {
                        resolve(server);
                    });
                }),
        ),
    );
    const ports = servers.map((server) => (server.address() as AddressInfo).port);
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    return ports;
}

interface Child {
    readonly process: ChildProcess;
    /** Why it ended. */
    readonly ended: Promise<string>;
}

/**
 * A Kubernetes API server on the loopback interface, with etcd behind it and no nodes: pods are made, and never run.
 */
export class ApiServer {
    private readonly children: Child[] = [];
    private readonly killAll = (): void => {
        for (const child of this.children) {
            child.process.kill("SIGKILL");
        }
    };

    private constructor(
        private readonly options: ApiServerOptions,
        private readonly folder: string,
        private readonly port: number,
        private readonly token: string,
    ) {
        // Nothing outlives a crash of ours.
        process.once("exit", this.killAll);
    }

    /** Starts everything and waits until it answers. */
    static async start(options: ApiServerOptions): Promise<ApiServer> {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "headroom-kubernetes-"));
        const [port = 0, client = 0, peer = 0, manager = 0] = await freePorts(4);
        const server = new ApiServer(options, folder, port, randomBytes(24).toString("hex"));
        try {
            server.writeCredentials();
            const ends = [server.startEtcd(client, peer), server.startApi(client)];
            const failed = await Promise.race([server.ready(), ...ends]);
            if (failed !== undefined) {
                throw new Error(failed);
            }
            if (options.controllers) {
                void server.startControllers(manager);
            }
            return server;
        } catch (error) {
            await server.stop();
            throw error;
        }
    }

    /** Ends everything and leaves nothing behind. */
    async stop(): Promise<void> {
        for (const child of [...this.children].reverse()) {
            child.process.kill("SIGTERM");
            const late = setTimeout(() => child.process.kill("SIGKILL"), 5_000);
            await child.ended;
            clearTimeout(late);
        }
        process.removeListener("exit", this.killAll);
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    /** Calls the API as its administrator. */
    call(method: string, url: string, body?: unknown, type = "application/json"): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const sent = request(
                {
                    host: "127.0.0.1",
                    port: this.port,
                    method,
                    path: url,
                    ca: fs.readFileSync(this.file("pki/apiserver.crt")),
                    headers: {
                        authorization: `Bearer ${this.token}`,
                        accept: "application/json",
                        ...(body === undefined ? {} : { "content-type": type }),
                    },
                },
                (response) => {
                    let text = "";
                    response.setEncoding("utf8").on("data", (part: string) => (text += part));
                    response.on("end", () => {
                        const isJson = response.headers["content-type"]?.startsWith("application/json") ?? false;
                        resolve({
                            status: response.statusCode ?? 0,
                            warnings: [response.headers["warning"] ?? []].flat().map(String),
                            body: (isJson ? JSON.parse(text) : { message: text }) as Record<string, unknown>,
                        });
                    });
                },
            );
            sent.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
        });
    }

    private file(name: string): string {
        return path.join(this.folder, name);
    }

    private writeCredentials(): void {
        fs.writeFileSync(this.file("tokens.csv"), `${this.token},admin,admin,system:masters\n`, { mode: 0o600 });
        const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
        const pem = privateKey.export({ type: "pkcs1", format: "pem" });
        fs.writeFileSync(this.file("service-accounts.key"), pem, { mode: 0o600 });
    }

    private run(name: string, args: readonly string[]): Promise<string> {
        const log = this.file(`${name}.log`);
        const output = fs.openSync(log, "w");
        const child = spawn(path.join(this.options.binaries, name), args, { stdio: ["ignore", output, output] });
        fs.closeSync(output);
        const ended = new Promise<string>((resolve) => {
            child.once("error", (error) => {
                resolve(`${name}: ${error.message}`);
            });
            child.once("exit", (code, signal) => {
                const said = fs.existsSync(log) ? fs.readFileSync(log, "utf8").slice(-2_000) : "";
                resolve(`${name} ended with ${String(signal ?? code)}:\n${said}`);
            });
        });
        this.children.push({ process: child, ended });
        return ended;
    }

    private startEtcd(clientPort: number, peerPort: number): Promise<string> {
        const client = `http://127.0.0.1:${String(clientPort)}`;
        const peer = `http://127.0.0.1:${String(peerPort)}`;
        return this.run("etcd", [
            ...["--data-dir", this.file("etcd"), "--log-level", "warn", "--unsafe-no-fsync"],
            ...["--listen-client-urls", client, "--advertise-client-urls", client],
            ...["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer],
            ...["--initial-cluster", `default=${peer}`],
        ]);
    }

    private startApi(etcdPort: number): Promise<string> {
        const key = this.file("service-accounts.key");
        return this.run("kube-apiserver", [
            `--etcd-servers=http://127.0.0.1:${String(etcdPort)}`,
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            `--secure-port=${String(this.port)}`,
            `--cert-dir=${this.file("pki")}`,
            `--token-auth-file=${this.file("tokens.csv")}`,
            "--authorization-mode=RBAC",
            "--anonymous-auth=false",
            "--service-account-issuer=https://kubernetes.default.svc",
            `--service-account-key-file=${key}`,
            `--service-account-signing-key-file=${key}`,
            "--service-cluster-ip-range=172.20.0.0/16",
            "--endpoint-reconciler-type=none",
            // Without controllers nobody makes the service account `default`, for want of which every pod would be refused.
            ...(this.options.controllers ? [] : ["--disable-admission-plugins=ServiceAccount"]),
        ]);
    }

    private startControllers(port: number): Promise<string> {
        const kubeconfig = this.file("kubeconfig");
        const ca = this.file("pki/apiserver.crt");
        const cluster = { server: `https://127.0.0.1:${String(this.port)}`, "certificate-authority": ca };
        fs.writeFileSync(
            kubeconfig,
            JSON.stringify({
                apiVersion: "v1",
                kind: "Config",
                "current-context": "local",
                clusters: [{ name: "local", cluster }],
                users: [{ name: "admin", user: { token: this.token } }],
                contexts: [{ name: "local", context: { cluster: "local", user: "admin" } }],
            }),
            { mode: 0o600 },
        );
        return this.run("kube-controller-manager", [
            `--kubeconfig=${kubeconfig}`,
            `--authentication-kubeconfig=${kubeconfig}`,
            `--authorization-kubeconfig=${kubeconfig}`,
            "--bind-address=127.0.0.1",
            `--secure-port=${String(port)}`,
            `--cert-dir=${this.file("pki-manager")}`,
            `--service-account-private-key-file=${this.file("service-accounts.key")}`,
            `--root-ca-file=${ca}`,
            "--leader-elect=false",
            "--use-service-account-credentials=false",
        ]);
    }

    /** Resolves when the server answers, which takes five seconds, or fails after two minutes. */
    private async ready(): Promise<undefined> {
        for (let attempt = 0; attempt < 1_200; attempt++) {
            try {
                if ((await this.call("GET", "/readyz")).status === 200) {
                    return undefined;
                }
            } catch (error) {
                // It does not listen yet, or has not written its certificate yet.
                if (!["ECONNREFUSED", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) {
                    throw error;
                }
            }
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error("kube-apiserver does not answer");
    }
}
