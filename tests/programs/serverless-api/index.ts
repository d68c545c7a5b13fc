import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const table = new aws.dynamodb.Table("visits", {
    billingMode: "PAY_PER_REQUEST",
    hashKey: "id",
    attributes: [{ name: "id", type: "S" }],
});

const role = new aws.iam.Role("handler", {
    assumeRolePolicy: aws.iam.getPolicyDocumentOutput({
        statements: [
            { actions: ["sts:AssumeRole"], principals: [{ type: "Service", identifiers: ["lambda.amazonaws.com"] }] },
        ],
    }).json,
});

new aws.iam.RolePolicy("table-access", {
    role: role.id,
    policy: aws.iam.getPolicyDocumentOutput({
        statements: [{ actions: ["dynamodb:GetItem", "dynamodb:PutItem"], resources: [table.arn] }],
    }).json,
});

const handler = new aws.lambda.Function("handler", {
    runtime: aws.lambda.Runtime.NodeJS22dX,
    handler: "index.handler",
    role: role.arn,
    memorySize: config.requireNumber("memory"),
    code: new pulumi.asset.AssetArchive({ ".": new pulumi.asset.FileArchive("./handler") }),
    environment: { variables: { TABLE: table.name } },
});

const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP" });
const integration = new aws.apigatewayv2.Integration("handler", {
    apiId: api.id,
    integrationType: "AWS_PROXY",
    integrationUri: handler.invokeArn,
    payloadFormatVersion: "2.0",
});
const route = new aws.apigatewayv2.Route("any", {
    apiId: api.id,
    routeKey: "$default",
    target: pulumi.interpolate`integrations/${integration.id}`,
});
new aws.apigatewayv2.Stage("default", { apiId: api.id, name: "$default", autoDeploy: true }, { dependsOn: [route] });
new aws.lambda.Permission("invoke", {
    action: "lambda:InvokeFunction",
    function: handler.name,
    principal: "apigateway.amazonaws.com",
    sourceArn: pulumi.interpolate`${api.executionArn}/*/*`,
});

export const url = api.apiEndpoint;
export const tableName = table.name;
