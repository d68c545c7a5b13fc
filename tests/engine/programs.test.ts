import * as path from "node:path";
import { changes, cleanUp, expectSuccess, open, root } from "./workplace";

afterAll(cleanUp);

/** Programs that were not written for Headroom: services that it does not use, other ways to write a program. */
const programs = [
    {
        name: "serverless-api",
        types: ["aws:dynamodb/table:Table", "aws:lambda/function:Function", "aws:apigatewayv2/api:Api"],
    },
    { name: "static-website", types: ["aws:cloudfront/distribution:Distribution", "aws:s3/bucketObject:BucketObject"] },
    {
        name: "guestbook",
        types: ["kubernetes:apps/v1:Deployment", "kubernetes:monitoring.coreos.com/v1:ServiceMonitor"],
    },
    { name: "standalone-database", types: ["headroom:components:Database", "aws:rds/instance:Instance"] },
];

describe.each(programs)("the program $name on the offline engine", ({ name, types }) => {
    it("is planned, applied, unchanged by a second update and a refresh, and destroyed", async () => {
        const stack = await open({ cwd: path.join(root, "tests/programs", name), stack: "test" });

        const preview = await stack.preview();
        expectSuccess(preview);
        expect(preview.steps.map((step) => step.type)).toEqual(expect.arrayContaining(types));

        const up = await stack.up();
        expectSuccess(up);
        expect(changes(up).length).toBe(changes(preview).length);
        expect(Object.values(up.outputs)).not.toContain("[unknown]");

        const again = await stack.up();
        expectSuccess(again);
        expect(changes(again)).toEqual([]);

        const refresh = await stack.refresh();
        expectSuccess(refresh);
        expect(changes(refresh)).toEqual([]);

        expectSuccess(await stack.destroy());
        expect((await stack.exportState()).deployment.resources ?? []).toEqual([]);
        expect(stack.cloud()).toEqual([]);
    }, 120_000);
});
