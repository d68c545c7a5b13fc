import { TaskSize } from "./compute";

/**
 * What the containers of one task (or pod) need together. A target makes of it what it has: Fargate the cheapest of its sizes that
 * holds it, Kubernetes the requests of a pod that some node must hold.
 *
 * @param containers what each needs: the application's and its sidecars'
 */
export function taskDemand(containers: readonly TaskSize[]): TaskSize {
    return {
        cpu: containers.reduce((sum, { cpu }) => sum + cpu, 0),
        memory: containers.reduce((sum, { memory }) => sum + memory, 0),
    };
}

/** Whether a place has the CPU and the memory that are asked for. */
export function holds(place: TaskSize, demand: TaskSize): boolean {
    return place.cpu >= demand.cpu && place.memory >= demand.memory;
}
