import { alternate } from "../../bench/lib/alternate";

test("the programs take turns, and warm-ups are not counted", async () => {
    const order: string[] = [];
    let time = 0;
    const run = (name: string) => () => {
        order.push(name);
        return Promise.resolve(++time);
    };

    const values = await alternate({ a: run("a"), b: run("b") }, { runs: 2 });

    expect(order.join(" ")).toBe("a b a b a b");
    expect(values).toEqual({ a: [3, 5], b: [4, 6] });
});

test("a program that fails ends the measurement", async () => {
    const run = alternate({ a: () => Promise.reject(new Error("a failed")) }, { runs: 1 });

    await expect(run).rejects.toThrow("a failed");
});

test("each run is told with its round, from 0 for the warm-up", async () => {
    const rounds: number[] = [];

    await alternate({ a: () => Promise.resolve(0) }, { runs: 2, onRun: (_name, round) => rounds.push(round) });

    expect(rounds).toEqual([0, 1, 2]);
});
