/**
 * How many database connections a process may keep, so that all of them together stay below what the database accepts. Nothing
 * here knows Pulumi.
 */
import { instanceClass, nominalMaxConnections } from "./database-sizing";

/** The most tasks of a workload that scaling allows, and the processes that each of them runs: every one has its own pools. */
export interface PoolHolders {
    readonly maximum: number;
    readonly processes: number;
}

/** What decides on the number. */
export interface ConnectionDemand {
    /** RDS instance class of primary and replicas, such as `db.r7g.xlarge`. */
    readonly instanceClass: string;
    readonly web: PoolHolders;
    readonly worker: PoolHolders;
}

/** The connections of one task to each instance. */
export interface TaskConnections {
    readonly web: number;
    readonly worker: number;
}

/**
 * A deployment starts all new tasks beside the old ones (`deploymentMaximumPercent` 200), so that for minutes there are twice
 * as many.
 */
const deploymentFactor = 2;

/** For migrations, people, RDS' own processes and PostgreSQL's `superuser_reserved_connections` (3). */
const reserved = 20;

/** More than ten waiting statements of one process do not make a database of a few CPUs faster. */
const mostPerProcess = 10;

/** One that watches the server, one for everything else. A worker has a third, which the outbox keeps while it sends. */
export const leastPerProcess = 2;
const leastPerWorkerProcess = 3;

const gib = 1024 ** 3;

/**
 * The connections that a class accepts: RDS' formula with what is left of the nominal memory after the operating system and
 * RDS' own processes, nine tenths of it, three quarters on the smallest. At most 5,000 by RDS' default.
 */
export function acceptedConnections(memoryBytes: number): number {
    return nominalMaxConnections(memoryBytes * (memoryBytes < 4 * gib ? 0.75 : 0.9));
}

/** What all tasks together may open to one instance; 0 for a class that is not known. */
function budget(demand: ConnectionDemand): number {
    const found = instanceClass(demand.instanceClass);
    return found === undefined ? 0 : acceptedConnections(found.memoryBytes) - reserved;
}

/** What tasks keep whose processes keep so many each. */
export function connectionsOfTasks(
    perProcess: number,
    { web, worker }: Pick<ConnectionDemand, "web" | "worker">,
): TaskConnections {
    return {
        web: Math.max(leastPerProcess, perProcess) * web.processes,
        worker: Math.max(leastPerWorkerProcess, perProcess) * worker.processes,
    };
}

/** What is open while a deployment runs at the maximum of tasks. */
function openAtMost(perProcess: number, demand: ConnectionDemand): number {
    const each = connectionsOfTasks(perProcess, demand);
    return (demand.web.maximum * each.web + demand.worker.maximum * each.worker) * deploymentFactor;
}

/**
 * The most connections that each process may keep to each instance: it has one pool for the primary and one for each replica,
 * so what fits one instance fits all.
 *
 * @returns less than `leastPerProcess` where there are too many tasks for the class
 */
export function connectionsPerProcess(demand: ConnectionDemand): number {
    let perProcess = mostPerProcess;
    while (perProcess >= leastPerProcess && !connectionsFit(perProcess, demand)) perProcess--;
    return perProcess;
}

/** Whether so many connections for each process fit, also during a deployment at the maximum of tasks. */
export function connectionsFit(perProcess: number, demand: ConnectionDemand): boolean {
    return openAtMost(perProcess, demand) <= budget(demand);
}

/** The most tasks of a workload that fit beside the maximum of the other one, if each process keeps so many. */
export function tasksThatFit(workload: "web" | "worker", demand: ConnectionDemand, perProcess: number): number {
    const without = { ...demand, [workload]: { ...demand[workload], maximum: 0 } };
    const left = budget(demand) - openAtMost(perProcess, without);
    const each = connectionsOfTasks(perProcess, demand)[workload];
    return Math.max(0, Math.floor(left / (each * deploymentFactor)));
}

/** What a class has to accept, if each process keeps so many. */
export function connectionsNeeded(perProcess: number, demand: ConnectionDemand): number {
    return openAtMost(perProcess, demand) + reserved;
}

/** The arithmetic in words, for messages. */
export function describeBudget(demand: ConnectionDemand, perProcess: number): string {
    const { instanceClass: name, web, worker } = demand;
    const each = connectionsOfTasks(perProcess, demand);
    const accepted = acceptedConnections(instanceClass(name)?.memoryBytes ?? 0);
    return (
        `a deployment at the maximum runs ${String(web.maximum)} × ${String(deploymentFactor)} web tasks with ${String(each.web)} ` +
        `connections each and ${String(worker.maximum)} × ${String(deploymentFactor)} workers with ${String(each.worker)}, together ` +
        `${String(openAtMost(perProcess, demand))}; ${name} accepts about ${String(accepted)}, of which ${String(reserved)} are kept free`
    );
}
