import { noSession } from "../session";
import type { PackageRules } from "../rules";
import { computeRandom } from "./compute";
import { validateRandom } from "./validation";

export const randomRules: PackageRules = {
    name: "random",
    declaresWhatIsFilled: true,
    adoptsOrphans: false,
    ownFunctions: new Set(),
    configure: noSession,
    sessionFor: (session) => session,
    specOf: (environment, type) => environment.catalogue.resource(type),
    refuseType: () => undefined,
    prepare: (_context, inputs) => ({ inputs, problems: [] }),
    validate: validateRandom,
    // A value is drawn once: everything that takes part in it asks for a new one, and so do the keepers.
    replaces: () => true,
    deleteBeforeReplace: () => false,
    compute: computeRandom,
    knownInPreview: () => ({}),
    refuseDelete: () => undefined,
    refuseUpdate: () => undefined,
    describeById: (_spec, _id, given) => given,
    invoke: () => undefined,
};
