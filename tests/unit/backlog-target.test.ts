import * as fc from "fast-check";
import { backlogTarget } from "../../components/backlog-target";

describe("the backlog target", () => {
    it.each([
        // A task that works on 5 at a time for 2 s each does 75 in half a minute.
        [{ acceptableLatencySeconds: 30, processingSeconds: 2, concurrency: 5 }, 75],
        [{ acceptableLatencySeconds: 10, processingSeconds: 0.1, concurrency: 1 }, 100],
        // Seven seconds each: four fit into thirty, the fifth would be late.
        [{ acceptableLatencySeconds: 30, processingSeconds: 7, concurrency: 1 }, 4],
        // One message alone takes longer than the latency: a target below one could never be met.
        [{ acceptableLatencySeconds: 5, processingSeconds: 60, concurrency: 1 }, 1],
    ])("of %j is %i messages per task", (facts, target) => {
        expect(backlogTarget(facts)).toBe(target);
    });

    const facts = fc.record({
        acceptableLatencySeconds: fc.integer({ min: 1, max: 3_600 }),
        processingSeconds: fc.integer({ min: 1, max: 3_600 }),
        concurrency: fc.integer({ min: 1, max: 100 }),
    });

    it("lets a task that has no more than its target waiting keep the acceptable latency, where that is possible at all", () => {
        fc.assert(
            fc.property(facts, (f) => {
                const target = backlogTarget(f);
                const possible = f.processingSeconds <= f.acceptableLatencySeconds * f.concurrency;
                const secondsToWorkOff = (target * f.processingSeconds) / f.concurrency;
                return (
                    Number.isInteger(target) &&
                    target >= 1 &&
                    (!possible || secondsToWorkOff <= f.acceptableLatencySeconds)
                );
            }),
        );
    });

    it("never asks for more tasks when messages get quicker to process", () => {
        fc.assert(
            fc.property(facts, fc.integer({ min: 1, max: 100 }), (f, slower) => {
                const slow = { ...f, processingSeconds: f.processingSeconds + slower };
                return backlogTarget(slow) <= backlogTarget(f);
            }),
        );
    });
});
