import fc from "fast-check";
import {
    acceptedConnections,
    connectionsFit,
    connectionsOfTasks,
    connectionsPerProcess,
    leastPerProcess,
    tasksThatFit,
} from "../../components/connection-budget";
import { connectionDemand, resolveSettings } from "../../components/settings";
import { StageName } from "../../components/settings-schema";

const gib = 1024 ** 3;
const classes = ["db.t4g.micro", "db.t4g.medium", "db.m7g.large", "db.r7g.xlarge", "db.r7g.4xlarge"];
const holders = fc.record({ maximum: fc.integer({ min: 1, max: 1_000 }), processes: fc.integer({ min: 1, max: 16 }) });
const demands = fc.record({ instanceClass: fc.constantFrom(...classes), web: holders, worker: holders });

describe("the connections that an instance accepts", () => {
    it("are RDS' formula with the memory that is left for it, and 5,000 at the most", () => {
        expect(acceptedConnections(1 * gib)).toBe(84);
        expect(acceptedConnections(8 * gib)).toBe(811);
        expect(acceptedConnections(32 * gib)).toBe(3_244);
        expect(acceptedConnections(128 * gib)).toBe(5_000);
    });
});

describe("the connections of a task", () => {
    it.each<[StageName, { web: number; worker: number }]>([
        ["start", { web: 10, worker: 10 }],
        // Two processes with seven each.
        ["grow", { web: 14, worker: 7 }],
        // Four processes with two each.
        ["scale", { web: 8, worker: 3 }],
        ["global", { web: 8, worker: 3 }],
    ])("in stage %s are %j, which fit with all tasks twice, during a deployment", (stage, expected) => {
        const { web, worker, database } = resolveSettings({
            project: "headroom",
            stack: "test",
            configuration: {
                "aws:region": "eu-central-1",
                "headroom:environment": "prod",
                "headroom:stage": stage,
                "headroom:domain": "shop.example.com",
                "headroom:image": JSON.stringify({ tag: "1" }),
                "headroom:monitoring": JSON.stringify({ emails: ["on-call@example.com"] }),
            },
            secretKeys: [],
        });
        const demand = connectionDemand({ web, worker, database });
        expect(connectionsOfTasks(database.connectionsPerProcess, demand)).toEqual(expected);
        expect((web.maximum * expected.web + worker.maximum * expected.worker) * 2).toBeLessThanOrEqual(4_980);
        expect(connectionsFit(database.connectionsPerProcess, demand)).toBe(true);
    });

    it("are as many as fit: one more for each process would be too many, or more than it has use for", () => {
        fc.assert(
            fc.property(demands, (demand) => {
                const each = connectionsPerProcess(demand);
                expect(each < leastPerProcess || connectionsFit(each, demand)).toBe(true);
                expect(each === 10 || !connectionsFit(each + 1, demand)).toBe(true);
            }),
        );
    });

    it.each(["web", "worker"] as const)("fit as many tasks of %s as is said, and not one more", (workload) => {
        fc.assert(
            fc.property(demands, (demand) => {
                const having = (maximum: number) => ({ ...demand, [workload]: { ...demand[workload], maximum } });
                fc.pre(connectionsFit(leastPerProcess, having(0)));
                const most = tasksThatFit(workload, demand, leastPerProcess);
                expect(connectionsFit(leastPerProcess, having(most))).toBe(true);
                expect(connectionsFit(leastPerProcess, having(most + 1))).toBe(false);
            }),
        );
    });

    it("are less than the least of a class that is not known", () => {
        const one = { maximum: 1, processes: 1 };
        const demand = { instanceClass: "db.odd.large", web: one, worker: one };
        expect(connectionsPerProcess(demand)).toBeLessThan(leastPerProcess);
    });
});
