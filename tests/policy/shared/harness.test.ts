/** That the harness judges the program that a case writes, and no other. */
import { alarmActions } from "../../../policies/no-single-point-of-failure/rules/alarm-actions";
import { judge, ref, resource } from "../support/harness";

describe("two resources of one name", () => {
    test("are both judged where their types differ", () => {
        const resources = [resource("metricAlarm", "web"), resource("compositeAlarm", "web")];
        expect(judge(alarmActions, resources).map(({ urn }) => urn?.split("::")[2])).toEqual(
            resources.map(({ type }) => type),
        );
    });

    test("are refused where their types are the same, as the engine does", () => {
        const resources = [resource("metricAlarm", "web"), resource("metricAlarm", "web")];
        expect(() => judge(alarmActions, resources)).toThrow(/two resources of the type .*MetricAlarm are called web/);
    });

    test("cannot be referred to", () => {
        const resources = [
            resource("snsTopic", "web"),
            resource("sqsQueue", "web"),
            resource("metricAlarm", "alarm", { alarmActions: [ref("web", "arn")] }),
        ];
        expect(() => judge(alarmActions, resources)).toThrow(/alarm refers to web, .* of 2 resources/);
    });
});
