import { isSteering, withoutProxy } from "./environment";
import { serveProgram } from "./language-runtime";
import { describeProgramError } from "./program-error";
import type { OfflineStackOptions } from "./types";

/** Serves a program that is a function of this process. */
export async function runInlineProgram(
    program: NonNullable<OfflineStackOptions["program"]>,
    dir: string,
    secretKeys: string[],
): Promise<{ port: number; stop(): Promise<void> }> {
    const hidden = new Map<string, string>();
    const noProxy = process.env.no_grpc_proxy;
    Object.assign(process.env, withoutProxy(process.env));
    const restore = () => {
        if (noProxy === undefined) Reflect.deleteProperty(process.env, "no_grpc_proxy");
        else process.env.no_grpc_proxy = noProxy;
        Object.assign(process.env, Object.fromEntries(hidden));
        hidden.clear();
    };
    const runtime = await serveProgram({
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- the very copy of the SDK that the function was written with
        requireSdk: (request) => require(request) as unknown,
        program: () => {
            // The SDK reads AWS_REGION and the like when a provider is made.
            for (const [name, value] of Object.entries(process.env)) {
                if (value === undefined || !isSteering(name) || name.startsWith("HEADROOM_")) continue;
                hidden.set(name, value);
                Reflect.deleteProperty(process.env, name);
            }
            return program();
        },
        secretKeys,
        describeError: (error) => describeProgramError(error, dir, (stack) => stack),
        ownProcess: false,
    });
    return {
        port: runtime.port,
        stop: () => {
            restore();
            runtime.close();
            return Promise.resolve();
        },
    };
}
