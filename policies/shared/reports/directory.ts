/** Where the reports of a run go, if they go anywhere. */
import { isAbsolute, resolve } from "node:path";
import { findBaseDirectory, findProjectFile, pathInRepository } from "../program-directory";

const REPORTS_VARIABLE = "HEADROOM_POLICY_REPORTS";

/** Where to write, or why nowhere. Neither: no reports are wanted. */
export interface ReportsTarget {
    readonly directory?: string;
    readonly problem?: string;
    /** Path of the program's project file from the root of its repository. */
    readonly projectFile: string;
}

/**
 * The folder from the variable, else from the configuration. A relative one is meant from the program's folder.
 * @param configured the setting; empty where nothing is configured
 */
export function reportsTarget(
    configured: string,
    env: Readonly<Record<string, string | undefined>> = process.env,
): ReportsTarget {
    const named = env[REPORTS_VARIABLE] ?? "";
    const wanted = named === "" ? configured : named;
    if (wanted === "") {
        return { projectFile: "Pulumi.yaml" };
    }
    const project = findProjectFile();
    const projectFile = project === undefined ? "Pulumi.yaml" : pathInRepository(project);
    if (isAbsolute(wanted)) {
        return { directory: wanted, projectFile };
    }
    const base = findBaseDirectory();
    if (base !== undefined) {
        return { directory: resolve(base, wanted), projectFile };
    }
    const setting = named === "" ? "reports.directory" : REPORTS_VARIABLE;
    return {
        problem: `${setting} is ${JSON.stringify(wanted)}, and the program's folder is not known to the pack, so no reports are written. Write an absolute path, or set HEADROOM_PROGRAM_DIR.`,
        projectFile,
    };
}
