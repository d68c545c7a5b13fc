import { Generator } from "../../generator";
import type { InvokeContext } from "../../rules";
import type { ValueMap } from "../../values";

/** The context of a call, with the region that it asks in. */
export interface FunctionContext extends InvokeContext {
    region: string;
}

export type Functions = Readonly<Record<string, (context: FunctionContext, args: ValueMap) => ValueMap | undefined>>;

/** Values for something outside of the stack: the same in every call and every stack of an account and region. */
export function outside(context: FunctionContext, what: string): Generator {
    return new Generator(`${context.session.accountId}/${context.region}/${what}`);
}

export function arn(context: FunctionContext, service: string, resource: string): string {
    return `arn:${context.session.partition}:${service}:${context.region}:${context.session.accountId}:${resource}`;
}
