import * as pulumi from "@pulumi/pulumi";
import { ServiceArgs } from "../compute";
import { checkService } from "../check-workload";
import { EcsCluster } from "./ecs-cluster";
import { EcsWorkload } from "./ecs-workload";
import { fargateChecks } from "./fargate-checks";

/**
 * A stateless service behind a load balancer, on Fargate. It scales on two metrics at once, CPU and requests: each asks for
 * a number of tasks, the larger one wins, and tasks go only when both agree.
 */
export class EcsService extends EcsWorkload {
    constructor(name: string, cluster: EcsCluster, args: ServiceArgs, opts?: pulumi.ComponentResourceOptions) {
        const { target, healthCheckGraceSeconds } = checkService(name, args, fargateChecks);
        super(
            name,
            cluster,
            args,
            { kind: "EcsService", target, healthCheckGraceSeconds, growthStep: "add-tasks" },
            opts,
        );

        this.followCpu(args);
        this.followRequests(args);

        this.registerOutputs({ workloadName: this.workloadName, securityGroupId: this.securityGroupId });
    }

    private followCpu({ scaling }: ServiceArgs): void {
        this.trackTarget("cpu", {
            targetValue: scaling.cpuTarget,
            predefinedMetricSpecification: { predefinedMetricType: "ECSServiceAverageCPUUtilization" },
        });
    }

    /** Requests rise before CPU does, and they rise too when tasks wait for something else than CPU. */
    private followRequests({ scaling, target }: ServiceArgs): void {
        this.trackTarget("requests", {
            targetValue: scaling.requestsPerTarget,
            predefinedMetricSpecification: {
                predefinedMetricType: "ALBRequestCountPerTarget",
                resourceLabel: target.requestCountLabel,
            },
        });
    }
}
