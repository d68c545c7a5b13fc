import * as pulumi from "@pulumi/pulumi";
import { CombinedBinding, SecretReference } from "../binding";

/** What the container of a workload is made of. */
export interface ContainerFacts {
    readonly name: string;
    readonly image: pulumi.Input<string>;
    readonly command?: readonly string[];
    /** Port that it listens on; a worker listens on none. */
    readonly port?: number;
    readonly binding: Pick<CombinedBinding, "environment" | "secrets">;
    readonly user: string;
    readonly stopTimeoutSeconds: number;
    readonly healthCommand?: readonly string[];
    readonly interactiveAccess: boolean;
    readonly logGroupName: pulumi.Input<string>;
    readonly region: string;
}

/** A volume of the task that starts empty, and where the container sees it. */
export interface WritablePath {
    readonly volume: string;
    readonly path: string;
}

/**
 * The paths that a container may write to, everything else being read-only. Fargate makes such a volume with the owner
 * and the mode that the image's `VOLUME` instruction finds, or for root alone where the image has none.
 */
export function writablePaths(interactiveAccess: boolean): WritablePath[] {
    return [
        { volume: "tmp", path: "/tmp" },
        // The agent behind ECS Exec runs in the container as root and writes its state and logs here.
        ...(interactiveAccess
            ? [
                  { volume: "exec-agent-state", path: "/var/lib/amazon" },
                  { volume: "exec-agent-logs", path: "/var/log/amazon" },
              ]
            : []),
    ];
}

/** How ECS names a secret or a key inside it. */
function valueFrom({ secretArn, field }: SecretReference): pulumi.Input<string> {
    return field === undefined ? secretArn : pulumi.interpolate`${secretArn}:${field}::`;
}

/**
 * The container definition of a workload, in ECS's own words. The order of every list is fixed by the caller: a different
 * order would be a new revision and a deployment for nothing.
 */
export function containerDefinition(facts: ContainerFacts) {
    const { port, healthCommand, command } = facts;
    return {
        name: facts.name,
        // ECS resolves a tag to its digest once per deployment (version consistency, on by default): tasks that scaling adds
        // later run the same image, even where another registry lets tags move.
        image: facts.image,
        essential: true,
        ...(command === undefined ? {} : { command: [...command] }),
        portMappings: port === undefined ? [] : [{ containerPort: port, hostPort: port, protocol: "tcp" }],
        environment: [...facts.binding.environment],
        secrets: facts.binding.secrets.map((secret) => ({ name: secret.variable, valueFrom: valueFrom(secret) })),
        user: facts.user,
        privileged: false,
        readonlyRootFilesystem: true,
        linuxParameters: {
            // Reaps children and passes SIGTERM on, which a runtime as process 1 does not do by itself.
            initProcessEnabled: true,
            capabilities: { drop: ["ALL"] },
        },
        mountPoints: writablePaths(facts.interactiveAccess).map(({ volume, path }) => ({
            sourceVolume: volume,
            containerPath: path,
            readOnly: false,
        })),
        stopTimeout: facts.stopTimeoutSeconds,
        ...(healthCommand === undefined
            ? {}
            : {
                  healthCheck: {
                      command: ["CMD", ...healthCommand],
                      // Three failures in a row, half a minute: faster than anybody would look, slower than a pause of a
                      // garbage collector. A minute to start, as behind the load balancer.
                      interval: 10,
                      timeout: 5,
                      retries: 3,
                      startPeriod: 60,
                  },
              }),
        logConfiguration: {
            logDriver: "awslogs",
            options: {
                "awslogs-group": facts.logGroupName,
                "awslogs-region": facts.region,
                "awslogs-stream-prefix": facts.name,
                // A stalled log service must not stall the application: lines are dropped once 25 MiB wait to be sent.
                // Source of the size: AWS, "Preventing log loss with non-blocking mode in the AWSLogs container log driver".
                mode: "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    };
}
