import { TargetChecks } from "../check-workload";
import { fargateSize } from "./fargate-sizing";

/** Fargate kills after two minutes, whatever is asked for. */
const longestStopSeconds = 120;

/** What Fargate asks for besides what holds on every compute target. */
export const fargateChecks: TargetChecks = {
    container(problems, { size }) {
        problems.require(
            fargateSize([size]) !== undefined,
            "size",
            size,
            "what one of Fargate's sizes holds: 122880 MiB (120 GiB) at the most",
            "{ cpu: 1, memory: 2048 }",
        );
    },
    scaled(problems, { stopTimeoutSeconds = 90 }) {
        problems.require(
            stopTimeoutSeconds <= longestStopSeconds,
            "stopTimeoutSeconds",
            stopTimeoutSeconds,
            `no more than ${String(longestStopSeconds)}, after which Fargate kills whatever is asked for`,
            "90",
        );
    },
};
