/**
 * The checked inputs of each resource, kept from its own validation for the validation of the stack in the same
 * process. A stack validation sees outputs only, in which a value that the program left out may be unknown and, where a
 * provider's own configuration is unknown, nothing is there at all. The inputs close that gap.
 */
import { Values } from "./unknown";

export class Recorder {
    readonly #inputs = new Map<string, Values>();

    record(urn: string, inputs: object): Values {
        const values = new Values(inputs);
        this.#inputs.set(urn, values);
        return values;
    }

    inputsOf(urn: string): Values | undefined {
        return this.#inputs.get(urn);
    }

    reset(): void {
        this.#inputs.clear();
    }
}
