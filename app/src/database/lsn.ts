import type { Lsn } from "./types";

/** A position in the write-ahead log as a number of bytes. */
export function lsnToBytes(lsn: Lsn): bigint {
    const [high, low] = lsn.split("/");
    return (BigInt(`0x${high ?? ""}`) << 32n) + BigInt(`0x${low ?? ""}`);
}

const PATTERN = /^[0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8}$/;

/** Whether a text is a position: those that came from outside, such as from a session, are to be checked. */
export function isLsn(text: string): text is Lsn {
    return PATTERN.test(text);
}
