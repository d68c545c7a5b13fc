/** Which connection strings leave TLS out. What they hold, passwords among it, never shows up. */

/** Parameters that switch TLS off, or try without it first, as the clients of databases spell them. */
const SWITCHED_OFF: ReadonlySet<string> = new Set([
    "sslmode=disable",
    "sslmode=disabled",
    "sslmode=allow",
    "sslmode=none",
    "ssl-mode=disabled",
    "ssl_mode=disabled",
    "usessl=false",
]);

/** Parameters that say so only where they stand in a connection string: other things have such switches, too. */
const SWITCHED_OFF_IN_URL: ReadonlySet<string> = new Set([
    "ssl=false",
    "ssl=0",
    "tls=false",
    "tls=0",
    "encrypt=false",
    "encrypt=no",
    "encrypt=disable",
]);

/** Parameters with which some clients use TLS under a scheme that says nothing of it. */
const SWITCHED_ON: ReadonlySet<string> = new Set([
    "ssl=true",
    "ssl=1",
    "tls=true",
    "tls=1",
    "usetls=true",
    "usessl=true",
]);

/** Values of a variable that is itself the mode: `PGSSLMODE`. */
const MODES_OFF: ReadonlySet<string> = new Set(["disable", "disabled", "allow", "none"]);

/** A URL, by itself, in a list, or as the value of an option. */
const URL = /(?<=^|[\s=,;"'])(?:jdbc:)?([a-z][a-z0-9+.-]*):\/\/(?:[^@/?#\s]*@)?([^/?#;\s]*)/gi;
const HOST_PARAMETER = /^(?:host|hostaddr|server)=(?:tcp:)?(.*)$/;
const GO_ADDRESS = /@(?:tcp|unix)\(([^)]*)\)/;

interface ConnectionString {
    /** In small letters; `undefined` where it is written as a list of parameters. */
    readonly scheme: string | undefined;
    /** `undefined` where the text names none: options of a connection that something else names. */
    readonly hosts: readonly string[] | undefined;
    readonly parameters: readonly string[];
}

/** What speaks HTTP is judged where it listens, and what its addresses carry along is not this program's connection. */
const HTTP = /https?:\/\/[^\s,;"']*/gi;

/** What may be connection strings in a value, each in its parts. */
function parse(text: string): readonly ConnectionString[] {
    const value = text.replace(HTTP, "");
    const urls = [...value.matchAll(URL)];
    if (urls.length === 0) {
        const parameters = parametersOf(value);
        const address = GO_ADDRESS.exec(value)?.[1];
        return [{ scheme: undefined, hosts: address === undefined ? hostsIn(parameters) : [address], parameters }];
    }
    return urls.map((url, index) => {
        const [, scheme = "", authority = ""] = url;
        const parameters = parametersOf(value.slice(url.index, urls[index + 1]?.index));
        const hosts = hostsIn(parameters) ?? authority.toLowerCase().split(",");
        return { scheme: scheme.toLowerCase(), hosts, parameters };
    });
}

function parametersOf(text: string): readonly string[] {
    return text
        .toLowerCase()
        .split(/[?&;\s]+/)
        .map((parameter) => parameter.replace(/['"]/g, ""));
}

function hostsIn(parameters: readonly string[]): readonly string[] | undefined {
    const hosts = parameters.flatMap((parameter) => HOST_PARAMETER.exec(parameter)?.[1] ?? []);
    return hosts.length === 0 ? undefined : hosts;
}

/** Whether a host is the machine itself: nothing leaves it. No host at all means a socket. */
function isLocal(host: string, peers: readonly string[]): boolean {
    const name = host.startsWith("[") ? host.slice(1, host.indexOf("]")) : host.replace(/[:,]\d+$/, "").trim();
    return (
        name === "" ||
        name.startsWith("/") ||
        name === "::1" ||
        name === "0.0.0.0" ||
        name.startsWith("127.") ||
        name === "localhost" ||
        name.endsWith(".localhost") ||
        peers.includes(name)
    );
}

/**
 * What in a connection string leaves TLS out ("`sslmode=disable`", "`redis://`"), or nothing.
 * @param schemes schemes that mean no TLS: "redis"
 * @param peers names by which other containers on the same machine are reached
 */
export function plaintextIn(value: string, schemes: readonly string[], peers: readonly string[]): string | undefined {
    return parse(value)
        .map((connection) => plaintextOf(connection, schemes, peers))
        .find((found) => found !== undefined);
}

function plaintextOf(
    { scheme, hosts, parameters }: ConnectionString,
    schemes: readonly string[],
    peers: readonly string[],
): string | undefined {
    if (hosts?.every((host) => isLocal(host, peers))) {
        return undefined;
    }
    const off = parameters.find(
        (parameter) => SWITCHED_OFF.has(parameter) || (hosts !== undefined && SWITCHED_OFF_IN_URL.has(parameter)),
    );
    if (off !== undefined) {
        return `\`${off}\``;
    }
    // "redis+sentinel" and "redis-cluster" are ways to find a server; the connection is the same.
    const base = scheme?.split(/[+-]/, 1)[0] ?? "";
    const on = parameters.some((parameter) => SWITCHED_ON.has(parameter));
    return schemes.includes(base) && !on ? `\`${base}://\`` : undefined;
}

/** What a variable that is itself the mode of TLS says where it switches TLS off: "`disable`". */
export function plaintextMode(value: string): string | undefined {
    const mode = value.toLowerCase();
    return MODES_OFF.has(mode) ? `\`${mode}\`` : undefined;
}

/** Whether a host, as a variable of its own gives it, is the machine itself. */
export function isLocalHost(value: string, peers: readonly string[]): boolean {
    return isLocal(value.toLowerCase(), peers);
}
