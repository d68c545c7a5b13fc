import { freshEnvironment, programEnvironment, withoutProxy } from "../../../offline/runner/environment";

const foreign = {
    AWS_REGION: "mars-1",
    AWS_ACCESS_KEY_ID: "AKIA",
    aws_profile: "lower case counts too",
    PULUMI_CONFIG: "{}",
    PULUMI_CONFIG_PASSPHRASE: "other",
    KUBECONFIG: "/elsewhere",
    NODE_OPTIONS: "--inspect",
    NODE_PATH: "/elsewhere",
    HEADROOM_STANDIN: "x",
    PATH: "/bin",
    LANG: "C",
    CI: "true",
};

describe("the environment of a child", () => {
    it("holds none of the caller's variables that steer the engine", () => {
        expect(freshEnvironment(foreign, { PATH: "/ours" })).toEqual({ LANG: "C", PATH: "/ours" });
    });

    it("holds, for a program, the caller's variables less those that speak to a cloud, a cluster, Pulumi or node", () => {
        const { no_grpc_proxy: _, ...environment } = programEnvironment(foreign);
        expect(environment).toEqual({ PATH: "/bin", LANG: "C", CI: "true" });
    });

    it("keeps the caller's proxy for a program, but not on its way to the engine", () => {
        const given = { https_proxy: "http://proxy", no_proxy: "inside.example" };
        expect(programEnvironment(given)).toEqual({ ...given, no_grpc_proxy: "inside.example,127.0.0.1,localhost" });
        expect(withoutProxy({ no_grpc_proxy: "a", no_proxy: "b" }).no_grpc_proxy).toBe("a,127.0.0.1,localhost");
    });
});
