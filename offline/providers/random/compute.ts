import { createHash, randomBytes, randomInt } from "node:crypto";
import type { Computed, ComputeContext } from "../rules";
import { asText, list, number, open, text, type Value, type ValueMap } from "../values";
import { adjectives, adverbs, petNames } from "./words";

/** Draws the value of a resource. Real randomness, unless the program gives a seed: results become passwords. */
export function computeRandom(context: ComputeContext): Computed {
    const kind = context.spec.token.slice(context.spec.token.lastIndexOf(":") + 1);
    const draw = draws[kind];
    return draw ? draw(context.inputs) : { id: "none", outputs: {} };
}

const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const numeric = "0123456789";
const special = "!@#$%&*()-_=+[]{}<>:?";

const draws: Readonly<Record<string, (inputs: ValueMap) => Computed>> = {
    RandomString: (inputs) => {
        const result = drawString(inputs);
        return { id: result, outputs: { ...stringDefaults(inputs), result } };
    },
    RandomPassword: (inputs) => {
        const outputs = { ...stringDefaults(inputs), result: drawString(inputs), bcryptHash: likeBcrypt() };
        return { id: "none", outputs };
    },
    RandomId: (inputs) => {
        const bytes = randomBytes(number(inputs, "byteLength") ?? 8);
        const prefix = text(inputs, "prefix") ?? "";
        const url = bytes.toString("base64url");
        return {
            id: url,
            outputs: {
                b64Std: prefix + bytes.toString("base64"),
                b64Url: prefix + url,
                hex: prefix + bytes.toString("hex"),
                dec: prefix + BigInt(`0x${bytes.toString("hex")}`).toString(),
            },
        };
    },
    RandomBytes: (inputs) => {
        const bytes = randomBytes(number(inputs, "length") ?? 8);
        return { id: "none", outputs: { base64: bytes.toString("base64"), hex: bytes.toString("hex") } };
    },
    RandomInteger: (inputs) => {
        const [min, max] = [number(inputs, "min") ?? 0, number(inputs, "max") ?? 0];
        const below = source(text(inputs, "seed"));
        const result = min + below(max - min + 1);
        return { id: String(result), outputs: { result } };
    },
    RandomUuid: uuid4,
    RandomUuid4: uuid4,
    RandomUuid7: () => {
        const time = Date.now().toString(16).padStart(12, "0");
        const rest = randomBytes(10).toString("hex");
        return uuid(`${time}7${rest.slice(0, 3)}${variant(rest.slice(3, 4))}${rest.slice(4, 19)}`);
    },
    RandomPet: (inputs) => {
        const count = number(inputs, "length") ?? 2;
        const separator = typeof open(inputs["separator"]) === "string" ? asText(inputs["separator"]) : "-";
        const words = [
            ...Array.from({ length: Math.max(0, count - 2) }, () => pick(adverbs)),
            ...(count > 1 ? [pick(adjectives)] : []),
            pick(petNames),
        ];
        const prefix = text(inputs, "prefix");
        return {
            id: [...(prefix === undefined ? [] : [prefix]), ...words].join(separator),
            outputs: { length: count, separator },
        };
    },
    RandomShuffle: (inputs) => {
        const values = [...list(inputs, "inputs")];
        const count = number(inputs, "resultCount") ?? values.length;
        const below = source(text(inputs, "seed"));
        const results: Value[] = [];
        // More results than values repeats whole shuffles.
        while (results.length < count && values.length > 0) {
            const round = [...values];
            for (let i = round.length - 1; i > 0; i--) {
                const j = below(i + 1);
                [round[i], round[j]] = [round[j] as Value, round[i] as Value];
            }
            results.push(...round);
        }
        return { id: "-", outputs: { results: results.slice(0, count) } };
    },
};

interface CharacterClass {
    alphabet: string;
    flag: string;
    minimum: string;
}

function classes(inputs: ValueMap): CharacterClass[] {
    return [
        { alphabet: lower, flag: "lower", minimum: "minLower" },
        { alphabet: upper, flag: "upper", minimum: "minUpper" },
        {
            alphabet: numeric,
            flag: open(inputs["numeric"]) === undefined ? "number" : "numeric",
            minimum: "minNumeric",
        },
        { alphabet: text(inputs, "overrideSpecial") ?? special, flag: "special", minimum: "minSpecial" },
    ].filter((one) => ![false, "false"].includes(open(inputs[one.flag]) as boolean | string));
}

function drawString(inputs: ValueMap): string {
    const length = number(inputs, "length") ?? 0;
    const allowed = classes(inputs);
    const characters: string[] = [];
    for (const one of allowed) {
        for (let i = 0; i < (number(inputs, one.minimum) ?? 0); i++) {
            characters.push(one.alphabet[randomInt(one.alphabet.length)] ?? "");
        }
    }
    const alphabet = allowed.map((one) => one.alphabet).join("");
    while (characters.length < length && alphabet !== "") {
        characters.push(alphabet[randomInt(alphabet.length)] ?? "");
    }
    for (let i = characters.length - 1; i > 0; i--) {
        const j = randomInt(i + 1);
        [characters[i], characters[j]] = [characters[j] as string, characters[i] as string];
    }
    return characters.join("");
}

/** The two names of the digits' flag follow each other. */
function stringDefaults(inputs: ValueMap): ValueMap {
    const digits = open(inputs["numeric"] ?? inputs["number"]) ?? true;
    return {
        lower: true,
        upper: true,
        special: true,
        numeric: digits,
        number: digits,
        minLower: 0,
        minUpper: 0,
        minNumeric: 0,
        minSpecial: 0,
    };
}

/** Has the form of a bcrypt hash and is none: nothing can be logged into with it. */
function likeBcrypt(): string {
    const alphabet = `./${upper}${lower}${numeric}`;
    return `$2a$10$${Array.from({ length: 53 }, () => alphabet[randomInt(alphabet.length)]).join("")}`;
}

/** Numbers below a bound: random, or always the same for the same seed. */
function source(seed: string | undefined): (bound: number) => number {
    if (seed === undefined) {
        return (bound) => (bound > 1 ? randomInt(bound) : 0);
    }
    let count = 0;
    return (bound) => {
        const digest = createHash("sha256").update(`${seed}\0${count++}`).digest();
        return bound > 1 ? digest.readUIntBE(0, 6) % bound : 0;
    };
}

function uuid4(): Computed {
    const hex = randomBytes(16).toString("hex");
    return uuid(`${hex.slice(0, 12)}4${hex.slice(13, 16)}${variant(hex.slice(16, 17))}${hex.slice(17)}`);
}

function variant(digit: string): string {
    return ((parseInt(digit, 16) & 3) | 8).toString(16);
}

function uuid(hex: string): Computed {
    const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
    const result = groups.join("-");
    return { id: result, outputs: { result } };
}

function pick(words: readonly string[]): string {
    return words[randomInt(words.length)] ?? "";
}
