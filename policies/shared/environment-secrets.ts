/** The check that all rules about secrets in environments share. */
import { environmentOf } from "./environments";
import type { ResourceRule } from "./rule";
import { heldSecret, secretNameTest } from "./secret-names";
import { UNKNOWN } from "./unknown";

/** Reports each variable that holds a secret as plain text: its name, never its value. */
export const reportSecrets: ResourceRule["check"] = ({ type, inputs }, report, settings) => {
    const isSecretName = secretNameTest(settings);
    const { variables, unknown } = environmentOf(type, inputs);
    unknown.forEach((property) => {
        report.undetermined(property);
    });
    for (const { property, name, value, isFile } of variables) {
        if (name === UNKNOWN) {
            report.undetermined(property, "holds a variable whose name is not known in preview");
            continue;
        }
        switch (heldSecret(name, value, isFile === true ? () => false : isSecretName)) {
            case "named":
                report.violation(property, `holds ${name} as plain text`);
                break;
            case "inside":
                report.violation(property, `holds ${name} with a password or key in it as plain text`);
                break;
            case "open":
                report.undetermined(property, `holds ${name}, whose value is not known in preview`);
                break;
            case undefined:
                break;
        }
    }
};
