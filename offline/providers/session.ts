import type { Session } from "./rules";
import type { ValueMap } from "./values";

/** The session of a provider that has neither region nor account. */
export function noSession(config: ValueMap): Session {
    return { region: "", accountId: "", partition: "", dnsSuffix: "", defaultTags: {}, config };
}
