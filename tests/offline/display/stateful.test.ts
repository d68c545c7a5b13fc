import { byGravity, isStateful } from "../../../offline/display/stateful";

describe("what holds data", () => {
    it.each([
        ["aws:rds/instance:Instance", true],
        ["aws:elasticache/replicationGroup:ReplicationGroup", true],
        ["kubernetes:core/v1:PersistentVolumeClaim", true],
        ["random:index/randomPassword:RandomPassword", true],
        ["random:index/randomId:RandomId", false],
        ["aws:ecs/service:Service", false],
        ["aws:rds/instanceX:Instance", false],
    ])("%s: %s", (type, expected) => {
        expect(isStateful(type)).toBe(expected);
    });

    it("is listed with the gravest loss first, in the order of the plan otherwise", () => {
        const types = ["aws:cloudwatch/logGroup:LogGroup", "aws:rds/instance:Instance", "aws:s3/bucket:Bucket"];
        expect([...types].sort(byGravity)).toEqual([types[1], types[2], types[0]]);
    });
});
