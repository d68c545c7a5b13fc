/** A metric that scaling keeps at a value. */
export interface TrackedMetric {
    readonly name: string;
    /** In the metric's own unit, for each task: percent of CPU, requests a minute, messages. */
    readonly target: number;
}

/** Range and pace of a service's scaling, as the stack declares them. */
export interface TargetTracking {
    readonly minimum: number;
    readonly maximum: number;
    readonly metrics: readonly TrackedMetric[];
    readonly scaleOutCooldownSeconds: number;
    readonly scaleInCooldownSeconds: number;
}

/** One minute's measurements. */
export interface Sample {
    /** Tasks that ran. */
    readonly tasks: number;
    /** By metric, for each task; one that is missing was not measured. */
    readonly values: Readonly<Record<string, number | undefined>>;
}

/** What is remembered from decision to decision. */
export interface ScalingState {
    /** Tasks that are wanted now. */
    readonly desired: number;
    /** One for each minute, the last one last. */
    readonly samples: readonly Sample[];
    /** In seconds of any clock that goes forward. */
    readonly scaledOut?: { readonly at: number; readonly from: number };
    readonly scaledInAt?: number;
}

export interface Decision {
    readonly state: ScalingState;
    /** Why the number changed; undefined where it did not. */
    readonly reason?: string;
}

/** Minutes above the target before tasks are added. */
export const SCALE_OUT_SAMPLES = 3;
/** Minutes below it before tasks are taken away. */
export const SCALE_IN_SAMPLES = 15;
/** Below this part of the target a task may go: between the two nothing happens, so that the number does not swing. */
export const SCALE_IN_FRACTION = 0.9;

/**
 * How many tasks there shall be: target tracking as AWS does it. Each metric has two alarms. Three minutes above the target
 * add as many tasks as bring it back, at once. Fifteen minutes below nine tenths of it, in all metrics, take tasks away,
 * but leave as many as the load of each of those minutes needed. A metric that was not measured adds nothing and lets nothing go.
 *
 * Source: AWS, "How target tracking scaling for Application Auto Scaling works" and "Define cooldown periods". The numbers
 * of minutes are those of the alarms that it creates for ECS.
 *
 * @param now seconds of the clock that the state's times are of
 */
export function decide(tracking: TargetTracking, before: ScalingState, sample: Sample, now: number): Decision {
    const samples = [...before.samples, sample].slice(-SCALE_IN_SAMPLES);
    const state = { ...before, samples };
    const within = (tasks: number) => Math.min(tracking.maximum, Math.max(tracking.minimum, tasks));
    const clamped = within(state.desired);
    if (clamped !== state.desired) return { state: { ...state, desired: clamped }, reason: "the range" };

    const out = scaleOut(tracking, state, now, within);
    if (out !== undefined) return out;
    return scaleIn(tracking, state, now, within) ?? { state };
}

function scaleOut(
    { metrics, scaleOutCooldownSeconds }: TargetTracking,
    state: ScalingState,
    now: number,
    within: (tasks: number) => number,
): Decision | undefined {
    // While the last step cools down, what it added is part of the next one: only a larger step goes on.
    const { scaledOut } = state;
    const cooling = scaledOut !== undefined && now - scaledOut.at < scaleOutCooldownSeconds;
    const from = cooling ? Math.min(state.desired, scaledOut.from) : state.desired;
    let best: { desired: number; reason: string } | undefined;
    for (const { name, target } of metrics) {
        const recent = state.samples.slice(-SCALE_OUT_SAMPLES).map(({ values }) => values[name]);
        const last = recent.at(-1);
        const breached = recent.every((value) => value !== undefined && value > target);
        if (recent.length < SCALE_OUT_SAMPLES || last === undefined || !breached) continue;
        const desired = within(Math.ceil((from * last) / target));
        if (desired <= (best?.desired ?? state.desired)) continue;
        best = { desired, reason: `${name} ${round(last)} > ${round(target)}` };
    }
    if (best === undefined) return undefined;
    return {
        // Scaling out ends the wait that the last scale-in began.
        state: { ...state, desired: best.desired, scaledOut: { at: now, from }, scaledInAt: undefined },
        reason: best.reason,
    };
}

function scaleIn(
    { metrics, scaleInCooldownSeconds }: TargetTracking,
    state: ScalingState,
    now: number,
    within: (tasks: number) => number,
): Decision | undefined {
    if (state.samples.length < SCALE_IN_SAMPLES) return undefined;
    if (state.scaledInAt !== undefined && now - state.scaledInAt < scaleInCooldownSeconds) return undefined;
    let desired = 0;
    const reasons: string[] = [];
    for (const { name, target } of metrics) {
        const quiet = state.samples.every(({ values }) => (values[name] ?? target) < target * SCALE_IN_FRACTION);
        if (!quiet) return undefined;
        // A minute that was measured with more tasks had more load than its value says.
        const loads = state.samples.map(({ tasks, values }) => tasks * (values[name] ?? target));
        desired = Math.max(desired, Math.ceil(Math.max(...loads) / target));
        reasons.push(`${name} < ${round(target * SCALE_IN_FRACTION)}`);
    }
    desired = within(desired);
    if (desired >= state.desired) return undefined;
    return { state: { ...state, desired, scaledInAt: now }, reason: reasons.join(", ") };
}

function round(value: number): string {
    return String(Math.round(value * 10) / 10);
}
