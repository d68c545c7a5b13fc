import type { Socket } from "node:net";

/** Resolves when the connection has ended, however: `once` would fail where the server resets what it has not read. */
export function closed(socket: Socket): Promise<unknown> {
    return new Promise((resolve) => socket.on("close", resolve));
}
