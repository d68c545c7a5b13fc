/** Which environment variables hold a secret in clear text, told by their names and by what their values look like. */
import type { Setting, Settings } from "./rule";
import { UNKNOWN, type Unknown } from "./unknown";

/** The settings of every rule that judges names of variables. */
export const SECRET_NAME_SETTINGS = {
    exactNames: {
        type: "array",
        items: { type: "string" },
        default: [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "ECS_ENGINE_AUTH_DATA",
            "PGPASSWORD",
        ],
        description: "Names of variables that hold a secret, whatever their last word is.",
    },
    secretNames: {
        type: "array",
        items: { type: "string" },
        default: [
            ...[
                "PASSWORD",
                "PASSWD",
                "PASSPHRASE",
                "SECRET",
                "TOKEN",
                "CREDENTIALS",
                "APIKEY",
                "API_KEY",
                "PRIVATE_KEY",
            ],
            ...["_PASS", "_PWD"],
            ...["_PASSWORDS", "_SECRETS", "_API_KEYS", "_PRIVATE_KEYS", "_SIGNING_KEYS", "_ENCRYPTION_KEYS"],
            ...["ACCESS_KEY", "AUTH_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "MASTER_KEY", "FERNET_KEY"],
        ],
        description:
            "Words, separated by `_` or a capital letter from the rest, that make a variable's name that of a secret. " +
            "A last word that ends with one (`DBPASSWORD`) counts, too; with a leading `_` it has to be the last word " +
            "itself (`SMTP_PASS`, not `COMPASS`).",
    },
    referenceSuffixes: {
        type: "array",
        items: { type: "string" },
        default: [
            ...["ARN", "NAME", "ID", "FILE", "PATH", "DIR", "URL", "URI", "ENDPOINT", "HOST", "PORT", "REGION", "REF"],
            ...["TTL", "SECONDS", "MINUTES", "HOURS", "DAYS", "EXPIRY", "EXPIRATION", "LIFETIME", "AGE", "VERSION"],
            ...["EXPIRE", "EXPIRES", "EXPIRES_IN", "DURATION", "VALIDITY", "TIMEOUT", "INTERVAL", "POLICY", "PROVIDER"],
            ...["LENGTH", "SIZE", "LIMIT", "COUNT", "ENABLED", "TYPE", "HEADER", "ISSUER", "AUDIENCE", "ALGORITHM"],
        ],
        description: "Last words of a name that says where a secret is, or what it is like, rather than what it is.",
    },
} as const satisfies Record<string, Setting>;

/** A name as its words in capitals: "dbPassword" and "db-password" as "_DB_PASSWORD_". */
export function wordsOf(name: string): string {
    const separated = name
        .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
        .replace(/([A-Z])([A-Z][a-z])/g, "$1_$2")
        .replace(/[^A-Za-z0-9]+/g, "_");
    return `_${separated.toUpperCase()}_`;
}

/** Whether a name is that of a secret, by a rule's settings. */
export function secretNameTest(settings: Settings): (name: string) => boolean {
    const { exactNames = [], secretNames = [], referenceSuffixes = [] } = settings as Record<string, readonly string[]>;
    const exact = new Set(exactNames.map(wordsOf));
    return (name) => {
        const words = wordsOf(name);
        if (exact.has(words)) {
            return true;
        }
        const secret = secretNames.some((word) => words.includes(`_${word}_`) || words.endsWith(`${word}_`));
        return secret && !referenceSuffixes.some((word) => words.endsWith(`_${word}_`));
    };
}

/** Beginnings of values that say where a secret is: read by the program itself, by an agent or by the platform. */
const REFERENCES = /^(arn:|alias\/|secretsmanager:|ssm:|vault:|op:\/\/|\{\{|\$\(|\$\{|<)/;

/** Paths, of a file that is mounted or of a parameter: "/run/secrets/db-password", "./key.json". */
const PATHS =
    /^(?:~|\.{1,2})?(?:\/[\w.-]+){2,}$|^(?:~|\.{1,2})?\/?(?:[\w.-]+\/)*[\w.-]+\.(?:json|pem|key|crt|txt|ya?ml|p12|pfx|jks)$/;

/** What switches something on or off: `ALLOW_EMPTY_PASSWORD=yes`. */
const SWITCH = /^(?:true|false|yes|no|on|off|0|1)$/i;

/** Beginning of a ciphertext of AWS KMS in base64, which the program decrypts itself. */
const CIPHERTEXT = /^AQICA/;

/** A password between the user's name and the host of a URL, or as a parameter, unless it is a placeholder. */
const PASSWORD_IN_URL = /^[a-z][a-z0-9+.:-]*:\/\/[^\s/@:]*:(?![$%<{*])[^\s/@]+@/i;
const PASSWORD_PARAMETER = /:\/\/\S*[?&;](password|pwd)=(?![$%<{*&;])[^\s&;]/i;

/** Long-lived and temporary key ids of IAM, and private keys as text. */
const KEYS = /\b(AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** How a variable holds a secret: by its name, by its value, or "open" where the value is not known yet. */
export type HeldSecret = "named" | "inside" | "open" | undefined;

/** Whether a variable holds a secret in clear text. What it is never shows up. */
export function heldSecret(name: string, value: string | Unknown, isSecretName: (name: string) => boolean): HeldSecret {
    if (value === UNKNOWN) {
        return isSecretName(name) ? "open" : undefined;
    }
    if (PASSWORD_IN_URL.test(value) || PASSWORD_PARAMETER.test(value) || KEYS.test(value)) {
        return "inside";
    }
    const none = [REFERENCES, PATHS, CIPHERTEXT, SWITCH].some((pattern) => pattern.test(value));
    return !none && isSecretName(name) ? "named" : undefined;
}
