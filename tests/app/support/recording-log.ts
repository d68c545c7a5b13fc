import { Writable } from "node:stream";
import type { Logger } from "pino";
import { createLogger } from "../../../app/src/logger";

/** A logger as the service has it, and all that it wrote. */
export interface RecordingLog {
    log: Logger;
    /** All lines as one text. */
    text(): string;
    messages(): string[];
}

export function recordingLog(): RecordingLog {
    let text = "";
    const stream = new Writable({
        write(chunk: Buffer, _encoding, done) {
            text += chunk.toString();
            done();
        },
    });
    return {
        log: createLogger({ logLevel: "trace", role: "web", version: "test" }, stream),
        text: () => text,
        messages: () =>
            text
                .split("\n")
                .filter((line) => line !== "")
                .map((line) => (JSON.parse(line) as { message: string }).message),
    };
}
