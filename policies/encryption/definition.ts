import type { PackDefinition } from "../shared/pack-definition";
import { version } from "./package.json";
import { rules } from "./rules";

export const definition: PackDefinition = {
    name: "encryption",
    title: "Encryption, keys and secrets",
    description: "Refuses what is stored or sent in clear text, and keys and secrets that are handled carelessly.",
    version,
    category: "security",
    rules,
};
