import type { InvokeContext } from "../rules";
import type { ValueMap } from "../values";

export function invokeAws(_context: InvokeContext, _args: ValueMap): ValueMap | undefined {
    return undefined;
}
