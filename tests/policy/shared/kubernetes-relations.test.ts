import type { PolicyResource } from "@pulumi/policy";
import * as sdkProxy from "@pulumi/policy/proxy";
import * as fc from "fast-check";
import { ResourceGraph } from "../../../policies/shared/graph";
import { Recorder } from "../../../policies/shared/recorder";
import { evictable, forbidsAll, type Demand } from "../../../policies/shared/relations/kubernetes-budgets";
import { sameNamespace } from "../../../policies/shared/relations/kubernetes-names";
import { hasPodsOfOthers, podOwners, podsSelectedBy } from "../../../policies/shared/relations/kubernetes-pods";
import { every, selectorAt, selects } from "../../../policies/shared/relations/label-selector";
import { UNKNOWN, Values } from "../../../policies/shared/unknown";

const proxy = sdkProxy as unknown as {
    unknownCheckingProxy(value: object): Record<string, unknown>;
    unknownStringValue: string;
};

function graphOf(resources: readonly { readonly type: string; readonly props: object }[]): ResourceGraph {
    return new ResourceGraph(
        resources.map(
            ({ type, props }, index) =>
                ({
                    type,
                    name: `r${index}`,
                    urn: `urn:pulumi:dev::shop::${type}::r${index}`,
                    props: proxy.unknownCheckingProxy(props),
                    dependencies: [],
                    propertyDependencies: {},
                }) as unknown as PolicyResource,
        ),
        new Recorder(),
    );
}

const open = fc.constant(proxy.unknownStringValue);
const key = fc.constantFrom("app", "tier", "app.kubernetes.io/name");
const value = fc.constantFrom("web", "api", "");
const labels = fc.oneof(
    { weight: 9, arbitrary: fc.dictionary(key, fc.oneof({ weight: 5, arbitrary: value }, open), { maxKeys: 3 }) },
    { weight: 1, arbitrary: open },
);
const namespace = fc.oneof(fc.constantFrom("default", "apps"), open);
const deployment = fc.record({ labels, namespace }).map(({ labels: own, namespace: place }) => ({
    type: "kubernetes:apps/v1:Deployment",
    props: {
        metadata: { namespace: place },
        spec: { template: { metadata: { labels: own } } },
    },
}));
const selector = fc.record(
    {
        matchLabels: fc.dictionary(key, fc.oneof({ weight: 5, arbitrary: value }, open), { maxKeys: 2 }),
        matchExpressions: fc.array(
            fc.oneof(
                fc.record({
                    key,
                    operator: fc.constantFrom("In", "NotIn"),
                    values: fc.array(fc.oneof({ weight: 5, arbitrary: value }, open), { minLength: 1, maxLength: 2 }),
                }),
                fc.record({ key, operator: fc.constantFrom("Exists", "DoesNotExist") }),
            ),
            { maxLength: 2 },
        ),
    },
    { requiredKeys: [] },
);

test("what is selected is the same as if every pod were asked", () => {
    fc.assert(
        fc.property(fc.array(deployment, { maxLength: 12 }), selector, namespace, (deployments, given, place) => {
            const graph = graphOf(deployments);
            const parsed = selectorAt(new Values({ given }), "given");
            const where = place === proxy.unknownStringValue ? UNKNOWN : place;
            const answers = podOwners(graph).map((owner) => ({
                owner,
                answer: every([sameNamespace(owner.namespace, where), selects(parsed, owner.labels)]),
            }));
            const names = (list: readonly { readonly node: { readonly name: string } }[]): readonly string[] =>
                list.map(({ node }) => node.name).sort();
            const { sure, unsure } = podsSelectedBy(graph, parsed, where);
            const which = (expected: boolean | typeof UNKNOWN): readonly string[] =>
                names(answers.filter(({ answer }) => answer === expected).map(({ owner }) => owner));
            expect(names(sure)).toEqual(which(true));
            expect(names(unsure)).toEqual(which(UNKNOWN));
        }),
        { numRuns: 500 },
    );
});

const demand: fc.Arbitrary<Demand> = fc.record({
    property: fc.constantFrom("spec.maxUnavailable" as const, "spec.minAvailable" as const),
    amount: fc.oneof(
        fc.record({ value: fc.nat(50), percent: fc.constant(false) }),
        fc.record({ value: fc.nat(100), percent: fc.constant(true) }),
    ),
});

test("a budget lets no more be evicted than there are, and keeps what it demands", () => {
    fc.assert(
        fc.property(demand, fc.integer({ min: 1, max: 60 }), (given, pods) => {
            const allowed = evictable(given, pods);
            const { value: number, percent } = given.amount;
            expect(allowed).toBeGreaterThanOrEqual(0);
            expect(allowed).toBeLessThanOrEqual(pods);
            if (given.property === "spec.minAvailable" && allowed > 0) {
                expect((pods - allowed) * (percent ? 100 : 1)).toBeGreaterThanOrEqual(number * (percent ? pods : 1));
            }
        }),
    );
});

test("more pods never let fewer be evicted, so that the floor is what counts", () => {
    fc.assert(
        fc.property(demand, fc.integer({ min: 1, max: 60 }), (given, pods) => {
            expect(evictable(given, pods + 1)).toBeGreaterThanOrEqual(evictable(given, pods));
        }),
    );
});

test("a budget forbids all evictions exactly where no number of pods lets one be evicted", () => {
    fc.assert(
        fc.property(demand, (given) => {
            // With a thousand pods one may go wherever that depends on their number at all.
            expect(forbidsAll(given)).toBe(evictable(given, 1000) === 0);
        }),
    );
    expect(forbidsAll(undefined)).toBe(true);
    expect(evictable(undefined, 5)).toBe(0);
});

test.each([
    // The example of the Kubernetes documentation: half of seven pods is four that have to stay.
    ["spec.minAvailable", 50, 7, 3],
    ["spec.maxUnavailable", 50, 7, 4],
    ["spec.maxUnavailable", 1, 3, 1],
    ["spec.minAvailable", 99, 2, 0],
    ["spec.minAvailable", 29, 100, 71],
] as const)("%s of %i%% lets %i pods lose %i more", (property, percentage, pods, allowed) => {
    expect(evictable({ property, amount: { value: percentage, percent: true } }, pods)).toBe(allowed);
});

test.each([
    ["kubernetes:helm.sh/v3:Release", true],
    ["kubernetes:kafka.strimzi.io/v1beta2:Kafka", true],
    ["kubernetes:helm.sh/v3:Chart", false],
    ["kubernetes:helm.sh/v4:Chart", false],
    ["kubernetes:yaml/v2:ConfigGroup", false],
    ["kubernetes:yaml:ConfigFile", false],
    ["kubernetes:apps/v1:Deployment", false],
    ["kubernetes:networking.k8s.io/v1:Ingress", false],
    ["kubernetes:keda.sh/v1alpha1:ScaledObject", false],
    ["aws:eks/cluster:Cluster", false],
])("%s may make pods that are in no stack: %s", (type, expected) => {
    expect(hasPodsOfOthers(graphOf([{ type, props: {} }]))).toBe(expected);
});
