import { createHash } from "node:crypto";

/**
 * Values that look random but always come out the same for one creation of one resource, so that a refresh changes nothing.
 */
export class Generator {
    constructor(private readonly seed: string) {}

    /** Lower-case hexadecimal digits. */
    hex(length: number, label: string): string {
        let result = "";
        for (let block = 0; result.length < length; block++) {
            result += createHash("sha256").update(`${this.seed}\0${label}\0${block}`).digest("hex");
        }
        return result.slice(0, length);
    }

    /** Characters out of an alphabet. */
    characters(length: number, alphabet: string, label: string): string {
        const digits = this.hex(length * 4, label);
        let result = "";
        for (let i = 0; i < length; i++) {
            result += alphabet[parseInt(digits.slice(i * 4, i * 4 + 4), 16) % alphabet.length] ?? "";
        }
        return result;
    }

    /** Upper-case letters and digits, as most AWS identifiers outside of EC2 have them. */
    upper(length: number, label: string): string {
        return this.characters(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", label);
    }

    /** Lower-case letters and digits. */
    lower(length: number, label: string): string {
        return this.characters(length, "abcdefghijklmnopqrstuvwxyz0123456789", label);
    }

    /** Letters of both cases and digits. */
    mixed(length: number, label: string): string {
        return this.characters(length, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", label);
    }

    integer(min: number, max: number, label: string): number {
        return min + (parseInt(this.hex(8, label), 16) % (max - min + 1));
    }

    uuid(label: string): string {
        const h = this.hex(32, label);
        const variant = ((parseInt(h.slice(16, 17), 16) & 3) | 8).toString(16);
        return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20)}`;
    }

    /** An address in a private range. */
    ipv4(label: string): string {
        return `10.${this.integer(0, 255, `${label}a`)}.${this.integer(0, 255, `${label}b`)}.${this.integer(4, 254, `${label}c`)}`;
    }

    /** An address in a range that is reserved for documentation. */
    publicIpv4(label: string): string {
        return `203.0.113.${this.integer(1, 254, label)}`;
    }
}
