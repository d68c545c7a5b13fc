import type { Server, ServerUnaryCall, UntypedServiceImplementation, sendUnaryData } from "@grpc/grpc-js";

import { StuckError, watch } from "./watchdog";
import type { WatchdogOptions } from "./watchdog";

/**
 * The part of Pulumi's language host that the engine needs to run one program in this process: it answers `Run` by calling the
 * program inside a stack. `@pulumi/pulumi/automation` has the same for its inline programs; this one differs in that it shows
 * a program's errors the way a person wants them, and loads nothing of the Automation API.
 *
 * Everything of the SDK is resolved by `requireSdk`, from the program's own node_modules if it has them: the program and the
 * runtime must share one copy, since settings live in it.
 */
export interface LanguageRuntimeOptions {
    requireSdk: (request: string) => unknown;
    /** Runs the program; its result becomes the stack's outputs. */
    program: () => Promise<unknown>;
    /** Full keys of configuration whose values must be treated as secret, beyond the engine's. */
    secretKeys: string[];
    /** Text of an error as a person should read it. */
    describeError: (error: unknown) => string;
    /** True when this process runs one program and ends: settings are then global, so that every copy of the SDK sees them. */
    ownProcess: boolean;
}

interface RunRequest {
    getArgsList(): string[];
    getProject(): string;
    getStack(): string;
    getOrganization(): string;
    getParallel(): number;
    getMonitorAddress(): string;
    getDryrun(): boolean;
    getConfigMap(): { entries(): Iterable<[string, string]> } | undefined;
    getConfigsecretkeysList(): string[];
}

type Sdk = typeof import("@pulumi/pulumi");

export interface LanguageRuntime {
    port: number;
    close(): void;
}

/** Serves the program on a loopback port. */
export async function serveProgram(options: LanguageRuntimeOptions): Promise<LanguageRuntime> {
    const grpc = options.requireSdk("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
    const { LanguageRuntimeService } = options.requireSdk("@pulumi/pulumi/proto/language_grpc_pb") as {
        LanguageRuntimeService: Parameters<Server["addService"]>[0];
    };
    const server = new grpc.Server({ "grpc.max_receive_message_length": 400 * 1024 * 1024 });
    const own = { port: 0 };
    server.addService(LanguageRuntimeService, implementation(options, own));
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error) reject(error);
            else resolve(bound);
        });
    });
    own.port = port;
    return {
        port,
        close: () => {
            server.forceShutdown();
        },
    };
}

function implementation(options: LanguageRuntimeOptions, own: { port: number }): UntypedServiceImplementation {
    const language = () =>
        options.requireSdk("@pulumi/pulumi/proto/language_pb") as {
            RunResponse: new () => { setBail(bail: boolean): void; setError(text: string): void };
            GetRequiredPluginsResponse: new () => unknown;
            GetRequiredPackagesResponse?: new () => unknown;
        };
    return {
        run: (call: ServerUnaryCall<RunRequest, unknown>, callback: sendUnaryData<unknown>) => {
            void runProgram(call.request, options, own.port).then(
                (failed) => {
                    const response = new (language().RunResponse)();
                    // What went wrong is already in the engine's log.
                    if (failed) response.setBail(true);
                    callback(null, response);
                },
                (error: unknown) => {
                    callback(error instanceof Error ? error : new Error(String(error)));
                },
            );
        },
        getRequiredPlugins: (_call: unknown, callback: sendUnaryData<unknown>) => {
            callback(null, new (language().GetRequiredPluginsResponse)());
        },
        getPluginInfo: (_call: unknown, callback: sendUnaryData<unknown>) => {
            const { PluginInfo } = options.requireSdk("@pulumi/pulumi/proto/plugin_pb") as {
                PluginInfo: new () => { setVersion(version: string): void };
            };
            const info = new PluginInfo();
            info.setVersion("1.0.0");
            callback(null, info);
        },
    };
}

/** Runs the program once. Returns whether it failed; the errors are in the engine's log by then. */
async function runProgram(request: RunRequest, options: LanguageRuntimeOptions, port: number): Promise<boolean> {
    const sdk = options.requireSdk("@pulumi/pulumi") as Sdk;
    const localState = options.requireSdk("@pulumi/pulumi/runtime/state") as {
        withLocalStorage(f: () => Promise<boolean>): Promise<boolean>;
    };
    const run = () => runInStack(request, options, sdk, port);
    return options.ownProcess ? run() : localState.withLocalStorage(run);
}

async function runInStack(
    request: RunRequest,
    options: LanguageRuntimeOptions,
    sdk: Sdk,
    port: number,
): Promise<boolean> {
    const settings = options.requireSdk("@pulumi/pulumi/runtime/settings") as {
        resetOptions(
            project: string,
            stack: string,
            parallel: number,
            engine: string,
            monitor: string,
            preview: boolean,
            organization: string,
        ): void;
        disconnect(signalShutdown?: boolean): Promise<void>;
    };
    const { isGrpcError } = options.requireSdk("@pulumi/pulumi/errors") as { isGrpcError: (error: unknown) => boolean };
    const engineAddress = request.getArgsList()[0] ?? "";
    const config = Object.fromEntries(request.getConfigMap()?.entries() ?? []);
    const secretKeys = [...new Set([...request.getConfigsecretkeysList(), ...options.secretKeys])];
    if (options.ownProcess) setEnvironment(request, engineAddress, config, secretKeys);
    settings.resetOptions(
        request.getProject(),
        request.getStack(),
        request.getParallel(),
        engineAddress,
        request.getMonitorAddress(),
        request.getDryrun(),
        request.getOrganization(),
    );
    sdk.runtime.setAllConfig(config, secretKeys);

    const seen = new Set<unknown>();
    const report = (error: unknown) => {
        // A rejection that passes through several promises arrives once for each of them.
        if (seen.has(error)) return;
        seen.add(error);
        // A failed call to the engine was reported by the engine.
        if (isGrpcError(error)) return;
        const resource = sdk.ResourceError.isInstance(error) ? error.resource : undefined;
        void sdk.log.error(options.describeError(error), resource);
    };
    process.on("uncaughtException", report);
    process.on("unhandledRejection", report);
    // In a process that does other things too, nobody can tell what the program waits for.
    const watchdog = options.ownProcess
        ? watch({
              grpc: options.requireSdk("@grpc/grpc-js") as WatchdogOptions["grpc"],
              ports: new Set([port, portOf(engineAddress), portOf(request.getMonitorAddress())]),
          })
        : undefined;
    const run = async () => {
        await sdk.runtime.runInPulumiStack(options.program);
        await settings.disconnect(true);
    };
    try {
        await Promise.race([run(), ...(watchdog ? [watchdog.stuck] : [])]);
    } catch (error) {
        if (error instanceof StuckError) {
            // The SDK would wait for the same thing before it disconnects.
            await sdk.log.error(error.message);
            return true;
        }
        report(error);
        await settings.disconnect(false);
    } finally {
        watchdog?.stop();
        process.off("uncaughtException", report);
        process.off("unhandledRejection", report);
    }
    return seen.size > 0 || sdk.log.hasErrors();
}

function portOf(address: string): number {
    return Number(address.slice(address.lastIndexOf(":") + 1));
}

/** What the ordinary language host puts into the environment; a second copy of the SDK in a program's node_modules reads it. */
function setEnvironment(
    request: RunRequest,
    engine: string,
    config: Record<string, string>,
    secretKeys: string[],
): void {
    Object.assign(process.env, {
        PULUMI_NODEJS_ORGANIZATION: request.getOrganization(),
        PULUMI_NODEJS_PROJECT: request.getProject(),
        PULUMI_NODEJS_STACK: request.getStack(),
        PULUMI_NODEJS_DRY_RUN: String(request.getDryrun()),
        PULUMI_NODEJS_PARALLEL: String(request.getParallel()),
        PULUMI_NODEJS_MONITOR: request.getMonitorAddress(),
        PULUMI_NODEJS_ENGINE: engine,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
    });
}
