import { k8sProbes } from "../../../policies/no-single-point-of-failure/rules/k8s-probes";
import { describeRule, settings } from "../support/describe-rule";
import { resource, UNKNOWN_VALUE, type TestResource } from "../support/harness";
import { service, workload } from "../support/kubernetes";

const readinessProbe = { httpGet: { path: "/ready", port: 8080 } };
const ports = [{ containerPort: 8080, name: "http" }];
const web = (containers: unknown, more: object = {}): TestResource =>
    workload("web", { spec: { replicas: 2 }, pod: { containers, ...more } });

describeRule(k8sProbes, {
    compliant: {
        "a container that says when it is ready": [web([{ name: "app", ports, readinessProbe }])],
        "one by gRPC": [web([{ name: "app", ports, readinessProbe: { grpc: { port: 8080 } } }])],
        "a sidecar that serves nothing": [
            web([{ name: "app", ports, readinessProbe }, { name: "logs" }]),
            service("web"),
        ],
        "a sidecar with figures for monitoring": [
            web([
                { name: "app", ports, readinessProbe },
                { name: "exporter", ports: [{ containerPort: 9090, name: "metrics" }] },
            ]),
        ],
        "a port that no Service asks": [
            web([
                { name: "app", ports, readinessProbe },
                { name: "admin", ports: [{ containerPort: 9000 }] },
            ]),
            service("web", [{ port: 80, targetPort: "http" }]),
        ],
        "a proxy in front": [
            web([
                { name: "proxy", ports: [{ containerPort: 80 }], readinessProbe },
                { name: "app", ports },
            ]),
            service("web", [{ port: 80 }]),
        ],
        "a Service of a port that is not declared": [web([{ name: "app", readinessProbe }]), service("web")],
        "init containers and sidecars that start before": [
            web([{ name: "app", ports, readinessProbe }], {
                initContainers: [
                    { name: "migrate", ports },
                    { name: "mesh", restartPolicy: "Always", ports: [{ containerPort: 15001 }] },
                ],
            }),
        ],
        "a readiness that a load balancer gives": [
            web([{ name: "app", ports }], {
                readinessGates: [{ conditionType: "target-health.elbv2.k8s.aws/web" }],
            }),
        ],
    },
    violating: {
        "a container with a port": {
            resources: [web([{ name: "app", ports }])],
            at: ["web"],
            says: /spec\.template\.spec\.containers\[0\]\.readinessProbe is not set: requests go to pods/,
        },
        "a liveness and a startup probe only": {
            resources: [web([{ name: "app", ports, livenessProbe: readinessProbe, startupProbe: readinessProbe }])],
            at: ["web"],
            says: /containers\[0\]\.readinessProbe is not set/,
        },
        "a Service that asks by name": {
            resources: [
                web([
                    { name: "side", readinessProbe },
                    { name: "app", ports },
                ]),
                service("web", [{ port: 80, targetPort: "http" }]),
            ],
            at: ["web"],
            says: /containers\[1\]\.readinessProbe is not set/,
        },
        "a Service that asks by number": {
            resources: [
                web([{ name: "app", ports: [{ containerPort: 8080, name: "metrics" }] }]),
                service("web", [{ port: 80, targetPort: 8080 }]),
            ],
            at: ["web"],
            says: /containers\[0\]\.readinessProbe is not set/,
        },
        "a Service of a port that is not declared": {
            resources: [web([{ name: "app" }]), service("web")],
            at: ["web"],
            says: /spec\.template\.spec\.containers have no readinessProbe, and a Service sends requests to them/,
        },
        "a headless Service of a StatefulSet": {
            resources: [
                workload("db", {
                    kind: "statefulSet",
                    spec: { replicas: 3 },
                    pod: { containers: [{ name: "db", ports }] },
                }),
                resource("kubernetesService", "db-headless", { spec: { clusterIP: "None", selector: { app: "db" } } }),
            ],
            at: ["db"],
            says: /containers\[0\]\.readinessProbe is not set/,
        },
        "no liveness probe, where the configuration asks for one": {
            resources: [web([{ name: "app", ports, readinessProbe }])],
            at: ["web"],
            says: /livenessProbe is not set: .* Fix: set `livenessProbe`/,
            config: settings(k8sProbes, { liveness: true }),
        },
    },
    unknown: {
        "the containers": {
            resources: [web(UNKNOWN_VALUE)],
            at: ["web"],
            says: /spec\.template\.spec\.containers is not known in preview/,
        },
        "the probe": {
            resources: [web([{ name: "app", ports, readinessProbe: UNKNOWN_VALUE }])],
            at: ["web"],
            says: /containers\[0\]\.readinessProbe is not known in preview/,
        },
        "the ports": {
            resources: [web([{ name: "app", ports: UNKNOWN_VALUE }])],
            at: ["web"],
            says: /readinessProbe is not set, and the ports are not known/,
        },
        "the probe behind a port that is not declared": {
            resources: [web([{ name: "app", readinessProbe: UNKNOWN_VALUE }]), service("web")],
            at: ["web"],
            says: /containers have a readinessProbe that is not known/,
        },
    },
    notApplicable: {
        "a worker that serves nothing": [web([{ name: "app" }])],
        "a worker with figures for monitoring, which a Service hands out": [
            web([{ name: "app", ports: [{ containerPort: 9090, name: "metrics" }] }]),
            service("web", [{ port: 9090, name: "metrics" }]),
        ],
        "a Service of other pods": [web([{ name: "app" }]), service("api")],
        "a workload that is switched off": [
            workload("web", { spec: { replicas: 0 }, pod: { containers: [{ name: "app", ports }] } }),
        ],
        "a Job": [workload("job", { kind: "job", pod: { containers: [{ name: "app", ports }] } })],
    },
});
