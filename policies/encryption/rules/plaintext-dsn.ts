import { isLocalHost, plaintextIn, plaintextMode } from "../../shared/connection-strings";
import { environmentOf, type Variable } from "../../shared/environments";
import { containerGuards, POD_TOKENS } from "../../shared/relations/pod-templates";
import { defineResourceRule } from "../../shared/rule";
import { wordsOf } from "../../shared/secret-names";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** "PGSSLMODE", "DB_SSL_MODE": the variable is the mode of TLS. */
const MODE = /SSL_?MODE_$/;

export const plaintextDsn = defineResourceRule({
    id: "plaintext-dsn",
    title: "A program connects to databases, caches and brokers over TLS",
    severity: "high",
    frameworks: { wellArchitected: ["SEC09-BP02"] },
    why: "passwords and data cross the network in clear text, whatever the server could do",
    fix: "write `sslmode=verify-full`, `rediss://`, `amqps://` or the like, or leave out what switches TLS off",
    url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_protect_data_transit_encrypt.html",
    tokens: [...TOKENS.ecsTaskDefinition, ...TOKENS.lambdaFunction, ...TOKENS.configMap, ...POD_TOKENS],
    guards: [
        { tokens: TOKENS.ecsTaskDefinition, property: "containerDefinitions" },
        { tokens: TOKENS.lambdaFunction, property: "environment.variables" },
        { tokens: TOKENS.configMap, property: "data" },
        ...containerGuards("env"),
    ],
    // An address of the same stack makes a connection string unknown until it exists.
    undetermined: "advisory",
    settings: {
        schemes: {
            type: "array",
            items: { type: "string" },
            default: ["redis", "valkey", "amqp", "mqtt"],
            description:
                "Schemes of URLs that mean a connection without TLS. `redis` stands for `redis+sentinel`, too.",
        },
        connectionNames: {
            type: "array",
            items: { type: "string" },
            default: [
                ...["DSN", "CONNECTION_STRING", "JDBC_URL", "DATABASE_URL", "DATABASE_URI", "DB_URL", "DB_URI"],
                ...["POSTGRES_URL", "PG_URL", "MYSQL_URL", "MONGO_URL", "MONGO_URI", "MONGODB_URL", "MONGODB_URI"],
                ...["REDIS_URL", "REDIS_URI", "VALKEY_URL", "CACHE_URL", "BROKER_URL", "AMQP_URL", "RABBITMQ_URL"],
                ...["MQTT_URL", "SSLMODE", "SSL_MODE"],
            ],
            description:
                "Words in the names of variables that hold a connection string. A value that is not known in preview is " +
                "reported where the name has them; a known one is judged whatever its name is.",
        },
    },
    check: ({ type, inputs }, report, settings) => {
        const { schemes = [], connectionNames = [] } = settings as Record<string, readonly string[]>;
        const { variables, unknown } = environmentOf(type, inputs);
        unknown.forEach((property) => {
            report.undetermined(property);
        });
        const hosts = hostsOf(variables);
        for (const variable of variables) {
            const { property, name, value, isFile, peers } = variable;
            if (isFile === true) {
                continue;
            }
            const words = typeof name === "string" ? wordsOf(name) : "";
            if (value === UNKNOWN) {
                if (connectionNames.some((each) => words.includes(`_${each}_`) || words.endsWith(`${each}_`))) {
                    report.undetermined(property, `holds ${String(name)}, whose value is not known in preview`);
                }
                continue;
            }
            const host = hosts.get(`${property} ${words.replace(MODE, "HOST_")}`);
            const local = host !== undefined && isLocalHost(host, peers);
            const found = MODE.test(words) && !local ? plaintextMode(value) : plaintextIn(value, schemes, peers);
            if (found !== undefined) {
                const shown = typeof name === "string" ? name : "a variable";
                report.violation(property, `holds ${shown}, which leaves TLS out with ${found}`);
            }
        }
    },
});

/** The known values of the variables that name a host, by the container they are in and their words. */
function hostsOf(variables: readonly Variable[]): ReadonlyMap<string, string> {
    return new Map(
        variables.flatMap(({ property, name, value }) =>
            typeof name === "string" && typeof value === "string" && wordsOf(name).endsWith("HOST_")
                ? [[`${property} ${wordsOf(name)}`, value] as const]
                : [],
        ),
    );
}
