import { cleanUp, expectSuccess, newFolder, open, root } from "../engine/workplace";
import { Answer, ApiServer } from "./api-server/api-server";
import { customResourceDefinitions, Manifest } from "./manifest-schemas";
import { manifestsOf } from "./manifests";
import { programManifests, programs } from "./wide-manifests";

/**
 * What only a real API server can say: rules between fields, rules in CEL, Pod Security, quotas, evictions. `make test-apiserver`
 * builds one and says by this variable where it is; without it, these tests are left out.
 */
const binaries = process.env["HEADROOM_API_SERVER"];
const describeServer = binaries === undefined ? describe.skip : describe;

type Fields = Record<string, unknown>;
const fields = (value: unknown): Fields => (value ?? {}) as Fields;
const items = (answer: Answer): Fields[] => answer.body["items"] as Fields[];

/** A deep copy, changed. */
function changed(
    manifest: Manifest,
    change: (copy: { metadata: Fields; spec: Fields; data: Fields }) => void,
): Manifest {
    const copy = structuredClone(manifest) as Manifest & { metadata: Fields; spec: Fields; data: Fields };
    change(copy);
    return copy;
}

/** Asks until it is so, for a minute at the most. */
async function eventually<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
    for (let attempt = 0; attempt < 300; attempt++) {
        const value = await ask();
        if (isSo(value)) {
            return value;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
    }
    throw new Error("it never came to be");
}

const names = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** A server that knows every custom resource, and how it is spoken to. */
class Cluster {
    /** Where a kind lies, by API version: `Deployment` of `apps/v1` is `deployments`, in a namespace. */
    private readonly kinds = new Map<string, { readonly plural: string; readonly namespaced: boolean }>();

    private constructor(readonly server: ApiServer) {}

    static async start(): Promise<Cluster> {
        const cluster = new Cluster(await ApiServer.start({ binaries: binaries ?? "", controllers: true }));
        for (const definition of customResourceDefinitions) {
            expect((await cluster.server.call("POST", names, definition)).status).toBe(201);
        }
        for (const { metadata } of customResourceDefinitions) {
            await eventually(
                () => cluster.server.call("GET", `${names}/${metadata.name}`),
                ({ body }) => JSON.stringify(body["status"]).includes('"type":"Established"'),
            );
        }
        return cluster;
    }

    /** The address of an object's kind, as the server itself tells it. */
    private async pathOf({ apiVersion, kind, metadata }: Manifest): Promise<string> {
        const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
        const key = `${group} ${kind}`;
        if (!this.kinds.has(key)) {
            const { body } = await this.server.call("GET", group);
            for (const one of (body["resources"] ?? []) as { name: string; kind: string; namespaced: boolean }[]) {
                if (!one.name.includes("/")) {
                    this.kinds.set(`${group} ${one.kind}`, { plural: one.name, namespaced: one.namespaced });
                }
            }
        }
        const found = this.kinds.get(key);
        if (found === undefined) {
            throw new Error(`the API server knows no ${kind} of ${apiVersion}`);
        }
        const namespace = found.namespaced ? `/namespaces/${String(metadata.namespace)}` : "";
        return `${group}${namespace}/${found.plural}`;
    }

    /** Applies an object as Pulumi does: on the server, refusing what it does not know. */
    async apply(manifest: Manifest, dryRun = false): Promise<Answer> {
        const query = `fieldManager=headroom&force=true&fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
        const path = `${await this.pathOf(manifest)}/${String(manifest.metadata.name)}`;
        return this.server.call("PATCH", `${path}?${query}`, manifest, "application/apply-patch+yaml");
    }

    /** Makes the namespaces that others, such as EKS and Helm, would have made. */
    async makeNamespaces(manifests: readonly Manifest[]): Promise<void> {
        for (const name of new Set(manifests.map(({ metadata }) => metadata.namespace))) {
            if (name !== undefined && (await this.server.call("GET", `/api/v1/namespaces/${name}`)).status === 404) {
                await this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
            }
        }
    }
}

/** What is wrong with an answer; an accepted object that comes with a warning is wrong as well. */
function complaint({ kind, metadata }: Manifest, { status, warnings, body }: Answer): string[] {
    const accepted = status === 200 || status === 201;
    return accepted && warnings.length === 0
        ? []
        : [
              `${kind} ${String(metadata.name)}: ${String(status)} ${warnings.join(" ")} ${accepted ? "" : String(body["message"])}`,
          ];
}

const rank = ({ kind }: Manifest): number => ["Namespace", "LimitRange", "ResourceQuota"].indexOf(kind) + 1 || 9;

/** Namespaces come before what is in them, and quotas before what they count. */
const inOrder = (manifests: readonly Manifest[]): Manifest[] => [...manifests].sort((a, b) => rank(a) - rank(b));

describeServer("a real API server", () => {
    let cluster: Cluster;
    let manifests: Manifest[];
    let namespace: string;

    const one = (kind: string, name: string): Manifest => {
        const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
        if (found === undefined) {
            throw new Error(`dev-k8s has no ${kind} ${name}`);
        }
        return found;
    };
    const call = (method: string, path: string, body?: unknown, type?: string) =>
        cluster.server.call(method, path, body, type);
    const pods = () => `/api/v1/namespaces/${namespace}/pods`;
    const podsOf = async (name: string): Promise<Fields[]> =>
        items(await call("GET", `${pods()}?labelSelector=app.kubernetes.io%2Fname%3D${name}`));
    const podOf = (deployment: string): Manifest => {
        const template = fields(fields(one("Deployment", deployment)["spec"])["template"]);
        const metadata = { ...fields(template["metadata"]), name: "by-hand", namespace, labels: {} };
        return { apiVersion: "v1", kind: "Pod", metadata, spec: template["spec"] };
    };

    beforeAll(async () => {
        const stack = await open({ cwd: root, stack: "dev-k8s", stateDir: newFolder() });
        expectSuccess(await stack.up());
        manifests = inOrder(manifestsOf((await stack.exportState()).deployment.resources ?? []));
        namespace = String(one("Deployment", "web").metadata.namespace);
        cluster = await Cluster.start();
    }, 600_000);

    afterAll(async () => {
        await (cluster as Cluster | undefined)?.server.stop();
        await cleanUp();
    }, 60_000);

    it.each(programs)(
        "accepts every manifest of $title",
        async (program) => {
            // Nothing is kept of these: what they would be in is made for real.
            const all = inOrder(await programManifests(program));
            const made = new Set(all.filter(({ kind }) => kind === "Namespace").map(({ metadata }) => metadata.name));
            const others = all.filter(({ metadata }) => !made.has(metadata.namespace));
            await cluster.makeNamespaces(others);
            for (const namespaced of all.filter(({ kind }) => kind === "Namespace")) {
                expect(complaint(namespaced, await cluster.apply(namespaced))).toEqual([]);
            }
            const complaints: string[] = [];
            for (const manifest of all) {
                complaints.push(...complaint(manifest, await cluster.apply(manifest, true)));
            }
            expect(complaints).toEqual([]);
        },
        300_000,
    );

    it("takes every manifest of dev-k8s, and changes nothing when it gets them again", async () => {
        await cluster.makeNamespaces(manifests.filter(({ metadata }) => metadata.namespace !== namespace));
        const versions: unknown[][] = [[], []];
        for (const round of versions) {
            for (const manifest of manifests) {
                const answer = await cluster.apply(manifest);
                expect(complaint(manifest, answer)).toEqual([]);
                // What controllers write in the meantime is no change of ours.
                const { name } = manifest.metadata;
                round.push([manifest.kind, name, fields(answer.body["metadata"])["generation"]]);
            }
        }
        expect(versions[1]).toEqual(versions[0]);
    }, 300_000);

    it.each<[string, string, string, (copy: { metadata: Fields; spec: Fields; data: Fields }) => void, string]>([
        ["a field that does not exist", "Deployment", "web", ({ spec }) => (spec["replica"] = 3), "field not declared"],
        [
            "a selector that finds other pods",
            "Deployment",
            "web",
            ({ spec }) => (spec["selector"] = { matchLabels: { app: "other" } }),
            "`selector` does not match template `labels`",
        ],
        [
            "a budget of two kinds",
            "PodDisruptionBudget",
            "web",
            ({ spec }) => (spec["minAvailable"] = 1),
            "cannot be both set",
        ],
        [
            "a range upside down",
            "HorizontalPodAutoscaler",
            "web",
            ({ spec }) => (spec["minReplicas"] = 999),
            "must be greater than or equal to `minReplicas`",
        ],
        [
            "an unknown field of a custom resource",
            "ScaledObject",
            "worker",
            ({ spec }) => (spec["minReplicas"] = 1),
            "field not declared",
        ],
    ])("refuses %s", async (_, kind, name, change, problem) => {
        const answer = await cluster.apply(changed(one(kind, name), change), true);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.body["message"]).toContain(problem);
    });

    it("refuses another content of a ConfigMap under the same name", async () => {
        const map = manifests.find(
            ({ kind, metadata, immutable }) =>
                kind === "ConfigMap" && immutable === true && String(metadata.name).startsWith("web-"),
        );
        if (map === undefined) {
            throw new Error("dev-k8s has no ConfigMap of web");
        }
        const answer = await cluster.apply(
            changed(map, ({ data }) => (data["PORT"] = "1")),
            true,
        );
        expect(answer.body["message"]).toContain("immutable");
    });

    it.each(["web", "worker"])("admits a pod of %s, to which Pod Security has nothing to say", async (name) => {
        const answer = await call("POST", `${pods()}?dryRun=All`, podOf(name));
        expect(complaint(podOf(name), answer)).toEqual([]);
    });

    it.each<[string, (pod: Fields, container: Fields) => void]>([
        ["is root", (pod) => (pod["securityContext"] = { ...fields(pod["securityContext"]), runAsUser: 0 })],
        ["may gain rights", (_, container) => delete container["securityContext"]],
        ["sees its node's network", (pod) => (pod["hostNetwork"] = true)],
        [
            "mounts its node's disk",
            (pod) => (pod["volumes"] = [...(pod["volumes"] as Fields[]), { name: "disk", hostPath: { path: "/" } }]),
        ],
    ])("refuses a pod that %s", async (_, change) => {
        const pod = changed(podOf("web"), ({ spec }) => {
            change(spec, (spec["containers"] as Fields[])[0] ?? {});
        });
        const answer = await call("POST", `${pods()}?dryRun=All`, pod);
        expect(answer.status).toBe(403);
        expect(answer.body["message"]).toContain('violates PodSecurity "restricted:');
    });

    describe("with the controllers of Kubernetes", () => {
        it("makes as many pods as the workloads have at the most, and the quota has room for them", async () => {
            for (const [name, kind, key] of [
                ["web", "HorizontalPodAutoscaler", "maxReplicas"],
                ["worker", "ScaledObject", "maxReplicaCount"],
            ] as const) {
                const maximum = Number(fields(one(kind, name)["spec"])[key]);
                const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
                // With what a rolling update adds.
                const replicas = Math.ceil(maximum * 1.25);
                await call("PATCH", path, { spec: { replicas } }, "application/merge-patch+json");
                await expect(
                    eventually(
                        () => podsOf(name),
                        (found) => found.length === replicas,
                    ),
                ).resolves.toHaveLength(replicas);
            }
        }, 120_000);

        it("leaves the number of pods to what scales them when the same is applied again", async () => {
            const before = (await podsOf("web")).length;
            const answer = await cluster.apply(one("Deployment", "web"));
            expect(fields(answer.body["spec"])["replicas"]).toBe(before);
        });

        it("refuses what is beyond the quota", async () => {
            const greedy = changed(podOf("web"), ({ spec }) => {
                const [container] = spec["containers"] as Fields[];
                fields(container)["resources"] = {
                    requests: { cpu: "1", memory: "900Gi", "ephemeral-storage": "1Gi" },
                    limits: { memory: "900Gi", "ephemeral-storage": "1Gi" },
                };
            });
            const answer = await call("POST", `${pods()}?dryRun=All`, greedy);
            expect(answer.status).toBe(403);
            expect(answer.body["message"]).toMatch(/exceeded quota|maximum memory usage/);
        });

        it("drains a node: one pod of each workload may go, and no second one before there is another", async () => {
            const budget = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`;
            const all = await podsOf("web");
            // There is no node and no kubelet: we say ourselves that the pods are ready.
            const ready = ["Ready", "ContainersReady"].map((type) => ({ type, status: "True" }));
            const status = { status: { phase: "Running", conditions: ready } };
            const name = (pod: Fields | undefined) => String(fields(pod?.["metadata"])["name"]);
            for (const pod of all) {
                const type = "application/strategic-merge-patch+json";
                await call("PATCH", `${pods()}/${name(pod)}/status`, status, type);
            }
            const allowed = async () =>
                Number(fields((await call("GET", budget)).body["status"])["disruptionsAllowed"]);
            await expect(eventually(allowed, (count) => count > 0)).resolves.toBe(1);

            const evict = (pod: Fields | undefined) =>
                call("POST", `${pods()}/${name(pod)}/eviction`, {
                    apiVersion: "policy/v1",
                    kind: "Eviction",
                    metadata: { name: name(pod) },
                });
            expect((await evict(all[0])).status).toBe(201);
            expect((await evict(all[1])).status).toBe(429);
        }, 120_000);
    });
});
