import fc from "fast-check";
import {
    acceptedConnections,
    connectionsFit,
    connectionsPerTask,
    leastPerTask,
    tasksThatFit,
} from "../../components/connection-budget";
import { stagePresets } from "../../components/stages";
import { StageName } from "../../components/settings-schema";

const gib = 1024 ** 3;
const classes = ["db.t4g.micro", "db.t4g.medium", "db.m7g.large", "db.r7g.xlarge", "db.r7g.4xlarge"];
const demands = fc.record({
    instanceClass: fc.constantFrom(...classes),
    maximumTasks: fc.integer({ min: 1, max: 3_000 }),
});

describe("the connections that an instance accepts", () => {
    it("are RDS' formula with the memory that is left for it, and 5,000 at the most", () => {
        expect(acceptedConnections(1 * gib)).toBe(84);
        expect(acceptedConnections(8 * gib)).toBe(811);
        expect(acceptedConnections(32 * gib)).toBe(3_244);
        expect(acceptedConnections(128 * gib)).toBe(5_000);
    });
});

describe("the connections of a task", () => {
    it.each<[StageName, number]>([
        ["start", 10],
        ["grow", 8],
        ["scale", 4],
        ["global", 3],
    ])("in stage %s are %i, which fit with all tasks twice, during a deployment", (stage, expected) => {
        const { web, worker, database } = stagePresets[stage];
        const demand = { instanceClass: database.instanceClass, maximumTasks: web.maximum + worker.maximum };
        expect(connectionsPerTask(demand)).toBe(expected);
        expect(connectionsFit(expected, demand)).toBe(true);
    });

    it("are as many as fit: one more for each would be too many, or more than a process has use for", () => {
        fc.assert(
            fc.property(demands, (demand) => {
                const each = connectionsPerTask(demand);
                expect(connectionsFit(each, demand)).toBe(true);
                expect(each === 10 || !connectionsFit(each + 1, demand)).toBe(true);
            }),
        );
    });

    it("fit as many tasks as is said, and not one more", () => {
        fc.assert(
            fc.property(demands, fc.integer({ min: leastPerTask, max: 50 }), (demand, each) => {
                const maximumTasks = tasksThatFit(each, demand);
                expect(connectionsFit(each, { ...demand, maximumTasks })).toBe(true);
                expect(connectionsFit(each, { ...demand, maximumTasks: maximumTasks + 1 })).toBe(false);
            }),
        );
    });

    it("are none of a class that is not known", () => {
        expect(connectionsPerTask({ instanceClass: "db.odd.large", maximumTasks: 1 })).toBe(0);
    });
});
