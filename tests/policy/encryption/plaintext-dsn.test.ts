import { plaintextDsn } from "../../../policies/encryption/rules/plaintext-dsn";
import { describeRule, settings } from "../support/describe-rule";
import { json, judge, ref, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { podsOf } from "./pods";

type Variables = Readonly<Record<string, unknown>>;

const listOf = (variables: Variables): object[] => Object.entries(variables).map(([name, value]) => ({ name, value }));
const task = (variables: Variables, more: object = {}): TestResource[] => [
    resource("ecsTaskDefinition", "web", {
        containerDefinitions: json([{ name: "web", environment: listOf(variables), ...more }]),
    }),
];
const lambda = (variables: unknown): TestResource[] => [
    resource("lambdaFunction", "charge", { environment: { variables } }),
];
const env = (variables: Variables): object => ({ env: listOf(variables) });

const TLS = { DATABASE_URL: "postgres://app@db.internal:5432/app?sslmode=verify-full", CACHE: "rediss://cache:6379" };

describeRule(plaintextDsn, {
    compliant: {
        "a task with TLS": task(TLS),
        "a function with TLS": lambda(TLS),
        "a deployment with TLS": [podsOf("deployment", env(TLS))],
        "a job on a schedule with TLS": [podsOf("cronJob", env(TLS))],
        "KEDA's job with TLS": [podsOf("scaledJob", env(TLS))],
        "a pod with TLS": [podsOf("pod", env(TLS))],
        "a ConfigMap with TLS, and with a file that a program reads itself": [
            resource("configMap", "settings", {
                data: {
                    ...TLS,
                    "cache.conf": "# redis://cache.internal is for tests\nurl = rediss://cache.internal\n",
                },
            }),
        ],
        "connection strings that leave it to the client": task({
            A: "postgresql://db.internal/app",
            B: "host=db.internal dbname=app sslmode=require",
            C: "amqps://mq.internal:5671",
            D: "mongodb://docdb.internal:27017/?tls=true",
            E: "jdbc:mysql://db.internal/app?useSSL=true&requireSSL=true",
            F: "Server=tcp:db.internal,1433;Database=app;Encrypt=True",
        }),
        "what speaks HTTP": task({
            API: "http://api.internal:8080",
            SEARCH: "https://search.internal?ssl=false&next=redis://x",
        }),
        "a scheme with TLS asked for": task({ CACHE: "redis://cache.internal:6379?ssl=true" }),
        "the machine itself": task({
            A: "redis://localhost:6379/0",
            B: "redis://:auth@127.0.0.1:6379",
            C: "postgres://app@[::1]:5432/app?sslmode=disable",
            D: "host=/var/run/postgresql dbname=app sslmode=disable",
            E: "postgres:///app?host=/cloudsql/x&sslmode=disable",
            F: "app:pw@unix(/tmp/mysql.sock)/app?tls=false",
            G: "-Dspring.datasource.url=jdbc:postgresql://localhost/app?sslmode=disable",
        }),
        "a container on the same machine, by its link": task(
            { CACHE: "redis://cache:6379" },
            { links: ["redis:cache"] },
        ),
        "a mode for a proxy beside the program": task({
            PGHOST: "localhost",
            PGSSLMODE: "disable",
            DB_SSL_MODE: "verify-full",
        }),
        "words that mean something else": task({ FEATURES: "ssl=false", MODE: "disable", SSL_MODE: "verify-full" }),
        "unknown values under names of no connection": lambda({ TABLE: UNKNOWN_VALUE, QUEUE_URL: ref("queue", "url") }),
    },
    violating: {
        "a ConfigMap": {
            resources: [
                resource("configMap", "settings", {
                    data: { DATABASE_URL: "postgres://db.internal/app?sslmode=disable" },
                }),
            ],
            at: ["settings"],
            says: /data holds DATABASE_URL, which leaves TLS out with `sslmode=disable`/,
        },
        "a database of a task": {
            resources: task({ DATABASE_URL: "postgres://app@db.internal:5432/app?sslmode=disable" }),
            at: ["web"],
            says: /containerDefinitions\[0\]\.environment holds DATABASE_URL, which leaves TLS out with `sslmode=disable`: .* Fix: write `sslmode=verify-full`/,
        },
        "a cache of a function": {
            resources: lambda({ CACHE: "redis://cache.internal:6379" }),
            at: ["charge"],
            says: /environment\.variables holds CACHE, which leaves TLS out with `redis:\/\/`/,
        },
        "a broker of a deployment": {
            resources: [podsOf("deployment", env({ BROKER: "amqp://guest@rabbitmq.jobs.svc:5672//" }))],
            at: ["web", "web"],
            says: /spec\.template\.spec\.(containers|initContainers)\[0\]\.env holds BROKER, which leaves TLS out with `amqp:\/\/`/,
        },
        "a job on a schedule": {
            resources: [podsOf("cronJob", env({ CACHE: "valkey://cache:6379" }))],
            at: ["web", "web"],
            says: /spec\.jobTemplate\.spec\.template\.spec\..*`valkey:\/\/`/,
        },
        "KEDA's job": {
            resources: [podsOf("scaledJob", env({ CACHE: "redis://cache:6379" }))],
            at: ["web", "web"],
            says: /spec\.jobTargetRef\.template\.spec\..*`redis:\/\/`/,
        },
        "a pod by itself": {
            resources: [podsOf("pod", env({ CACHE: "redis://cache:6379" }))],
            at: ["web", "web"],
            says: /spec\.(containers|initContainers)\[0\]\.env holds CACHE/,
        },
        "other ways to write a cache": {
            resources: task({
                A: "redis+sentinel://s1:26379,s2:26379/mymaster",
                B: "redis-cluster://cache:6379",
                C: "redis://localhost:6379,redis://cache:6379",
                D: "redis://cache:6379?ssl=maybe",
            }),
            at: ["web", "web", "web", "web"],
            says: /holds [ABCD], which leaves TLS out with `redis:\/\/`/,
        },
        "what each client calls it": {
            resources: task({
                A: "host=db.internal dbname=app sslmode='disable'",
                B: "jdbc:mysql://db.internal/app?useSSL=false",
                C: "jdbc:sqlserver://db.internal:1433;databaseName=app;encrypt=false",
                D: "app:pw@tcp(db.internal:3306)/app?tls=false",
                E: "mongodb://app@m1:27017,m2:27017/app?ssl=false",
                F: "Server=tcp:db.internal,1433;Database=app;Encrypt=False",
                G: "-Dspring.datasource.url=jdbc:postgresql://db.internal/app?sslmode=disable -Xmx1g",
                H: "mysql://db.internal/app?ssl-mode=DISABLED",
                I: "sslmode=disable",
            }),
            at: Array<string>(9).fill("web"),
            says: /holds [A-I], which leaves TLS out with `(sslmode=disable|usessl=false|encrypt=false|tls=false|ssl=false|ssl-mode=disabled)`/,
        },
        "a variable that is the mode": {
            resources: task({ PGHOST: "db.internal", PGSSLMODE: "disable", DB_SSL_MODE: "DISABLED" }),
            at: ["web", "web"],
            says: /holds (PGSSLMODE|DB_SSL_MODE), which leaves TLS out with `disabled?`/,
        },
        "a scheme of one's own": {
            resources: lambda({ A: "memcached://cache:11211", B: "redis://cache:6379" }),
            at: ["charge"],
            says: /holds A, which leaves TLS out with `memcached:\/\/`/,
            config: settings(plaintextDsn, { schemes: ["memcached"] }),
        },
    },
    unknown: {
        "an address of the stack in a function": {
            resources: lambda({ REDIS_URL: ref("cache", "url"), DB_NAME: ref("cache", "name") }),
            at: ["charge"],
            says: /environment\.variables holds REDIS_URL, whose value is not known in preview/,
        },
        "an address of the stack in a task, and with it all containers": {
            resources: task({ REDIS_URL: ref("cache", "url") }),
            at: ["web"],
            says: /containerDefinitions is not known/,
        },
        "all variables": {
            resources: lambda(UNKNOWN_VALUE),
            at: ["charge"],
            says: /environment\.variables is not known/,
        },
        "a pod": {
            resources: [resource("pod", "web", { spec: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec is not known/,
        },
    },
    notApplicable: {
        "a task without an environment": [resource("ecsTaskDefinition", "web", { containerDefinitions: "[{}]" })],
        "a function without one": [resource("lambdaFunction", "charge")],
        "a pod without one": [resource("pod", "web", { spec: { containers: [{ name: "web" }] } })],
    },
});

test("a connection string never shows up", () => {
    const found = judge(plaintextDsn, lambda({ CACHE: "redis://:hunter2@cache.internal:6379" }));
    expect(found).toHaveLength(1);
    expect(found[0]?.message).not.toMatch(/hunter2|cache\.internal/);
});
