import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { AuthValues } from "../../../app/src/auth/configuration";
import type { Identity } from "../../../app/src/auth/tokens";
import { bundle } from "./bundle";
import type { Question, Reply } from "./tokens-process";

/** `Tokens` of the application, asked over a process boundary. */
export interface RunningTokens {
    sign(values: AuthValues, identity: Identity): Promise<string | undefined>;
    /** Who the token is of, or with what words it was refused. */
    verify(values: AuthValues, token: string): Promise<Identity | { refused: string }>;
    stop(): Promise<void>;
}

export async function startTokens(): Promise<RunningTokens> {
    const program = bundle(path.join(__dirname, "tokens-process.ts"));
    const child = fork(program.file, { stdio: ["ignore", "inherit", "inherit", "ipc"], execArgv: [] });
    await once(child, "spawn");
    const waiting = new Map<number, (reply: Reply) => void>();
    child.on("message", (reply: Reply) => waiting.get(reply.id)?.(reply));
    let last = 0;
    const ask = async (question: Omit<Question, "id">): Promise<unknown> => {
        const id = ++last;
        const replied = new Promise<Reply>((resolve) => waiting.set(id, resolve));
        child.send({ id, ...question } satisfies Question);
        const { answer, failure } = await replied;
        waiting.delete(id);
        if (failure !== undefined) throw new Error(failure);
        return answer;
    };
    return {
        sign: async (values, identity) => (await ask({ values, sign: identity })) as string | undefined,
        verify: async (values, token) => (await ask({ values, verify: token })) as Identity | { refused: string },
        stop: async () => {
            const ended = once(child, "exit");
            child.disconnect();
            await ended;
            program.remove();
        },
    };
}
