import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { leavesOpen, type Example } from "../expectation";

/** An HTTP API on a function on a table: everything in it is spread over zones and encrypted by itself. */
function program(): void {
    const table = new aws.dynamodb.Table("counters", {
        attributes: [{ name: "id", type: "S" }],
        hashKey: "id",
        billingMode: "PAY_PER_REQUEST",
    });
    const role = new aws.iam.Role("handler-role", {
        assumeRolePolicy: aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" }),
    });
    new aws.iam.RolePolicyAttachment("handler-logs", {
        role: role.name,
        policyArn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
    });
    new aws.iam.RolePolicy("handler-table", {
        role: role.id,
        policy: pulumi.jsonStringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: ["dynamodb:GetItem", "dynamodb:UpdateItem"], Resource: table.arn }],
        }),
    });
    const handler = new aws.lambda.Function("handler", {
        runtime: "nodejs20.x",
        handler: "index.handler",
        role: role.arn,
        code: new pulumi.asset.AssetArchive({
            "index.js": new pulumi.asset.StringAsset("exports.handler = async () => ({ statusCode: 200 });"),
        }),
        environment: { variables: { TABLE_NAME: table.name } },
    });
    const api = new aws.apigatewayv2.Api("api", { protocolType: "HTTP" });
    const integration = new aws.apigatewayv2.Integration("integration", {
        apiId: api.id,
        integrationType: "AWS_PROXY",
        integrationUri: handler.arn,
        payloadFormatVersion: "2.0",
    });
    new aws.apigatewayv2.Route("route", {
        apiId: api.id,
        routeKey: "GET /{id}",
        target: pulumi.interpolate`integrations/${integration.id}`,
    });
    new aws.apigatewayv2.Stage("stage", { apiId: api.id, name: "$default", autoDeploy: true });
    new aws.lambda.Permission("invoke", {
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        function: handler.name,
        sourceArn: pulumi.interpolate`${api.executionArn}/*/*`,
    });
}

export const serverlessApi: Example = {
    shape: "API Gateway, Lambda and DynamoDB",
    program,
    expected: [
        leavesOpen(
            "iam-kms-decrypt-star",
            ["handler-table"],
            "its policy holds the table's ARN, which makes the whole text unknown until the update",
            "kept",
        ),
    ],
};
