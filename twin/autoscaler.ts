import type { Service } from "./service";
import { decide, type Sample, type ScalingState } from "./target-tracking";
import type { ServiceTopology } from "./topology";

const MINUTE_MS = 60_000;

/** As components/ecs/ecs-workload.ts declares them. */
const SCALE_OUT_COOLDOWN_SECONDS = 60;
const SCALE_IN_COOLDOWN_SECONDS = 300;

export interface AutoscalerOptions {
    readonly service: Service;
    readonly topology: ServiceTopology;
    /** Measures what happened since it was asked last, in units of each metric's target. */
    readonly measure: (elapsedMs: number) => Promise<Sample["values"]>;
    /** How much faster than a clock's a minute of scaling is; 1 is AWS's pace. */
    readonly speed: number;
    readonly onEvent: (text: string) => void;
}

/**
 * Scales a service as Application Auto Scaling would: one measurement a minute, target tracking on each metric. Minutes may
 * pass faster here, or nobody would watch it: at a speed of 12 one takes five seconds.
 */
export class Autoscaler {
    #state: ScalingState;
    #timer: NodeJS.Timeout | undefined;
    #lastAt = performance.now();
    #last: Sample["values"] = {};

    constructor(private readonly options: AutoscalerOptions) {
        this.#state = { desired: options.service.desired, samples: [] };
    }

    /** What was measured last. */
    get last(): Sample["values"] {
        return this.#last;
    }

    start(): void {
        this.#lastAt = performance.now();
        // The first measurement is the beginning of the first minute.
        void this.options.measure(0).catch(() => undefined);
        this.#timer = setInterval(() => {
            // What could not be measured is a missing sample, as in CloudWatch.
            void this.#step().catch((error: unknown) => {
                this.options.onEvent(`autoscaler of ${this.options.service.name}: ${String(error)}`);
            });
        }, MINUTE_MS / this.options.speed);
    }

    stop(): void {
        clearInterval(this.#timer);
    }

    async #step(): Promise<void> {
        const { service, topology, speed, onEvent } = this.options;
        const now = performance.now();
        const elapsed = now - this.#lastAt;
        this.#lastAt = now;
        const tasks = service.running.length;
        this.#last = await this.options.measure(elapsed);
        const before = service.desired;
        const tracking = {
            minimum: topology.minimum,
            maximum: topology.maximum,
            metrics: topology.metrics,
            scaleOutCooldownSeconds: SCALE_OUT_COOLDOWN_SECONDS,
            scaleInCooldownSeconds: SCALE_IN_COOLDOWN_SECONDS,
        };
        const { state, reason } = decide(
            tracking,
            { ...this.#state, desired: before },
            { tasks, values: this.#last },
            (now / 1_000) * speed,
        );
        this.#state = state;
        if (state.desired === before) return;
        onEvent(`${service.name}: ${before} → ${state.desired} processes, since ${reason ?? "the range changed"}`);
        service.scaleTo(state.desired);
    }
}
