import { freshEnvironment, programEnvironment } from "../../../offline/runner/environment";

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
        expect(programEnvironment(foreign)).toEqual({ PATH: "/bin", LANG: "C", CI: "true" });
    });
});
