import * as fs from "node:fs";
import { StringDecoder } from "node:string_decoder";

import type { EngineEvent } from "./events";

/** How often the log is looked at while the engine runs: often enough for a status line. */
const INTERVAL_MS = 100;

/** A line of the SDK's own debug messages: the engine writes the severity last, behind the text. */
const DEBUG = /"diagnosticEvent":.*"severity":"debug"(,"[a-zA-Z]+":[^"{}]*)*\}\}$/;

/**
 * Follows the event log that the engine appends to. The engine blinds secrets before it writes them here; still, the file is
 * removed when the operation is over.
 */
export class EventLog {
    private readonly decoder = new StringDecoder("utf8");
    private readonly timer: NodeJS.Timeout;
    private readonly buffer = Buffer.allocUnsafe(256 * 1024);
    private descriptor: number | undefined;
    private rest = "";

    constructor(
        readonly file: string,
        private readonly onEvent: (event: EngineEvent) => void,
        private readonly onRead: () => void,
    ) {
        fs.rmSync(file, { force: true });
        this.timer = setInterval(() => {
            this.read();
        }, INTERVAL_MS);
        this.timer.unref();
    }

    /** Reads what is left and removes the file. */
    close(): void {
        clearInterval(this.timer);
        this.read();
        if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
        fs.rmSync(this.file, { force: true });
    }

    private read(): void {
        if (this.descriptor === undefined) {
            if (!fs.existsSync(this.file)) return;
            this.descriptor = fs.openSync(this.file, "r");
        }
        let read: number;
        while ((read = fs.readSync(this.descriptor, this.buffer, 0, this.buffer.length, null)) > 0)
            this.rest += this.decoder.write(this.buffer.subarray(0, read));
        const lines = this.rest.split("\n");
        this.rest = lines.pop() ?? "";
        for (const line of lines) {
            // Most of the log is the SDK's debug messages: not worth parsing.
            if (line === "" || DEBUG.test(line)) continue;
            const event = parseLine(line);
            if (event) this.onEvent(event);
        }
        this.onRead();
    }
}

/** A full disk cuts a line off, and the engine goes on behind it: what can be read is worth more than none of it. */
function parseLine(line: string): EngineEvent | undefined {
    try {
        return JSON.parse(line) as EngineEvent;
    } catch {
        return undefined;
    }
}
