/** Errors of the operating system and of Node that mean: not reached, or cut off. */
const NETWORK_CODES = new Set([
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "ESOCKETTIMEDOUT",
    "EHOSTUNREACH",
    "EHOSTDOWN",
    "ENETUNREACH",
    "ENETDOWN",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ERR_SOCKET_CLOSED",
    "ERR_STREAM_PREMATURE_CLOSE",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_HEADERS_TIMEOUT",
    "UND_ERR_BODY_TIMEOUT",
    "UND_ERR_SOCKET",
]);

/**
 * SQLSTATE classes of PostgreSQL with which the server says that it cannot serve: connection exception (08), a refused
 * connection (28: a password that is being changed, a token that ran out, or one of so many new connections that RDS could not
 * look at each token), insufficient resources (53), operator intervention as in a shutdown (57P), system error (58), and a
 * standby that is written to, as the old primary is after a failover (25006). https://www.postgresql.org/docs/17/errcodes-appendix.html
 */
const POSTGRESQL = /^(08[0-9A-Z]{3}|28[0-9A-Z]{3}|53[0-9A-Z]{3}|57P[0-9A-Z]{2}|58[0-9A-Z]{3}|25006)$/;

/**
 * The error replies of Valkey that say the node or the cluster cannot serve now, or does not know us: a password is being
 * changed, a token is too old. https://valkey.io/topics/cluster-spec/
 */
const VALKEY = /^(CLUSTERDOWN|LOADING|MASTERDOWN|READONLY|TRYAGAIN|BUSY|OOM|NOAUTH|WRONGPASS)\b/;

/** What the clients throw without a code: pg, pg-pool and iovalkey. */
const MESSAGES = [
    /^Connection terminated/,
    /^Client has encountered a connection error/,
    /timeout exceeded when trying to connect/,
    /^Query read timeout/,
    /^Connection is closed\.?$/,
    /^Command timed out/,
    /^Failed to refresh slots cache/,
    /^None of startup nodes is available/,
    /^Cluster isn't ready/,
    /^Stream isn't writeable/,
    /^Cluster is ended/,
    /^Reached the max retries per request limit/,
    /^Too many Cluster redirections/,
    /^Socket timeout\. Expecting data/,
    /^Command aborted due to connection close/,
    /^Ready check failed/,
    /socket hang up/,
    /^fetch failed$/,
];

/** How deep causes are followed: a client wraps once or twice, and a circle of causes must end. */
const DEEPEST_CAUSE = 5;

interface ErrorLike {
    name?: unknown;
    message?: unknown;
    code?: unknown;
    cause?: unknown;
    errors?: unknown;
    $fault?: unknown;
    $retryable?: unknown;
    $metadata?: { httpStatusCode?: unknown };
}

/**
 * Whether an error says that a dependency is not to be reached, is overloaded or broken. An error that is an answer (a
 * violated constraint, a missing object, a denied permission) does not: the dependency works, and trying again will not help.
 */
export function isDependencyFailure(error: unknown, depth = 0): boolean {
    if (typeof error !== "object" || error === null || depth > DEEPEST_CAUSE) return false;
    const { cause, errors } = error as ErrorLike;
    if (saysFailure(error)) return true;
    if (Array.isArray(errors) && errors.some((inner) => isDependencyFailure(inner, depth + 1))) return true;
    return isDependencyFailure(cause, depth + 1);
}

function saysFailure({ name, message, code, $fault, $retryable, $metadata }: ErrorLike): boolean {
    if (typeof code === "string" && (NETWORK_CODES.has(code) || POSTGRESQL.test(code))) return true;
    if (name === "TimeoutError" || name === "MaxRetriesPerRequestError" || name === "ClusterAllFailedError")
        return true;
    // The AWS SDK: a fault of the server, or throttling, which it marks as worth a retry.
    const status = $metadata?.httpStatusCode;
    if ($fault === "server" || $retryable !== undefined) return true;
    if (typeof status === "number" && (status >= 500 || status === 429)) return true;
    return typeof message === "string" && (VALKEY.test(message) || MESSAGES.some((pattern) => pattern.test(message)));
}
