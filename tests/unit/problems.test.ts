import { describeProblem, InvalidSettingsError, Problems } from "../../components/problems";

describe("problems", () => {
    it("throw nothing where there are none", () => {
        const problems = new Problems();
        problems.require(true, "replicas", 2, "a whole number", "2");
        expect(() => {
            problems.throwIfAny('Database "orders"');
        }).not.toThrow();
    });

    it("are all reported at once, each with setting, value, what is allowed and an example", () => {
        const problems = new Problems();
        problems.add("replicas", -1, "a whole number from 0 to 15", "2");
        problems.require(false, "instanceClass", undefined, "an RDS instance class", "db.r8g.large");
        let error: unknown;
        try {
            problems.throwIfAny('Database "orders"');
        } catch (caught) {
            error = caught;
        }
        expect(error).toBeInstanceOf(InvalidSettingsError);
        expect((error as InvalidSettingsError).message).toBe(
            'Database "orders": 2 problems\n' +
                "  - replicas is -1; allowed: a whole number from 0 to 15; write for example: 2\n" +
                "  - instanceClass is not set; allowed: an RDS instance class; write for example: db.r8g.large",
        );
        expect((error as InvalidSettingsError).problems).toHaveLength(2);
    });

    it("are counted in the singular when there is one", () => {
        const problems = new Problems();
        problems.add("replicas", "two", "a whole number", "2");
        expect(() => {
            problems.throwIfAny("Pulumi.prod.yaml");
        }).toThrow('Pulumi.prod.yaml: 1 problem\n  - replicas is "two"');
    });

    it("cut a value that is too long to read", () => {
        const line = describeProblem({
            setting: "zoneIds",
            value: "x".repeat(500),
            allowed: "ids",
            example: "euc1-az1",
        });
        expect(line.length).toBeLessThan(200);
        expect(line).toContain("x…");
    });
});
