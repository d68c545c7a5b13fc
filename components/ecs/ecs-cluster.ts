import * as pulumi from "@pulumi/pulumi";
import { Account } from "../account";
import { KeyReference } from "../key-reference";
import { NetworkReference } from "../network-reference";

/** What a workload needs to know about the cluster that it runs on. */
export interface EcsCluster {
    readonly arn: pulumi.Output<string>;
    readonly name: pulumi.Output<string>;
    readonly account: Account;
    readonly network: NetworkReference;
    /** Encrypts the logs. */
    readonly logsKey: KeyReference;
    /** Log group of the shells that are opened in containers. */
    readonly shellLogGroupArn: pulumi.Output<string>;
    /** Log group of what ECS reports about tasks and deployments. */
    readonly eventLogGroupArn: pulumi.Output<string>;
    /** Whether a deployment is waited for. */
    readonly waitForSteadyState: boolean;
    /** What must exist before the first task starts. */
    readonly ready: readonly pulumi.Resource[];
}

/**
 * The part of a log group's name that is known before it exists, so that a preview can check the policies that name it:
 * `/shop/prod/web/`. The suffix after it keeps a replacement from taking the name of what it replaces.
 */
export function logGroupPrefix(name: string): string {
    return `/${pulumi.getProject()}/${pulumi.getStack()}/${name}/`;
}
