import fc from "fast-check";
import { judge, type Observation, type ReplicaHealth, UNKNOWN } from "../../../app/src/database/replica-health";

const MAX = 5;

function after(...seen: Observation[]): ReplicaHealth {
    return seen.reduce((health, observation) => judge(health, observation, MAX), UNKNOWN);
}

const lag = (lagSeconds: number): Observation => ({ answers: true, lagSeconds });
const down: Observation = { answers: false };

const observation: fc.Arbitrary<Observation> = fc.oneof(
    fc.constant(down),
    fc.option(fc.double({ min: 0, max: 3 * MAX, noNaN: true }), { nil: undefined }).map((lagSeconds) => ({
        answers: true as const,
        lagSeconds,
    })),
);

describe("the health of a replica", () => {
    it.each([
        ["is in use when it is well at the first look", [lag(0)], "in use"],
        ["is out at the first look when it lags", [lag(MAX + 1)], "lagging"],
        ["stays in use at the limit", [lag(0), lag(MAX)], "in use"],
        ["is out beyond the limit", [lag(0), lag(MAX + 0.1)], "lagging"],
        ["is not back after one good look", [lag(0), lag(9), lag(0)], "lagging"],
        ["is back after two good looks", [lag(0), lag(9), lag(0), lag(0)], "in use"],
        ["is not back while it is near the limit", [lag(0), lag(9), lag(4), lag(4), lag(4)], "lagging"],
        ["is not back when the good looks are not in a row", [lag(0), lag(9), lag(0), lag(4), lag(0)], "lagging"],
        ["is out at once when it does not answer", [lag(0), down], "down"],
        ["is back after two good looks when it was down", [down, lag(0), lag(0)], "in use"],
        ["is lagging when it comes back from the dead far behind", [lag(0), down, lag(60)], "lagging"],
        [
            "is used on while the writer is away and its lag is unknown",
            [lag(0), { answers: true, lagSeconds: undefined }],
            "in use",
        ],
    ] as const)("%s", (_, seen, state) => {
        expect(after(...seen).state).toBe(state);
    });

    it("is never in use after a look that found it down or beyond the limit", () => {
        fc.assert(
            fc.property(fc.array(observation), observation, (seen, last) => {
                const bad = !last.answers || (last.lagSeconds ?? 0) > MAX;
                expect(bad && after(...seen, last).state === "in use").toBe(false);
            }),
        );
    });

    it("is in use after two looks in a row that found it well, whatever was before", () => {
        fc.assert(
            fc.property(fc.array(observation), (seen) => {
                expect(after(...seen, lag(0), lag(0)).state).toBe("in use");
            }),
        );
    });
});
