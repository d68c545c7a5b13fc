import { parseArguments } from "../../bench/lib/arguments";

test("without arguments all parts are measured five times, at 10, 50 and 100 services", () => {
    expect(parseArguments([])).toEqual({
        short: false,
        runs: 5,
        parts: ["comparison", "scale", "packs"],
        services: [10, 50, 100],
        help: false,
    });
});

test("the short variant runs each program once, with few services", () => {
    expect(parseArguments(["--short"])).toMatchObject({ short: true, runs: 1, services: [2] });
});

test("one part can be asked for", () => {
    expect(parseArguments(["--only", "scale", "--services", "3,6"])).toMatchObject({
        parts: ["scale"],
        services: [3, 6],
    });
});

test("all mistakes are named at once", () => {
    const mistaken = () => parseArguments(["--runs", "0", "--only", "cdk", "--services", "10,many"]);

    expect(mistaken).toThrow(/--runs 0.*\n.*--only cdk.*\n.*--services 10,many/);
});
