import { createWriteStream, type WriteStream } from "node:fs";
import { Observer } from "./snapshot";
import { renderLine, renderScreen } from "./status";
import type { Twin } from "./twin";

const SCREEN_MS = 1_000;
const LINE_MS = 10_000;
/** The most that a screen shows of what happened. */
const EVENTS = 50;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const ALTERNATE_SCREEN = "\u001b[?1049h";
const NORMAL_SCREEN = "\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/**
 * Shows what the twin does: on a terminal one screen that is drawn anew each second, with the logs in a file; elsewhere plain
 * lines, the logs among them, each with the name of its process in front.
 */
export class Display {
    readonly #events: string[] = [];
    readonly #log: WriteStream;
    #timer: NodeJS.Timeout | undefined;
    #screen = false;
    readonly #giveBack = (): void => {
        this.hide();
    };

    constructor(
        logFile: string,
        private readonly output: NodeJS.WriteStream = process.stdout,
    ) {
        this.#log = createWriteStream(logFile, { mode: 0o600 });
        this.event(`logs: ${logFile}`);
    }

    /** A line of a process's log. */
    line(source: string, line: string): void {
        this.#log.write(`${source} | ${line}\n`);
        if (!this.output.isTTY) this.output.write(`${source} | ${line}\n`);
    }

    /** Something that happened, in words. */
    event(text: string): void {
        const line = `${new Date().toISOString().slice(11, 19)} ${text}`;
        this.#log.write(`twin | ${line}\n`);
        this.#events.push(line);
        this.#events.splice(0, this.#events.length - EVENTS);
        if (!this.#screen) this.output.write(`twin | ${line}\n`);
    }

    /** Begins to show the status. */
    show(twin: Twin): void {
        const observer = new Observer(twin);
        this.#screen = this.output.isTTY;
        if (this.#screen) {
            this.output.write(ALTERNATE_SCREEN + HIDE_CURSOR);
            // However it ends: an error is told on the normal screen, and the cursor is there again.
            for (const event of ["uncaughtExceptionMonitor", "exit"]) process.once(event, this.#giveBack);
        }
        const draw = async (): Promise<void> => {
            const snapshot = await observer.snapshot();
            if (this.#timer === undefined) return;
            if (!this.#screen) {
                this.output.write(`twin | ${renderLine(snapshot)}\n`);
                return;
            }
            const { columns, rows } = this.output;
            const lines = renderScreen(snapshot, this.#events, { columns, rows });
            this.output.write(HOME + lines.map((line) => line + CLEAR_LINE).join("\n") + CLEAR_BELOW);
        };
        // The first look has nothing to compare with.
        void observer.snapshot().catch(() => undefined);
        const again = (): void => {
            this.#timer = setTimeout(
                () => {
                    void draw()
                        // While it stops there may be nobody to ask.
                        .catch(() => undefined)
                        .finally(() => {
                            if (this.#timer !== undefined) again();
                        });
                },
                this.#screen ? SCREEN_MS : LINE_MS,
            );
        };
        again();
    }

    /** Gives the terminal back. */
    hide(): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        if (!this.#screen) return;
        this.#screen = false;
        for (const event of ["uncaughtExceptionMonitor", "exit"]) process.off(event, this.#giveBack);
        this.output.write(SHOW_CURSOR + NORMAL_SCREEN);
    }

    close(): void {
        this.hide();
        this.#log.end();
    }
}
