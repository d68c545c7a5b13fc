import { stringify } from "yaml";
import { ExistingCluster, ExistingClusterArgs } from "../../components/kubernetes/existing-cluster";
import { holdsCredentials, kubeconfigProblems } from "../../components/kubernetes/kubeconfig";
import { record } from "./harness";

interface Parts {
    cluster?: Record<string, unknown>;
    user?: Record<string, unknown>;
    more?: Record<string, unknown>;
}

const secret = "a-token-that-nobody-may-see";

const config = ({ cluster, user, more }: Parts = {}) => ({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "shop",
    contexts: [{ name: "shop", context: { cluster: "shop", user: "deployer" } }],
    clusters: [{ name: "shop", cluster: cluster ?? { server: "https://10.0.0.1:6443" } }],
    users: [{ name: "deployer", user: user ?? { token: secret } }],
    ...more,
});

describe("a kubeconfig", () => {
    it.each([
        ["YAML", stringify(config())],
        ["JSON", JSON.stringify(config())],
        [
            "with a client's certificate",
            stringify(config({ user: { "client-certificate-data": "eA==", "client-key-data": "eA==" } })),
        ],
        ["with a command", stringify(config({ user: { exec: { command: "aws", args: [] } } }))],
    ])("in %s is one", (_what, content) => {
        expect(kubeconfigProblems(content)).toEqual([]);
    });

    it.each([
        ["~/.kube/config", /a path to a file/],
        ["a: [", /neither YAML nor JSON/],
        ["", /no object/],
        [stringify(config({ more: { "current-context": undefined } })), /current-context is missing/],
        [stringify(config({ more: { "current-context": "other" } })), /names no entry of contexts/],
        [stringify(config({ more: { clusters: [] } })), /no entry of clusters/],
        [stringify(config({ more: { users: "none" } })), /no entry of users/],
        [stringify(config({ cluster: { server: "http://10.0.0.1" } })), /no https address/],
        [stringify(config({ cluster: {} })), /no https address/],
        [
            stringify(config({ cluster: { server: "https://x", "insecure-skip-tls-verify": true } })),
            /anybody in between/,
        ],
        [
            stringify(config({ cluster: { server: "https://x", "certificate-authority": "/ca" } })),
            /certificate-authority-data/,
        ],
        [stringify(config({ user: { "client-certificate": "/a", "client-key": "/b" } })), /client-key-data/],
        [stringify(config({ user: { tokenFile: "/var/run/token" } })), /write token/],
        [stringify(config({ user: {} })), /neither a token/],
    ])("is refused where it is %j", (content, reason) => {
        expect(kubeconfigProblems(content).join("; ")).toMatch(reason);
        expect(kubeconfigProblems(content).join("; ")).not.toContain(secret);
    });

    it("holds credentials where a user has them, and none where a command fetches them", () => {
        expect(holdsCredentials(stringify(config()))).toBe(true);
        expect(holdsCredentials(stringify(config({ user: { exec: { command: "aws" } } })))).toBe(false);
        expect(holdsCredentials("~/.kube/config")).toBe(false);
    });
});

describe("a cluster that is there already", () => {
    const args: ExistingClusterArgs = {
        kubeconfig: stringify(config()),
        clusterName: "platform-1",
        nodeSecurityGroupId: "sg-0123456789abcdef0",
        autoMode: true,
        largestNode: { cpu: 16, memory: 65_536 },
    };
    const make = (more: Partial<ExistingClusterArgs> = {}) => new ExistingCluster("cluster", { ...args, ...more });

    it("is known by its name, so that new credentials replace nothing in it", async () => {
        const registered = await record(() => make());
        expect(registered.one("pulumi:providers:kubernetes").inputs).toMatchObject({ clusterIdentifier: "platform-1" });
    });

    it("makes nothing but the way to it", async () => {
        const registered = await record(() => make());
        expect(registered.resources.filter(({ component }) => !component).map(({ type }) => type)).toEqual([
            "pulumi:providers:kubernetes",
        ]);
    });

    it("moves targets by what it has, and vouches for pods by what it has", async () => {
        await record(() => {
            expect(make().targetGroupBindings).toBe("eks.amazonaws.com/v1");
            expect(make({ autoMode: false }).targetGroupBindings).toBe("elbv2.k8s.aws/v1beta1");
            expect(make().identity).toEqual({ kind: "pod-identity" });
        });
        await record(() => {
            const oidcProviderArn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/AB";
            expect(make({ oidcProviderArn }).identity).toEqual({
                kind: "oidc",
                providerArn: oidcProviderArn,
                issuer: "oidc.eks.eu-central-1.amazonaws.com/id/AB",
            });
        });
    });

    it("is refused with a kubeconfig that is none, without a word of what is in it", async () => {
        const registered = await record(() => {
            let message = "";
            try {
                make({
                    kubeconfig: stringify(config({ cluster: { server: `http://${secret}` } })),
                    serviceCidr: "8.8.8.0/24",
                });
            } catch (error) {
                message = (error as Error).message;
            }
            expect(message).toContain("- kubeconfig is ");
            expect(message).toContain("- serviceCidr is ");
            expect(message).not.toContain(secret);
        });
        expect(registered.resources.filter(({ component }) => !component)).toEqual([]);
    });
});
