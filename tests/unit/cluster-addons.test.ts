import { currentAccount } from "../../components/account";
import { Component } from "../../components/component";
import { ClusterAddons } from "../../components/kubernetes/cluster-addons";
import { record } from "./harness";

class Program extends Component {
    constructor() {
        super("Program", "program", {});
    }
}

it.each([true, false])(
    "has secrets brought to pods in their own name, and kept as Secrets (Auto Mode: %s)",
    async (autoMode) => {
        const registered = await record(
            () =>
                new ClusterAddons("cluster", {
                    clusterName: "shop",
                    account: currentAccount(new Program()),
                    key: { arn: "arn:key" },
                    version: "1.36",
                    autoMode,
                    nodes: () => [],
                }),
        );
        const { configurationValues } = registered.one(
            "aws:eks/addon:Addon",
            "cluster-aws-secrets-store-csi-driver-provider",
        ).inputs;
        expect(JSON.parse(String(configurationValues))).toEqual({
            "secrets-store-csi-driver": {
                syncSecret: { enabled: true },
                enableSecretRotation: true,
                rotationPollInterval: "2m",
                // The driver asks for tokens of the pods, with which the provider takes their roles.
                tokenRequests: [{ audience: "sts.amazonaws.com" }, { audience: "pods.eks.amazonaws.com" }],
            },
        });
    },
);
