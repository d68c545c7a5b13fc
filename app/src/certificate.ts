import { hostname } from "node:os";
import { generate } from "selfsigned";

/** A certificate and its private key, both as PEM. */
export interface Certificate {
    cert: string;
    key: string;
}

const DAY = 24 * 60 * 60 * 1_000;
/** Longer than any container lives; the load balancer does not look at the date. */
const VALIDITY_DAYS = 2 * 365;

/**
 * Makes a certificate that the process has signed itself. It encrypts the way between load balancer and container; it
 * does not prove who the container is, and an Application Load Balancer does not ask. The key never leaves the memory.
 *
 * P-256 because making the key takes a millisecond, where RSA takes up to seconds on a quarter of a CPU.
 */
export async function createCertificate(now = new Date()): Promise<Certificate> {
    const pem = await generate([{ name: "commonName", value: "headroom" }], {
        keyType: "ec",
        curve: "P-256",
        algorithm: "sha256",
        // A day back: the clocks of two machines differ.
        notBeforeDate: new Date(now.getTime() - DAY),
        notAfterDate: new Date(now.getTime() + VALIDITY_DAYS * DAY),
        extensions: [
            { name: "basicConstraints", cA: false, critical: true },
            { name: "keyUsage", digitalSignature: true, critical: true },
            { name: "extKeyUsage", serverAuth: true },
            {
                name: "subjectAltName",
                altNames: [
                    { type: 2, value: "localhost" },
                    { type: 2, value: hostname() },
                    { type: 7, ip: "127.0.0.1" },
                    { type: 7, ip: "::1" },
                ],
            },
        ],
    });
    return { cert: pem.cert, key: pem.private };
}
