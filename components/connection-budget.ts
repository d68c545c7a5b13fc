/**
 * How many database connections a task may keep, so that all of them together stay below what the database accepts. Nothing
 * here knows Pulumi.
 */
import { instanceClass, nominalMaxConnections } from "./database-sizing";

/** What decides on the number. */
export interface ConnectionDemand {
    /** RDS instance class of primary and replicas, such as `db.r7g.xlarge`. */
    readonly instanceClass: string;
    /** The most tasks of all services and workers that scaling allows, together. */
    readonly maximumTasks: number;
}

/**
 * A deployment starts all new tasks beside the old ones (`deploymentMaximumPercent` 200), so that for minutes there are twice
 * as many.
 */
const deploymentFactor = 2;

/** For migrations, people, RDS' own processes and PostgreSQL's `superuser_reserved_connections` (3). */
const reserved = 20;

/** More than ten waiting statements of one process do not make a database of a few CPUs faster. */
const mostPerTask = 10;

/** One that watches the server, one that the outbox keeps while it sends, one for everything else. */
export const leastPerTask = 3;

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

/**
 * The most connections that each task may keep to each instance: a task has one pool for the primary and one for each replica,
 * so what fits one instance fits all.
 *
 * @returns less than `leastPerTask` where there are too many tasks for the class
 */
export function connectionsPerTask(demand: ConnectionDemand): number {
    const fair = Math.floor(budget(demand) / (demand.maximumTasks * deploymentFactor));
    return Math.max(0, Math.min(mostPerTask, fair));
}

/** Whether so many connections for each task fit, also during a deployment at the maximum of tasks. */
export function connectionsFit(perTask: number, demand: ConnectionDemand): boolean {
    return perTask * demand.maximumTasks * deploymentFactor <= budget(demand);
}

/** The most tasks that may have so many connections each. */
export function tasksThatFit(perTask: number, demand: ConnectionDemand): number {
    return Math.max(0, Math.floor(budget(demand) / (perTask * deploymentFactor)));
}

/** The arithmetic in words, for messages. */
export function describeBudget({ instanceClass: name, maximumTasks }: ConnectionDemand, perTask: number): string {
    const accepted = acceptedConnections(instanceClass(name)?.memoryBytes ?? 0);
    return (
        `a deployment at the maximum runs ${String(maximumTasks)} × ${String(deploymentFactor)} tasks, with ${String(perTask)} ` +
        `connections each ${String(maximumTasks * deploymentFactor * perTask)}; ${name} accepts about ${String(accepted)}, ` +
        `of which ${String(reserved)} are kept free`
    );
}
