import { TaskSize } from "../compute";
import { holds, taskDemand } from "../task-sizing";

/** A pair of CPU and memory that Fargate offers. */
export interface FargateSize {
    /** CPU units: 1024 are one virtual CPU. */
    readonly cpu: number;
    /** Memory in MiB. */
    readonly memory: number;
}

interface FargateRow {
    readonly cpu: number;
    readonly least: number;
    readonly most: number;
    readonly step: number;
}

const gib = 1024;

/**
 * What Fargate offers for Linux containers.
 * Source: AWS, "Amazon ECS task definition parameters for Fargate", task size.
 */
const rows: readonly FargateRow[] = [
    // 0.5, 1 and 2 GiB: the one row whose steps differ, so it stands as two.
    { cpu: 256, least: 512, most: 512, step: 512 },
    { cpu: 256, least: gib, most: 2 * gib, step: gib },
    { cpu: 512, least: gib, most: 4 * gib, step: gib },
    { cpu: 1024, least: 2 * gib, most: 8 * gib, step: gib },
    { cpu: 2048, least: 4 * gib, most: 16 * gib, step: gib },
    { cpu: 4096, least: 8 * gib, most: 30 * gib, step: gib },
    { cpu: 8192, least: 16 * gib, most: 60 * gib, step: 4 * gib },
    { cpu: 16384, least: 32 * gib, most: 120 * gib, step: 8 * gib },
];

/** Every pair that Fargate offers. */
export const fargateSizes: readonly FargateSize[] = rows.flatMap(({ cpu, least, most, step }) =>
    Array.from({ length: (most - least) / step + 1 }, (_, i) => ({ cpu, memory: least + i * step })),
);

/**
 * What a pair costs, in the price of one GiB and hour. One virtual CPU costs 9.1 times as much as one GiB: 0.04048 to
 * 0.004445 USD an hour in us-east-1, and 0.03238 to 0.00356 on ARM. The ratio is the same in all regions.
 * Source: AWS Fargate pricing.
 */
export function relativePrice({ cpu, memory }: FargateSize): number {
    return (cpu / 1024) * 9.1 + memory / gib;
}

/** CPU and memory of one virtual CPU in Fargate's units. */
const unitsPerCpu = 1024;

/**
 * The cheapest pair that holds all containers of a task.
 *
 * @param containers what each container of the task needs: the application's and its sidecars'
 * @returns undefined when no pair is large enough
 */
export function fargateSize(containers: readonly TaskSize[]): FargateSize | undefined {
    const { cpu, memory } = taskDemand(containers);
    const demand = { cpu: cpu * unitsPerCpu, memory };
    return fargateSizes
        .filter((size) => holds(size, demand))
        .reduce<FargateSize | undefined>(
            (best, size) => (best === undefined || relativePrice(size) < relativePrice(best) ? size : best),
            undefined,
        );
}
