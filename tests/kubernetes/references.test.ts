import { Manifest } from "./manifest-schemas";
import { programManifests, programs } from "./wide-manifests";

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (value ?? {}) as Fields;
const list = (value: unknown): Fields[] => (value ?? []) as Fields[];

const specOf = (manifest: Manifest): Fields => fields(manifest["spec"]);
const titleOf = ({ kind, metadata }: Manifest): string => `${kind} ${String(metadata.name)}`;
const selects = (selector: Fields, labels: Fields): boolean =>
    Object.entries(selector).every(([name, value]) => labels[name] === value);

/** The pods that a Deployment or a Job makes. */
interface Pods {
    readonly owner: string;
    readonly namespace: string | undefined;
    readonly labels: Fields;
    readonly spec: Fields;
}

function podsOf(manifest: Manifest): Pods {
    const template = fields(specOf(manifest)["template"]);
    return {
        owner: titleOf(manifest),
        namespace: manifest.metadata.namespace,
        labels: fields(fields(template["metadata"])["labels"]),
        spec: fields(template["spec"]),
    };
}

const containersOf = ({ spec }: Pods): Fields[] => list(spec["containers"]);
const portsOf = (pods: Pods): Fields[] => containersOf(pods).flatMap((container) => list(container["ports"]));

/**
 * What objects say of each other, which no schema and no API server looks at: a name that nothing has is found out by pods that do not
 * start, or by nobody.
 */
class Objects {
    private readonly pods: readonly Pods[];

    constructor(private readonly manifests: readonly Manifest[]) {
        this.pods = manifests.filter(({ kind }) => kind === "Deployment" || kind === "Job").map(podsOf);
    }

    /** `Deployment web: ConfigMap web-1 is not there` */
    get dangling(): string[] {
        return [
            ...this.pods.flatMap((pods) => this.ofPods(pods).map((text) => `${pods.owner}: ${text}`)),
            ...this.manifests.flatMap((manifest) =>
                this.ofObject(manifest).map((text) => `${titleOf(manifest)}: ${text}`),
            ),
        ];
    }

    private find(kind: string, namespace: string | undefined, name: unknown): Manifest | undefined {
        return this.manifests.find(
            (one) => one.kind === kind && one.metadata.namespace === namespace && one.metadata.name === name,
        );
    }

    private missing(kind: string, namespace: string | undefined, name: unknown): string[] {
        return this.find(kind, namespace, name) === undefined ? [`${kind} ${String(name)} is not there`] : [];
    }

    private ofPods(pods: Pods): string[] {
        const { namespace, spec } = pods;
        const volumes = list(spec["volumes"]);
        const maps = [
            ...volumes.filter((volume) => volume["configMap"] !== undefined).map((volume) => volume["configMap"]),
            ...containersOf(pods)
                .flatMap((container) => list(container["envFrom"]))
                .map((source) => source["configMapRef"]),
        ].map((reference) => fields(reference)["name"]);
        const classes = volumes
            .map((volume) => fields(fields(volume["csi"])["volumeAttributes"])["secretProviderClass"])
            .filter((name) => name !== undefined);
        return [
            ...this.missing("ServiceAccount", namespace, spec["serviceAccountName"]),
            ...maps.flatMap((name) => this.missing("ConfigMap", namespace, name)),
            ...classes.flatMap((name) => this.missing("SecretProviderClass", namespace, name)),
            ...this.unknownSecrets(pods, classes),
        ];
    }

    /** A variable from a Secret that no volume of the pod has the driver make. */
    private unknownSecrets(pods: Pods, classes: readonly unknown[]): string[] {
        const made = classes
            .flatMap((name) =>
                list(fields(this.find("SecretProviderClass", pods.namespace, name)?.["spec"])["secretObjects"]),
            )
            .flatMap(({ secretName, data }) => list(data).map(({ key }) => `${String(secretName)}/${String(key)}`));
        return containersOf(pods)
            .flatMap((container) => list(container["env"]))
            .map((variable) => fields(fields(variable["valueFrom"])["secretKeyRef"]))
            .filter(({ name }) => name !== undefined)
            .map(({ name, key }) => `${String(name)}/${String(key)}`)
            .filter((wanted) => !made.includes(wanted))
            .map((wanted) => `nobody makes the secret ${wanted}`);
    }

    private ofObject(manifest: Manifest): string[] {
        const { namespace } = manifest.metadata;
        const spec = specOf(manifest);
        switch (manifest.kind) {
            case "HorizontalPodAutoscaler":
            case "ScaledObject":
                return [
                    ...this.missing("Deployment", namespace, fields(spec["scaleTargetRef"])["name"]),
                    ...list(spec["triggers"]).flatMap((trigger) =>
                        this.missing("TriggerAuthentication", namespace, fields(trigger["authenticationRef"])["name"]),
                    ),
                ];
            case "TargetGroupBinding":
                return this.ofBinding(fields(spec["serviceRef"]), namespace);
            case "Service":
                return this.selected(fields(spec["selector"]), namespace, (pods) =>
                    this.unknownPorts(
                        list(spec["ports"]).map(({ targetPort }) => targetPort),
                        portsOf(pods),
                        pods.owner,
                    ),
                );
            case "PodDisruptionBudget":
                return this.selected(fields(fields(spec["selector"])["matchLabels"]), namespace, () => []);
            case "PodMonitor":
                return this.selected(fields(fields(spec["selector"])["matchLabels"]), namespace, (pods) =>
                    this.unscrapable(list(spec["podMetricsEndpoints"]), pods),
                );
            case "ServiceMonitor":
                return this.ofServiceMonitor(spec, namespace);
            default:
                return [];
        }
    }

    private ofBinding({ name, port }: Fields, namespace: string | undefined): string[] {
        const service = this.find("Service", namespace, name);
        const ports = list(fields(service?.["spec"])["ports"]).map((one) => one["port"]);
        return service === undefined || ports.includes(port)
            ? this.missing("Service", namespace, name)
            : [`port ${String(port)} is none of ${titleOf(service)}`];
    }

    private ofServiceMonitor(spec: Fields, namespace: string | undefined): string[] {
        const selector = fields(fields(spec["selector"])["matchLabels"]);
        const services = this.manifests.filter(
            ({ kind, metadata }) =>
                kind === "Service" && metadata.namespace === namespace && selects(selector, fields(metadata["labels"])),
        );
        const [service] = services;
        if (service === undefined || services.length > 1) {
            return [`it finds ${String(services.length)} Services`];
        }
        const ports = list(specOf(service)["ports"]);
        const endpoints = list(spec["endpoints"]);
        const unknown = this.unknownPorts(
            endpoints.map(({ port }) => port),
            ports,
            titleOf(service),
        );
        return unknown.length > 0
            ? unknown
            : this.selected(fields(specOf(service)["selector"]), namespace, (pods) =>
                  this.unscrapable(
                      endpoints.map((endpoint) => ({
                          port: ports.find(({ name }) => name === endpoint["port"])?.["targetPort"],
                      })),
                      pods,
                  ),
              );
    }

    /** A selector must find the pods of exactly one owner. */
    private selected(selector: Fields, namespace: string | undefined, check: (pods: Pods) => string[]): string[] {
        const found = this.pods.filter((pods) => pods.namespace === namespace && selects(selector, pods.labels));
        const [pods] = found;
        return pods === undefined || found.length > 1
            ? [`it finds the pods of ${found.map(({ owner }) => owner).join(" and ") || "nobody"}`]
            : check(pods);
    }

    private unknownPorts(wanted: readonly unknown[], ports: readonly Fields[], owner: string): string[] {
        return wanted
            .filter((port) => !ports.some(({ name }) => name === port))
            .map((port) => `port ${String(port)} is none of ${owner}`);
    }

    /** Ports that Prometheus asks for must be there, and a policy must let it in, from the namespace where it runs. */
    private unscrapable(endpoints: readonly Fields[], pods: Pods): string[] {
        const names = endpoints.map(({ port }) => port);
        const closed = portsOf(pods)
            .filter(({ name, containerPort }) => names.includes(name) && !this.admitsMonitoring(pods, containerPort))
            .map(({ name }) => `no policy lets Prometheus to port ${String(name)} of ${pods.owner}`);
        return [...this.unknownPorts(names, portsOf(pods), pods.owner), ...closed];
    }

    private admitsMonitoring({ namespace, labels }: Pods, port: unknown): boolean {
        const monitoring = { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } };
        return this.manifests
            .filter(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.namespace === namespace)
            .map(specOf)
            .filter((spec) => selects(fields(fields(spec["podSelector"])["matchLabels"]), labels))
            .flatMap((spec) => list(spec["ingress"]))
            .some(
                ({ from, ports }) =>
                    list(from).some(
                        ({ namespaceSelector }) => JSON.stringify(namespaceSelector) === JSON.stringify(monitoring),
                    ) && list(ports).some((one) => one["port"] === port),
            );
    }
}

describe.each(programs)("the manifests of $title", (program) => {
    it("name only what is there, and find the pods that they mean", async () => {
        expect(new Objects(await programManifests(program)).dangling).toEqual([]);
    }, 120_000);
});

describe("a manifest that names what is not there", () => {
    let manifests: Manifest[];

    beforeAll(async () => {
        const [program] = programs;
        manifests = program === undefined ? [] : await programManifests(program);
    }, 120_000);

    const firstPort = (spec: Fields): Fields =>
        list(list(fields(fields(spec["template"])["spec"])["containers"])[0]?.["ports"]).find(
            ({ name }) => name === "metrics",
        ) ?? {};

    it.each<[string, string, RegExp, (spec: Fields, manifest: Fields) => void, string]>([
        [
            "an environment under another name",
            "ConfigMap",
            /^web-[0-9a-f]+$/,
            (_, { metadata }) => (fields(metadata)["name"] = "other"),
            "Deployment web: ConfigMap web-",
        ],
        [
            "a secret that is fetched under another name",
            "SecretProviderClass",
            /^web-/,
            (spec) => (fields(list(spec["secretObjects"])[0])["secretName"] = "other"),
            "Deployment web: nobody makes the secret web-",
        ],
        [
            "an autoscaler of nobody",
            "HorizontalPodAutoscaler",
            /^web$/,
            (spec) => (fields(spec["scaleTargetRef"])["name"] = "wbe"),
            "HorizontalPodAutoscaler web: Deployment wbe is not there",
        ],
        [
            "a target group that is bound to another port",
            "TargetGroupBinding",
            /^web$/,
            (spec) => (fields(spec["serviceRef"])["port"] = 1),
            "TargetGroupBinding web: port 1 is none of Service web",
        ],
        [
            "a port of metrics that is called otherwise",
            "Deployment",
            /^worker$/,
            (spec) => (firstPort(spec)["name"] = "metric"),
            "PodMonitor worker: port metrics is none of Deployment worker",
        ],
        [
            "a port of metrics that no policy opens",
            "Deployment",
            /^worker$/,
            (spec) => (firstPort(spec)["containerPort"] = 1),
            "PodMonitor worker: no policy lets Prometheus to port metrics of Deployment worker",
        ],
        [
            "a port of the collector that its Service lacks",
            "ServiceMonitor",
            /telemetry$/,
            (spec) => (fields(list(spec["endpoints"])[0])["port"] = "metric"),
            "port metric is none of Service compute-telemetry",
        ],
        [
            "a budget for pods of nobody",
            "PodDisruptionBudget",
            /^worker$/,
            (spec) => (fields(spec["selector"])["matchLabels"] = { "app.kubernetes.io/name": "other" }),
            "PodDisruptionBudget worker: it finds the pods of nobody",
        ],
    ])("is found out: %s", (_, kind, name, change, problem) => {
        const copy = structuredClone(manifests);
        const manifest = copy.find((one) => one.kind === kind && name.test(String(one.metadata.name)));
        expect(manifest).toBeDefined();
        change(fields(manifest?.["spec"]), fields(manifest));
        expect(new Objects(copy).dangling.join("\n")).toContain(problem);
    });
});
