import * as kubernetes from "@pulumi/kubernetes";
import { combineBindings, ServiceBinding } from "../../components/binding";
import { KubernetesPods } from "../../components/kubernetes/kubernetes-pods";
import { StateResource } from "../../offline/runner/types";
import { cacheBinding, serviceArgs } from "../unit/ecs-facts";
import { createTarget } from "../unit/kubernetes-facts";
import { InlineStack } from "./inline-program";
import { expectSuccess } from "./workplace";

const stack = new InlineStack();
afterAll(() => {
    stack.remove();
});

/** A workload with one variable and one more secret, of a version. */
function program(version: string): kubernetes.apps.v1.Deployment {
    const target = createTarget();
    const more: ServiceBinding = {
        name: "more",
        environment: { VERSION: version },
        secrets: [{ variable: `SECRET_${version}`, secretArn: "arn:secret", keyArn: "arn:key" }],
        connections: [],
        permissions: [],
    };
    const pods = new KubernetesPods("web", {
        target,
        role: "worker",
        workload: serviceArgs,
        binding: combineBindings([cacheBinding, more]),
        startSeconds: 60,
        stopDelaySeconds: 0,
    });
    return new kubernetes.apps.v1.Deployment(
        "web",
        {
            metadata: { name: "web", namespace: target.namespace },
            spec: { selector: { matchLabels: { ...pods.selector } }, template: pods.template },
        },
        { provider: target.cluster.provider, dependsOn: [...pods.ready] },
    );
}

/** The same, whose update fails when all is made and nothing is deleted yet. */
function failing(version: string): void {
    const deployment = program(version);
    const wrong = { metadata: { name: "last" }, spec: { replica: 1 } } as unknown as kubernetes.apps.v1.DeploymentArgs;
    new kubernetes.apps.v1.Deployment("last", wrong, { dependsOn: [deployment] });
}

const kinds = {
    environment: "kubernetes:core/v1:ConfigMap",
    secrets: "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
} as const;

interface PodSpec {
    readonly containers: [{ readonly envFrom: [{ readonly configMapRef: { readonly name: string } }] }];
    readonly volumes: readonly {
        readonly csi?: { readonly volumeAttributes: { readonly secretProviderClass: string } };
    }[];
}

/** The names of the objects that the Deployment refers to, each of which must be there. */
async function names(): Promise<{ readonly environment: string; readonly secrets: string; readonly waiting: number }> {
    const resources = await stack.resources();
    const nameOf = (resource: StateResource) => (resource.inputs?.["metadata"] as { name: string }).name;
    const there = (type: string) => resources.filter((one) => one.type === type && one.delete !== true).map(nameOf);
    const deployment = resources.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
    const { containers, volumes } = (deployment?.inputs?.["spec"] as { template: { spec: PodSpec } }).template.spec;
    const environment = containers[0].envFrom[0].configMapRef.name;
    const secrets = volumes.flatMap(({ csi }) => csi?.volumeAttributes.secretProviderClass ?? [])[0] ?? "";
    expect(there(kinds.environment)).toEqual([environment]);
    expect(there(kinds.secrets)).toEqual([secrets]);
    return { environment, secrets, waiting: resources.filter((one) => one.delete === true).length };
}

it("never gives a name twice to what pods refer to, not even when a change is taken back whose update had failed", async () => {
    expectSuccess(await stack.up(() => void program("A")));
    const first = await names();
    await expect(stack.planned(() => void program("A"))).resolves.toEqual([]);

    const failed = await stack.up(() => {
        failing("B");
    });
    expect(failed.diagnostics.map(({ message }) => message).join()).toContain("replica");
    const second = await names();
    // Those of the first version are used by the pods that still run.
    expect(second.waiting).toBe(2);

    const back = await stack.up(() => void program("A"));
    expectSuccess(back);
    const third = await names();
    expect(third.waiting).toBe(0);
    expect(new Set([first, second, third].map(({ environment }) => environment)).size).toBe(3);
    expect(new Set([first, second, third].map(({ secrets }) => secrets)).size).toBe(3);
    expect(back.steps.filter(({ op, type }) => op !== "update" && type.endsWith(":Deployment"))).toEqual([]);
}, 180_000);
