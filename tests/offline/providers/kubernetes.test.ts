import { Secret, unknown, type ValueMap } from "../../../offline/providers/values";
import { StandIns, type Provider } from "./harness";

const deployment = "kubernetes:apps/v1:Deployment";
const service = "kubernetes:core/v1:Service";
const standIns = new StandIns();
let kubernetes: Provider;

beforeAll(async () => {
    await standIns.start();
    kubernetes = await standIns.provider("kubernetes");
});
afterAll(async () => {
    await standIns.dispose();
});

const web = (spec: ValueMap = {}): ValueMap => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    spec: {
        replicas: 3,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
        ...spec,
    },
});

test("A deployment gets a name with a suffix and becomes available with all its replicas", async () => {
    const { inputs, failures } = await kubernetes.check(deployment, "Web", web());
    expect(failures).toEqual([]);
    const { id, outputs } = await kubernetes.create(deployment, "Web", inputs);
    expect(id).toMatch(/^default\/web-[0-9a-f]{8}$/);
    expect(outputs["metadata"]).toMatchObject({
        namespace: "default",
        annotations: { "pulumi.com/autonamed": "true" },
    });
    expect(outputs["status"]).toMatchObject({ availableReplicas: 3 });
    const again = await kubernetes.check(deployment, "Web", web({ replicas: 4 }), inputs);
    expect(again.inputs["metadata"]).toEqual(inputs["metadata"]);
});

test("A preview leaves the status unknown and keeps the specification", async () => {
    const { inputs } = await kubernetes.check(deployment, "web", web());
    const { outputs } = await kubernetes.create(deployment, "web", inputs, true);
    expect(outputs["status"]).toBe(unknown);
    expect(outputs["spec"]).toEqual(inputs["spec"]);
});

test("Every mistake in a specification is found, however deep", async () => {
    const { failures } = await kubernetes.check(
        deployment,
        "web",
        web({
            replica: 2,
            template: { spec: { containers: [{ image: "nginx", ports: [{ containerPort: "http" }] }] } },
        }),
    );
    expect(failures.map((failure) => failure.property).sort()).toEqual([
        "spec.replica",
        "spec.template.spec.containers[0].name",
        "spec.template.spec.containers[0].ports[0].containerPort",
    ]);
});

test("A service gets an address, one with a load balancer a host name", async () => {
    const { outputs } = await kubernetes.create(service, "web", {
        metadata: { name: "web" },
        spec: { type: "LoadBalancer", ports: [{ port: 80, targetPort: "http" }] },
    });
    expect((outputs["spec"] as ValueMap)["clusterIP"]).toMatch(/^172\.20\./);
    expect(JSON.stringify(outputs["status"])).toMatch(/elb\.amazonaws\.com/);
});

test("A custom resource is accepted by its group and version, without a declaration", async () => {
    const type = "kubernetes:karpenter.sh/v1:NodePool";
    const inputs = {
        apiVersion: "karpenter.sh/v1",
        kind: "NodePool",
        metadata: { name: "default" },
        spec: { anything: [1] },
    };
    const checked = await kubernetes.check(type, "pool", inputs);
    expect(checked.failures).toEqual([]);
    const { id, outputs } = await kubernetes.create(type, "pool", checked.inputs);
    expect(id).toBe("default");
    expect(outputs["spec"]).toEqual({ anything: [1] });
});

test("The contents of a secret are not in the journal, and come back encoded and secret", async () => {
    const inputs = { apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { key: "hunter2" } };
    const { outputs } = await kubernetes.create("kubernetes:core/v1:Secret", "s", inputs);
    expect(outputs["data"]).toEqual(new Secret({ key: "aHVudGVyMg==" }));
    expect(standIns.journal()).not.toMatch(/hunter2|aHVudGVyMg/);
});

test("What the real provider builds from charts and files is refused, with what to do instead", async () => {
    const { failures } = await kubernetes.check("kubernetes:helm.sh/v4:Chart", "c", {});
    expect(failures[0]?.reason).toContain("cannot build kubernetes:helm.sh/v4:Chart");
    expect(failures[0]?.reason).toContain("kubernetes.yaml.ConfigFile");
    await expect(kubernetes.invoke("kubernetes:helm:template", { jsonOpts: "{}" })).rejects.toThrow("helm template");
});

test("Manifests are decoded for version 1 of ConfigFile and ConfigGroup", async () => {
    const text =
        "kind: ConfigMap\nmetadata: {name: a}\n---\nkind: List\nitems:\n- kind: Secret\n  metadata: {name: b, namespace: own}\n";
    const { result } = await kubernetes.invoke("kubernetes:yaml:decode", { text, defaultNamespace: "apps" });
    expect(result).toEqual([
        { kind: "ConfigMap", metadata: { name: "a", namespace: "apps" } },
        { kind: "Secret", metadata: { name: "b", namespace: "own" } },
    ]);
    await expect(kubernetes.invoke("kubernetes:yaml:decode", { text: "a: [" })).rejects.toThrow("not valid YAML");
});
