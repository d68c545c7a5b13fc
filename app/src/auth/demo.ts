import { createHash } from "node:crypto";
import type { Identity, Scope } from "./tokens";

/** Of UUIDs, version 8 is the one that an application makes as it likes (RFC 9562). */
const VERSION = 8;

/** The identity of whoever gives an e-mail address, for demonstrations: the same address is always the same customer. */
export function demoIdentity(email: string, scopes: readonly Scope[]): Identity {
    const address = email.toLowerCase();
    const bytes = createHash("sha256").update(`headroom demo customer ${address}`).digest().subarray(0, 16);
    bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (VERSION << 4), 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString("hex");
    const customerId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
    return { customerId, email: address, scopes };
}
