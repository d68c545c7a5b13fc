import { isModern } from "../../../twin/servers/modern-node";

test.each([
    ["v20.20.2", false],
    ["v22.5.0", false],
    ["v22.13.0\n", true],
    ["v24.1.0", true],
    ["", false],
])("takes %j for new enough: %s", (version, modern) => {
    expect(isModern(version)).toBe(modern);
});
