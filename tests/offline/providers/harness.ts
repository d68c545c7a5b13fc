import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import proto from "@pulumi/pulumi/proto/provider_pb";
import services from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { PackageName } from "../../../offline/catalogue";
import { decodeStruct, encodeStruct, type ValueMap } from "../../../offline/providers/values";

export const root = join(__dirname, "../../..");
const cacheDir = join(root, ".headroom/cache/catalogue");

/** Answers arrive and are compared as the stand-ins' own values: unknowns and secrets are told from plain ones. */
export interface CheckAnswer {
    inputs: ValueMap;
    failures: { property: string; reason: string }[];
}
export interface DiffAnswer {
    changes: "some" | "none";
    replaces: string[];
    deleteBeforeReplace: boolean;
    detailed: Record<string, string>;
}

type Method = (request: unknown, callback: (error: grpc.ServiceError | null, response: unknown) => void) => void;

/** One connection of an engine to a provider, configured like a provider instance. */
export class Provider {
    constructor(
        private readonly client: grpc.Client,
        private readonly project = "urn:pulumi:test::project",
    ) {}

    urn(type: string, name: string): string {
        return `${this.project}::${type}::${name}`;
    }

    private async call<Response>(method: string, request: unknown): Promise<Response> {
        const client = this.client as unknown as Record<string, Method>;
        return new Promise((resolve, reject) => {
            client[method]?.(request, (error, response) => {
                if (error) {
                    reject(new Error(error.details));
                } else {
                    resolve(response as Response);
                }
            });
        });
    }

    async configure(args: ValueMap): Promise<void> {
        const request = new proto.ConfigureRequest();
        request.setArgs(encodeStruct(args));
        await this.call("configure", request);
    }

    async checkConfig(args: ValueMap): Promise<string[]> {
        const request = new proto.CheckRequest();
        request.setNews(encodeStruct(args));
        const response = await this.call<proto.CheckResponse>("checkConfig", request);
        return response.getFailuresList().map((failure) => failure.getReason());
    }

    async check(
        type: string,
        name: string,
        news: ValueMap,
        olds: ValueMap = {},
        autonaming?: { mode: proto.CheckRequest.AutonamingOptions.Mode; proposedName: string },
    ): Promise<CheckAnswer> {
        const request = new proto.CheckRequest();
        request.setUrn(this.urn(type, name));
        request.setNews(encodeStruct(news));
        request.setOlds(encodeStruct(olds));
        request.setRandomseed(Buffer.alloc(32, 7));
        if (autonaming) {
            const options = new proto.CheckRequest.AutonamingOptions();
            options.setMode(autonaming.mode);
            options.setProposedName(autonaming.proposedName);
            request.setAutonaming(options);
        }
        const response = await this.call<proto.CheckResponse>("check", request);
        return {
            inputs: decodeStruct(response.getInputs()),
            failures: response
                .getFailuresList()
                .map((failure) => ({ property: failure.getProperty(), reason: failure.getReason() })),
        };
    }

    async diff(type: string, name: string, olds: ValueMap, news: ValueMap): Promise<DiffAnswer> {
        const request = new proto.DiffRequest();
        request.setUrn(this.urn(type, name));
        request.setOldInputs(encodeStruct(olds));
        request.setOlds(encodeStruct(olds));
        request.setNews(encodeStruct(news));
        const response = await this.call<proto.DiffResponse>("diff", request);
        const kinds = Object.keys(proto.PropertyDiff.Kind);
        const detailed: Record<string, string> = {};
        for (const [path, entry] of response.getDetaileddiffMap().entries() as unknown as Iterable<
            [string, proto.PropertyDiff]
        >) {
            detailed[path] = kinds[entry.getKind()] ?? "";
        }
        return {
            changes: response.getChanges() === proto.DiffResponse.DiffChanges.DIFF_SOME ? "some" : "none",
            replaces: response.getReplacesList(),
            deleteBeforeReplace: response.getDeletebeforereplace(),
            detailed,
        };
    }

    async create(
        type: string,
        name: string,
        inputs: ValueMap,
        preview = false,
    ): Promise<{ id: string; outputs: ValueMap }> {
        const request = new proto.CreateRequest();
        request.setUrn(this.urn(type, name));
        request.setProperties(encodeStruct(inputs));
        request.setPreview(preview);
        const response = await this.call<proto.CreateResponse>("create", request);
        return { id: response.getId(), outputs: decodeStruct(response.getProperties()) };
    }

    async update(
        type: string,
        name: string,
        id: string,
        old: { inputs: ValueMap; outputs: ValueMap },
        news: ValueMap,
        preview = false,
    ): Promise<ValueMap> {
        const request = new proto.UpdateRequest();
        request.setUrn(this.urn(type, name));
        request.setId(id);
        request.setOlds(encodeStruct(old.outputs));
        request.setOldInputs(encodeStruct(old.inputs));
        request.setNews(encodeStruct(news));
        request.setPreview(preview);
        const response = await this.call<proto.UpdateResponse>("update", request);
        return decodeStruct(response.getProperties());
    }

    async read(
        type: string,
        name: string,
        id: string,
        state?: { inputs: ValueMap; outputs: ValueMap },
    ): Promise<{ id: string; inputs: ValueMap; outputs: ValueMap }> {
        const request = new proto.ReadRequest();
        request.setUrn(this.urn(type, name));
        request.setId(id);
        if (state) {
            request.setInputs(encodeStruct(state.inputs));
            request.setProperties(encodeStruct(state.outputs));
        }
        const response = await this.call<proto.ReadResponse>("read", request);
        const struct = (value: Struct | undefined): ValueMap => decodeStruct(value);
        return {
            id: response.getId(),
            inputs: struct(response.getInputs()),
            outputs: struct(response.getProperties()),
        };
    }

    async delete(type: string, name: string, id: string, outputs: ValueMap = {}): Promise<void> {
        const request = new proto.DeleteRequest();
        request.setUrn(this.urn(type, name));
        request.setId(id);
        request.setProperties(encodeStruct(outputs));
        await this.call("delete", request);
    }

    async invoke(token: string, args: ValueMap = {}): Promise<ValueMap> {
        const request = new proto.InvokeRequest();
        request.setTok(token);
        request.setArgs(encodeStruct(args));
        const response = await this.call<proto.InvokeResponse>("invoke", request);
        return decodeStruct(response.getReturn());
    }

    close(): void {
        this.client.close();
    }
}

export interface CloudOptions {
    /** `urn\0id` of what the engine knows. */
    known?: string[];
    fixtures?: unknown;
    faults?: unknown;
    accountId?: string;
}

/** A folder with a journal, and one running process of the stand-ins at a time. */
export class StandIns {
    readonly folder = mkdtempSync(join(tmpdir(), "headroom-standins-"));
    readonly cloudFile = join(this.folder, "cloud.jsonl");
    private child: ChildProcess | undefined;
    private ports: Partial<Record<PackageName, number>> = {};
    private readonly providers: Provider[] = [];

    /** Starts the real process, as the runner does. */
    async start(options: CloudOptions = {}): Promise<void> {
        const file = (name: string, content: unknown): string | undefined => {
            if (content === undefined) {
                return undefined;
            }
            const path = join(this.folder, name);
            writeFileSync(path, JSON.stringify(content));
            return path;
        };
        const standIn = {
            programDir: root,
            cacheDir,
            cloudFile: this.cloudFile,
            knownFile: file("known.json", options.known),
            fixturesFile: file("fixtures.json", options.fixtures),
            faultsFile: file("faults.json", options.faults),
            accountId: options.accountId,
        };
        const arguments_ = ["-r", join(root, "offline/register.js"), join(root, "offline/providers/main.ts")];
        const child = spawn(process.execPath, arguments_, {
            stdio: ["pipe", "pipe", "inherit"],
            env: { ...process.env, HEADROOM_STANDIN: JSON.stringify(standIn) },
        });
        this.child = child;
        const [line] = (await once(createInterface(child.stdout), "line")) as [string];
        this.ports = JSON.parse(line) as Record<PackageName, number>;
    }

    /** A new connection, configured as a provider instance. */
    async provider(
        name: PackageName,
        config: ValueMap = name === "aws" ? { region: "eu-central-1" } : {},
    ): Promise<Provider> {
        const address = `127.0.0.1:${this.ports[name] ?? 0}`;
        // A connection of its own, as the engine makes one for each provider instance.
        const client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure(), {
            "grpc.use_local_subchannel_pool": 1,
        }) as unknown as grpc.Client;
        const provider = new Provider(client);
        this.providers.push(provider);
        await provider.configure(config);
        return provider;
    }

    /** How the process ended: an exit code or the name of a signal. */
    async ended(): Promise<number | string | null> {
        if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) {
            return this.child?.exitCode ?? this.child?.signalCode ?? null;
        }
        const [code, signal] = (await once(this.child, "exit")) as [number | null, string | null];
        return code ?? signal;
    }

    /** Ends the process; the journal stays. */
    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        this.providers.splice(0).forEach((provider) => {
            provider.close();
        });
        if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill(signal);
            await this.ended();
        }
        this.child = undefined;
    }

    async restart(options: CloudOptions = {}): Promise<void> {
        await this.stop();
        await this.start(options);
    }

    closeStandardInput(): void {
        this.child?.stdin?.end();
    }

    journal(): string {
        return existsSync(this.cloudFile) ? readFileSync(this.cloudFile, "utf8") : "";
    }

    /** Changes the journal behind the back of the stand-ins, as someone in the console would. */
    rewriteJournal(change: (line: Record<string, unknown>) => Record<string, unknown> | undefined): void {
        const lines = this.journal()
            .split("\n")
            .filter((line) => line !== "")
            .map((line) => change(JSON.parse(line) as Record<string, unknown>))
            .filter((line) => line !== undefined);
        writeFileSync(this.cloudFile, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    }

    async dispose(): Promise<void> {
        await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
