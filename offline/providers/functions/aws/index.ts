import type { InvokeContext } from "../../rules";
import type { ValueMap } from "../../values";
import { accountFunctions } from "./account";
import { fromJournal } from "./journal";
import { networkFunctions } from "./network";
import { publishedFunctions } from "./published";
import type { Functions } from "./types";

const functions: Functions = { ...accountFunctions, ...networkFunctions, ...publishedFunctions };

/** Functions that are answered without the journal. */
export const answeredFunctions: readonly string[] = Object.keys(functions);

/**
 * Answers a function of @pulumi/aws: what the stack itself has made is found in the journal, other things are answered where
 * they are the same for everyone or where any plausible answer serves.
 */
export function invokeAws(context: InvokeContext, args: ValueMap): ValueMap | undefined {
    const region = typeof args["region"] === "string" ? args["region"] : context.session.region;
    const found = fromJournal(context, args, region);
    if (found) {
        return found;
    }
    const answer = functions[context.token]?.({ ...context, region }, args);
    if (!answer) {
        return undefined;
    }
    const declared = context.environment.catalogue.function(context.token)?.result ?? {};
    return {
        ...args,
        ...("region" in declared ? { region } : {}),
        ...("id" in declared ? { id: region } : {}),
        ...answer,
    };
}
