import fc from "fast-check";
import { heldSecret, SECRET_NAME_SETTINGS, secretNameTest, wordsOf } from "../../../policies/shared/secret-names";
import { UNKNOWN } from "../../../policies/shared/unknown";

const isSecretName = secretNameTest(
    Object.fromEntries(Object.entries(SECRET_NAME_SETTINGS).map(([key, setting]) => [key, setting.default])),
);

test.each([
    ["dbPassword", "_DB_PASSWORD_"],
    ["db-password", "_DB_PASSWORD_"],
    ["APIKey", "_API_KEY_"],
    ["DB_PASSWORD", "_DB_PASSWORD_"],
])("%s has the words %s", (name, words) => {
    expect(wordsOf(name)).toBe(words);
});

test("a name is that of a secret however its words are written", () => {
    const secrets = fc.constantFrom(...SECRET_NAME_SETTINGS.secretNames.default);
    const word = fc.stringMatching(/^[a-z]{2,6}$/);
    fc.assert(
        fc.property(fc.array(word, { maxLength: 3 }), secrets, (before, secret) => {
            const words = [...before, ...secret.toLowerCase().split("_")];
            const camel = words.map((each) => each.replace(/^./, (letter) => letter.toUpperCase())).join("");
            for (const name of [words.join("_"), words.join("-"), words.join("_").toUpperCase(), camel]) {
                expect(isSecretName(name)).toBe(true);
            }
        }),
    );
});

test("a last word that says where a secret is, or what it is like, makes it none", () => {
    const suffixes = fc.constantFrom(...SECRET_NAME_SETTINGS.referenceSuffixes.default);
    fc.assert(
        fc.property(fc.constantFrom(...SECRET_NAME_SETTINGS.secretNames.default), suffixes, (secret, suffix) => {
            // AWS_ACCESS_KEY_ID and its like are named outright.
            expect(isSecretName(`SHOP_${secret}_${suffix}`)).toBe(false);
        }),
    );
});

test.each(["MONKEY", "TOKENIZER_URL", "MAX_TOKENS", "SECRETARY_NAME", "PASSWORDLESS", "COMPASS", "KEYBOARD", "OLDPWD"])(
    "%s is no name of a secret",
    (name) => {
        expect(isSecretName(name)).toBe(false);
    },
);

test.each([
    "WORDPRESS_DB_PASSWORD",
    "AIRFLOW__CORE__FERNET_KEY",
    "DJANGO_SECRET_KEY",
    "DB_PASS",
    "SMTP_PASS",
    "RABBITMQ_DEFAULT_PASS",
    "smtpPass",
    "SQL_PWD",
    "stripeApiKey",
    "sshPassphrase",
])("%s is the name of a secret", (name) => {
    expect(isSecretName(name)).toBe(true);
});

test.each([
    ["a password in a URL", "amqps://app:hunter2@mq.internal:5671/", "inside"],
    ["a password without a user", "rediss://:hunter2@cache.internal:6379", "inside"],
    ["a password as a parameter", "jdbc:postgresql://db.internal/app?user=app&password=hunter2", "inside"],
    ["a key id of IAM", "id=AKIAIOSFODNN7EXAMPLE", "inside"],
    ["a user without a password", "postgres://app@db.internal/app", undefined],
    ["a port", "https://shop.example.com:8443/a@b", undefined],
    ["a placeholder", "postgres://app:${PASSWORD}@db.internal/app", undefined],
    ["a placeholder of Kubernetes", "postgres://app:$(PASSWORD)@db.internal/app", undefined],
    ["a masked password", "postgres://app:****@db.internal/app", undefined],
    ["the alias of a key", "alias/data", undefined],
    ["a parameter of another name", "jdbc:mysql://db.internal/app?passwordCharacterEncoding=utf8", undefined],
])("%s in a value", (_, value, expected) => {
    expect(heldSecret("SETTING", value, isSecretName)).toBe(expected);
});

test.each([
    "/run/secrets/db-password",
    "/shop/production/db-password",
    "./credentials/service-account.json",
    "/key.json",
    "yes",
    "True",
    "0",
])("%s is no secret under any name", (value) => {
    expect(heldSecret("GOOGLE_APPLICATION_CREDENTIALS", value, isSecretName)).toBeUndefined();
});

test.each(["hunter2", "/hunter2", "p/ss/word+1=", "12345678"])("%s may be one", (value) => {
    expect(heldSecret("DATABASE_PASSWORD", value, isSecretName)).toBe("named");
});

test("an unknown value counts under a secret's name only", () => {
    expect(heldSecret("DATABASE_PASSWORD", UNKNOWN, isSecretName)).toBe("open");
    expect(heldSecret("DATABASE_NAME", UNKNOWN, isSecretName)).toBeUndefined();
});
