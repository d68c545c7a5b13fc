import { engineOfFamily, versionOf } from "../../../policies/shared/relations/databases";
import { UNKNOWN, type Maybe } from "../../../policies/shared/unknown";

describe("the family of a parameter group names an engine and its version", () => {
    test.each([
        ["postgres17", "postgres", [17, 0]],
        ["postgres9.6", "postgres", [9, 6]],
        ["aurora-postgresql16", "aurora-postgresql", [16, 0]],
        ["mysql8.0", "mysql", [8, 0]],
        ["aurora-mysql8.0", "aurora-mysql", [8, 0]],
        ["aurora5.6", "aurora", [5, 6]],
        ["mariadb11.8", "mariadb", [11, 8]],
        ["sqlserver-se-15.0", "sqlserver-se", [15, 0]],
        ["oracle-ee-cdb-19", "oracle-ee-cdb", [19, 0]],
        ["db2-se-11.5", "db2-se", [11, 5]],
        ["postgres17-cluster", "postgres", [17, 0]],
    ])("%s", (family, name, version) => {
        expect(engineOfFamily(family)).toEqual({ name, version });
    });

    test.each<Maybe<string>>([undefined, UNKNOWN, "", "unrelated"])("%p names none", (family) => {
        expect(engineOfFamily(family)).toBeUndefined();
    });
});

test.each([
    ["17", [17, 0]],
    ["17.5", [17, 5]],
    ["8.0.mysql_aurora.3.08.0", [8, 0]],
    ["15.00.4365.2.v1", [15, 0]],
    ["19.0.0.0.ru-2024-01.rur-2024-01.r1", [19, 0]],
])("the version %s begins with what counts", (text, version) => {
    expect(versionOf(text)).toEqual(version);
});

test("a version that is not said, or not known, has no number", () => {
    const unsaid: readonly Maybe<string>[] = [undefined, UNKNOWN, "", "latest"];
    expect(unsaid.map(versionOf)).toEqual([undefined, undefined, undefined, undefined]);
});
