import { generate, type CertificateField } from "selfsigned";

/** A server's certificate and key, and the authority that signed it: what a client is given to verify the server. */
export interface ServerCertificate {
    /** PEM. */
    readonly cert: string;
    /** PEM. */
    readonly key: string;
    /** PEM, the authority's certificate. Its key is forgotten. */
    readonly ca: string;
}

const DAY = 24 * 60 * 60 * 1_000;
const VALIDITY_DAYS = 30;

/**
 * Makes an authority and one certificate of it for servers on this machine (`localhost`, 127.0.0.1, ::1). An authority of
 * its own for each call: a client that was given one cluster's authority refuses every other cluster, also where ports
 * are used again.
 */
export async function createServerCertificate(now = new Date()): Promise<ServerCertificate> {
    const common = {
        keyType: "ec",
        curve: "P-256",
        algorithm: "sha256",
        notBeforeDate: new Date(now.getTime() - DAY),
        notAfterDate: new Date(now.getTime() + VALIDITY_DAYS * DAY),
    } as const;
    const authority = await generate(named("Headroom twin authority"), {
        ...common,
        extensions: [
            { name: "basicConstraints", cA: true, critical: true },
            { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
        ],
    });
    const server = await generate(named("localhost"), {
        ...common,
        ca: { key: authority.private, cert: authority.cert },
        extensions: [
            { name: "basicConstraints", cA: false, critical: true },
            { name: "keyUsage", digitalSignature: true, critical: true },
            { name: "extKeyUsage", serverAuth: true },
            {
                name: "subjectAltName",
                altNames: [
                    { type: 2, value: "localhost" },
                    { type: 7, ip: "127.0.0.1" },
                    { type: 7, ip: "::1" },
                ],
            },
        ],
    });
    return { cert: server.cert, key: server.private, ca: authority.cert };
}

function named(commonName: string): CertificateField[] {
    return [{ name: "commonName", value: commonName }];
}
