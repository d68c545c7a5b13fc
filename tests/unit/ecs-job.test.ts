import { JobArgs } from "../../components/compute";
import { cacheBinding, createEcs, logsKey, serviceArgs } from "./ecs-facts";
import { record, Registered } from "./harness";
import { missingRunbooks } from "./runbooks";

const functionType = "aws:lambda/function:Function";
const invocationType = "aws:lambda/invocation:Invocation";
const policyType = "aws:iam/rolePolicy:RolePolicy";

const jobArgs: JobArgs = {
    image: serviceArgs.image,
    command: ["migrate"],
    size: { cpu: 0.25, memory: 512 },
    uses: [cacheBinding],
    logRetentionDays: 30,
};

const job = (more: Partial<JobArgs> = {}): Promise<Registered> =>
    record(() => createEcs().job("migrate", { ...jobArgs, ...more }));

interface Statement {
    readonly Sid?: string;
    readonly Action: string | string[];
    readonly Resource: string | string[];
    readonly Condition?: unknown;
}

function statements(registered: Registered, name: string): Statement[] {
    const text = String(registered.one(policyType, name).inputs["policy"]);
    return (JSON.parse(text) as { Statement: Statement[] }).Statement;
}

describe("a job on ECS", () => {
    it("is a task, not a service: it listens nowhere and nothing scales it", async () => {
        const registered = await job();
        expect(registered.ofType("aws:ecs/service:Service")).toEqual([]);
        expect(registered.ofType("aws:appautoscaling/target:Target")).toEqual([]);
        const { inputs } = registered.one("aws:ecs/taskDefinition:TaskDefinition", "migrate");
        expect(inputs).toMatchObject({ cpu: "256", memory: "512" });
        const [container] = JSON.parse(String(inputs["containerDefinitions"])) as Record<string, unknown>[];
        expect(container).toMatchObject({
            name: "migrate",
            command: ["migrate"],
            portMappings: [],
            user: "1000:1000",
            readonlyRootFilesystem: true,
        });
    });

    it("is let in by its peers, and lets nobody in", async () => {
        const registered = await job();
        const rules = registered.ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
        expect(rules.map((rule) => rule.inputs["securityGroupId"])).toEqual(["sg-cache"]);
    });

    it("is called for with each new task definition, and with all that it takes to run it", async () => {
        const registered = await job();
        const { inputs } = registered.one(invocationType, "migrate");
        const definition = "arn:aws:mock:eu-central-1:123456789012:migrate";
        expect(inputs["triggers"]).toEqual({ taskDefinition: definition });
        const family = String(registered.one("aws:ecs/taskDefinition:TaskDefinition", "migrate").inputs["family"]);
        expect(JSON.parse(String(inputs["input"]))).toEqual({
            job: "migrate",
            cluster: "arn:aws:mock:eu-central-1:123456789012:compute",
            taskDefinition: definition,
            family,
            container: "migrate",
            subnets: ["subnet-private-1", "subnet-private-2", "subnet-private-3"],
            securityGroups: ["migrate-id"],
            logGroup: registered.one("aws:cloudwatch/logGroup:LogGroup", "migrate").inputs["name"],
        });
    });

    it("gives the function no secret: neither in its environment nor in what it is called with", async () => {
        const registered = await job();
        expect(registered.one(functionType).inputs["environment"]).toBeUndefined();
        expect(JSON.stringify(registered.one(invocationType).inputs)).not.toMatch(/secret/i);
    });

    it("waits as long as it is told, and the function a little longer, within what Lambda allows", async () => {
        expect((await job({ timeoutSeconds: 300 })).one(functionType).inputs["timeout"]).toBe(330);
        expect(Number((await job()).one(functionType).inputs["timeout"])).toBeLessThanOrEqual(900);
    });

    it("lets the function run tasks of this family on this cluster only, and give them their two roles only", async () => {
        const registered = await job();
        const family = String(registered.one("aws:ecs/taskDefinition:TaskDefinition", "migrate").inputs["family"]);
        const cluster = String(registered.one("aws:ecs/cluster:Cluster").inputs["name"]);
        const onCluster = { ArnEquals: { "ecs:cluster": "arn:aws:mock:eu-central-1:123456789012:compute" } };
        const found: Record<string, unknown> = Object.fromEntries(
            statements(registered, "migrate-runner").map(({ Sid, ...rest }) => [Sid ?? "", rest]),
        );
        const tasks = `arn:aws:ecs:eu-central-1:123456789012:task/${cluster}/*`;
        expect(found).toMatchObject({
            RunTask: {
                Action: "ecs:RunTask",
                Resource: `arn:aws:ecs:eu-central-1:123456789012:task-definition/${family}:*`,
                Condition: onCluster,
            },
            TagTask: { Resource: tasks, Condition: { StringEquals: { "ecs:CreateAction": "RunTask" } } },
            FindTask: { Action: "ecs:ListTasks", Condition: onCluster },
            WatchTask: { Action: "ecs:DescribeTasks", Resource: tasks, Condition: onCluster },
            GiveRolesToTask: {
                Action: "iam:PassRole",
                Resource: [
                    "arn:aws:mock:eu-central-1:123456789012:migrate-execution",
                    "arn:aws:mock:eu-central-1:123456789012:migrate-task",
                ],
                Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
            },
        });
        expect(Object.keys(found).sort()).toEqual([
            "FindTask",
            "GiveRolesToTask",
            "RunTask",
            "TagTask",
            "WatchTask",
            "WriteLogs",
        ]);
    });

    it("logs what the function says to a group of its own: encrypted and with an end", async () => {
        const registered = await job();
        const { inputs } = registered.one("aws:cloudwatch/logGroup:LogGroup", "migrate-runner");
        expect(inputs).toMatchObject({ retentionInDays: 30, kmsKeyId: logsKey.arn });
        expect(registered.one(functionType).inputs["loggingConfig"]).toEqual({
            logFormat: "JSON",
            logGroup: inputs["name"],
        });
        expect(String(inputs["name"])).toMatch(/^\/headroom\/test\/migrate-runner\//);
    });

    it("tags everything that it makes", async () => {
        const registered = await job();
        for (const type of [functionType, "aws:ecs/taskDefinition:TaskDefinition"]) {
            expect(registered.one(type).inputs["tags"]).toMatchObject({ project: "shop" });
        }
    });

    it("has a runbook for every signal", async () => {
        const signals: string[] = [];
        await record(() => {
            const { signals: found } = createEcs().job("migrate", jobArgs);
            expect(missingRunbooks(found)).toEqual([]);
            signals.push(...found.map(({ name }) => name));
        });
        expect(signals).toEqual(["migrate-job-failed"]);
    });

    it("names everything that is wrong with its arguments at once", () => {
        const bad = { ...jobArgs, image: "shop:latest", timeoutSeconds: 3_600, user: "0", logRetentionDays: 31 };
        const make = () => createEcs().job("migrate", bad);
        for (const setting of ["image", "timeoutSeconds", "user", "logRetentionDays"]) {
            expect(make).toThrow(new RegExp(`\\b${setting}\\b`));
        }
        expect(make).toThrow('job "migrate"');
    });
});
