import { HELP, parseArguments } from "../../../offline/cli/args";

const parsed = (line: string) => parseArguments(line.split(" "));

describe("the command line", () => {
    it("is read with every option", () => {
        const line =
            "up --cwd /x --stack dev --policy-pack a --policy-pack=b --policy-pack-config c --policy-pack-config d --config aws:region=eu-west-1 " +
            "--config web.minimum=6 --fixtures f.yaml --faults g.json --state-dir /s --json --verbose --skip-preview";
        expect(parsed(line)).toEqual({
            command: "up",
            cwd: "/x",
            stack: "dev",
            policyPacks: ["a", "b"],
            policyPackConfigs: ["c", "d"],
            config: { "aws:region": "eu-west-1", "web.minimum": 6 },
            fixtures: "f.yaml",
            faults: "g.json",
            stateDir: "/s",
            json: true,
            verbose: true,
            skipPreview: true,
        });
    });

    it("keeps what follows the first = of a setting", () => {
        expect(parsed("preview --stack s --config url=a=b")).toMatchObject({ config: { url: "a=b" } });
    });

    it("names all its mistakes at once", () => {
        const attempt = () => parsed("prevew --stak dev --json=1 --config a --policy-pack");
        for (const part of [
            '"prevew" is no command (did you mean preview?)',
            "--stak is no option (did you mean --stack?)",
            "--stack NAME is missing",
            "--json takes no value",
            "--config a: write KEY=VALUE",
            "--policy-pack needs a value",
        ])
            expect(attempt).toThrow(part);
    });

    it.each([
        ["preview --stack a --stack b", "--stack is given twice"],
        ["preview extra --stack a", '"extra" is one word too many'],
        ["--stack a", "a command is missing"],
        ["import --stack a", "import needs --file"],
        [
            "preview --stack a --policy-pack p --policy-pack-config c --policy-pack-config d",
            "given 2 times for 1 policy packs",
        ],
        ["preview --stack a --config a..b=1", "no configuration path"],
    ])("%s is refused", (line, message) => {
        expect(() => parsed(line)).toThrow(message);
    });

    it("explains every option it takes", () => {
        for (const option of [
            "--cwd",
            "--stack",
            "--policy-pack",
            "--policy-pack-config",
            "--config",
            "--fixtures",
            "--faults",
            "--state-dir",
            "--file",
            "--json",
            "--verbose",
            "--skip-preview",
        ])
            expect(HELP).toContain(option);
        expect(parsed("preview --help")).toBe("help");
    });
});
