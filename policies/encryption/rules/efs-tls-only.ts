import {
    actionCovers,
    comparesTls,
    conditionTests,
    deniesPlaintext,
    statements,
    type ConditionTest,
    type Statement,
} from "../../shared/policy-document";
import { attachments } from "../../shared/relations/reference";
import { PERHAPS_OF_ANOTHER } from "../../shared/relations/tls-only";
import { defineStackRule } from "../../shared/rule";
import { TOKENS } from "../../shared/tokens";
import { UNKNOWN } from "../../shared/unknown";

/** What every client has to be allowed, before it reads or writes anything. */
const MOUNT = "elasticfilesystem:ClientMount";

export const efsTlsOnly = defineStackRule({
    id: "efs-tls-only",
    title: "A file system refuses clients without TLS",
    severity: "high",
    frameworks: { wellArchitected: ["SEC09-BP02"] },
    why: "whoever reaches a mount target mounts it in clear text, and without a policy so may everybody, anonymously",
    fix:
        'add an `aws.efs.FileSystemPolicy` with a statement `Effect: "Deny", Principal: { AWS: "*" }, Action: "*", ' +
        'Condition: { Bool: { "aws:SecureTransport": "false" } }`, and one that allows your clients',
    url: "https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html",
    tokens: TOKENS.efsFileSystem,
    guards: ["policy", "fileSystemId"].map((property) => ({ tokens: TOKENS.efsFileSystemPolicy, property })),
    // A policy that holds the file system's ARN is unknown as a whole until it exists.
    undetermined: "advisory",
    check: (graph, on) => {
        const policiesOf = attachments(graph, "efsFileSystemPolicy", "fileSystemId", "efsFileSystem");
        for (const fileSystem of graph.all("efsFileSystem")) {
            const { sure, perhaps } = policiesOf(fileSystem);
            const documents = sure.map((policy) => statements((policy.inputs ?? policy).json("policy")));
            const known = documents.filter((list) => list !== undefined && list !== UNKNOWN);
            if (known.some(admitsTlsOnly)) {
                continue;
            }
            if (documents.includes(UNKNOWN)) {
                on(fileSystem).undetermined("policy");
            } else if (perhaps.length > 0) {
                on(fileSystem).undetermined("policy", PERHAPS_OF_ANOTHER);
            } else {
                on(fileSystem).violation(
                    "policy",
                    documents.length === 0 ? "is not set" : "admits clients without TLS",
                );
            }
        }
    },
});

/**
 * Whether a policy denies mounting without TLS, or allows it with TLS only: a policy takes the place of the default that
 * admits everybody, and clients without TLS cannot show an identity that IAM would allow elsewhere.
 */
function admitsTlsOnly(list: readonly Statement[]): boolean {
    const mounting = list.filter(
        ({ effect, actions, exceptActions }) =>
            effect === "Allow" &&
            (exceptActions === undefined
                ? actions.some((pattern) => actionCovers(pattern, MOUNT))
                : !exceptActions.some((pattern) => actionCovers(pattern, MOUNT))),
    );
    return (
        list.some((statement) => deniesPlaintext(statement, MOUNT)) ||
        (mounting.length > 0 && mounting.every(({ conditions = {} }) => conditionTests(conditions).some(needsTls)))
    );
}

function needsTls(test: ConditionTest): boolean {
    return comparesTls(test, "true") && !comparesTls(test, "false");
}
