import { k8sEnvSecrets } from "../../../policies/encryption/rules/k8s-env-secrets";
import { describeRule } from "../support/describe-rule";
import { judge, resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { LIKE_DEPLOYMENT, podsOf, podSpec } from "./pods";

const SETTING = { name: "LOG_LEVEL", value: "info" };
const PASSWORD = { name: "DATABASE_PASSWORD", value: "hunter2" };
const FROM_SECRET = { name: "DATABASE_PASSWORD", valueFrom: { secretKeyRef: { name: "db", key: "password" } } };
const env = (...variables: object[]): object => ({ env: variables });

const configMap = (data: unknown): TestResource => resource("configMap", "settings", { data });

describeRule(k8sEnvSecrets, {
    compliant: {
        "a ConfigMap of settings, and of files that have secrets in their names": [
            configMap({
                DATABASE_HOST: "db.internal",
                DATABASE_PASSWORD_FILE: "/run/secrets/password",
                TOKEN_TTL: "300",
                "token-policy.yaml": "issuer: shop\nlifetime: 300\n",
                "ca.crt": "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----\n",
            }),
        ],
        "KEDA's job with a password from a Secret": [podsOf("scaledJob", env(SETTING, FROM_SECRET))],
        "a deployment with a password from a Secret": [podsOf("deployment", env(SETTING, FROM_SECRET))],
        "a job on a schedule": [podsOf("cronJob", env(SETTING, FROM_SECRET))],
        "a pod by itself": [podsOf("pod", env(SETTING, FROM_SECRET))],
        "another variable's value": [
            podsOf("deployment", env(FROM_SECRET, { name: "PGPASSWORD", value: "$(DATABASE_PASSWORD)" })),
        ],
        "a value that another tool puts in": [
            podsOf("deployment", env({ name: "API_TOKEN", value: "vault:secret/data/api#token" })),
        ],
    },
    violating: {
        "a ConfigMap": {
            resources: [configMap({ LOG_LEVEL: "info", DATABASE_PASSWORD: "hunter2" })],
            at: ["settings"],
            says: /data holds DATABASE_PASSWORD as plain text: .*ConfigMap.* Fix: take it from a Secret/,
        },
        "several secrets in one variable": {
            resources: [configMap({ JWT_SECRETS: "the-new-one the-one-before", SECRETS_BACKEND: "aws" })],
            at: ["settings"],
            says: /data holds JWT_SECRETS as plain text/,
        },
        "a connection string in a ConfigMap": {
            resources: [configMap({ DATABASE: "postgres://shop:hunter2@db.internal/shop" })],
            at: ["settings"],
            says: /data holds DATABASE with a password or key in it as plain text/,
        },
        "a file with a key in a ConfigMap": {
            resources: [configMap({ "server.pem": "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n" })],
            at: ["settings"],
            says: /data holds server\.pem with a password or key in it/,
        },
        "KEDA's job": {
            resources: [podsOf("scaledJob", env(PASSWORD))],
            at: ["web", "web"],
            says: /spec\.jobTargetRef\.template\.spec\.(containers|initContainers)\[0\]\.env holds DATABASE_PASSWORD/,
        },
        "a deployment": {
            resources: [podsOf("deployment", env(SETTING, PASSWORD), env(SETTING))],
            at: ["web"],
            says: /spec\.template\.spec\.containers\[0\]\.env holds DATABASE_PASSWORD as plain text: .* Fix: take it from a Secret/,
        },
        "a container that runs first": {
            resources: [podsOf("deployment", env(SETTING), env(PASSWORD))],
            at: ["web"],
            says: /spec\.template\.spec\.initContainers\[0\]\.env holds DATABASE_PASSWORD/,
        },
        "a job on a schedule": {
            resources: [podsOf("cronJob", env(PASSWORD))],
            at: ["web", "web"],
            says: /spec\.jobTemplate\.spec\.template\.spec\.(containers|initContainers)\[0\]\.env holds DATABASE_PASSWORD/,
        },
        "a pod by itself": {
            resources: [podsOf("pod", env(PASSWORD))],
            at: ["web", "web"],
            says: /spec\.(containers|initContainers)\[0\]\.env holds DATABASE_PASSWORD/,
        },
        "every other kind of workload": {
            resources: LIKE_DEPLOYMENT.map((kind) =>
                resource(kind, kind, { spec: { template: { spec: podSpec(env(PASSWORD), {}) } } }),
            ),
            at: [...LIKE_DEPLOYMENT],
            says: /spec\.template\.spec\.containers\[0\]\.env holds DATABASE_PASSWORD/,
        },
        "the second container": {
            resources: [
                resource("deployment", "web", {
                    spec: { template: { spec: { containers: [{ name: "web" }, { name: "db", ...env(PASSWORD) }] } } },
                }),
            ],
            at: ["web"],
            says: /containers\[1\]\.env/,
        },
    },
    unknown: {
        "a ConfigMap's value of a secret's name": {
            resources: [configMap({ API_TOKEN: UNKNOWN_VALUE, HOST: UNKNOWN_VALUE })],
            at: ["settings"],
            says: /data holds API_TOKEN, whose value is not known in preview/,
        },
        "a ConfigMap": {
            resources: [configMap(UNKNOWN_VALUE)],
            at: ["settings"],
            says: /data is not known/,
        },
        "the value of a secret's name": {
            resources: [podsOf("deployment", env({ name: "API_TOKEN", value: UNKNOWN_VALUE }), {})],
            at: ["web"],
            says: /containers\[0\]\.env holds API_TOKEN, whose value is not known in preview/,
        },
        "a variable's name": {
            resources: [podsOf("deployment", env({ name: UNKNOWN_VALUE, value: "hunter2" }), {})],
            at: ["web"],
            says: /containers\[0\]\.env holds a variable whose name is not known in preview/,
        },
        "all variables": {
            resources: [podsOf("deployment", { env: UNKNOWN_VALUE }, {})],
            at: ["web"],
            says: /spec\.template\.spec\.containers\[0\]\.env is not known/,
        },
        "all containers": {
            resources: [
                resource("cronJob", "web", {
                    spec: { jobTemplate: { spec: { template: { spec: { containers: UNKNOWN_VALUE } } } } },
                }),
            ],
            at: ["web"],
            says: /spec\.jobTemplate\.spec\.template\.spec\.containers is not known/,
        },
        "the whole pod, said once": {
            resources: [resource("deployment", "web", { spec: UNKNOWN_VALUE })],
            at: ["web"],
            says: /spec\.template\.spec is not known/,
        },
    },
    notApplicable: {
        "variables from elsewhere": [podsOf("deployment", { envFrom: [{ secretRef: { name: "db" } }] })],
        "a Secret": [
            { type: "kubernetes:core/v1:Secret", name: "db", inputs: { stringData: { password: "hunter2" } } },
        ],
        "an update of a part of a workload": [
            {
                type: "kubernetes:apps/v1:DeploymentPatch",
                name: "web",
                inputs: { spec: { template: { spec: podSpec(env(PASSWORD)) } } },
            },
        ],
    },
});

test("the value of a variable never shows up", () => {
    const found: readonly { message: string }[] = judge(k8sEnvSecrets, [
        podsOf("pod", env(PASSWORD)),
    ] as TestResource[]);
    expect(found).toHaveLength(2);
    expect(found.map(({ message }) => message).join()).not.toContain("hunter2");
});
