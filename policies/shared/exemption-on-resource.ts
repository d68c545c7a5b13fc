/**
 * Exemptions that a resource carries itself: an AWS tag `headroom:exempt:<rule-id>`, or a Kubernetes annotation
 * `policies.headroom.dev/exempt.<rule-id>`, with the value
 *
 *     expires=2027-01-31 owner=platform@example.com ticket=OPS-1 reason=a development database
 *
 * AWS allows letters, digits, blanks and + - = . _ : / @ in a tag's value, and 256 of them; an annotation takes the same.
 * Tags that the provider puts on everything do not count: they name no resource.
 */
import type { PolicyProviderResource } from "@pulumi/policy";
import type { ExemptionTerms } from "./exemption";
import { UNKNOWN, Values, elements, holdsUnknown, type Maybe, type Unknown } from "./unknown";

const TAG_PREFIX = "headroom:exempt:";
const ANNOTATION_PREFIX = "policies.headroom.dev/exempt.";

/** An exemption as it stands on a resource, before it is checked. */
export interface CarriedExemption {
    readonly rule: string;
    /** "tag" or "annotation", with its name. */
    readonly where: string;
    /** Its text, `UNKNOWN` in preview where it holds a value that is not known yet. */
    readonly value: string | Unknown;
    /** Whether the provider puts it on everything: surely, perhaps (its tags are not known in preview), or not. */
    readonly isDefault: boolean | Unknown;
}

type Entry = readonly [key: string, value: string | Unknown];

/** The entries of a map, or of a list of objects with `key` and `value`, as Auto Scaling groups have it. */
function entriesOf(properties: Values, property: string): readonly Entry[] {
    const value = properties.get(property);
    if (Array.isArray(value)) {
        return elements(properties.list(property)).flatMap((element): Entry[] => {
            const key = element.str("key");
            const text: string | Unknown = element.str("value") ?? "";
            return typeof key === "string" ? [[key, text]] : [];
        });
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const map = new Values(value);
    return map.keys().map((key): Entry => {
        const text = map.at(key);
        return [key, text === UNKNOWN ? UNKNOWN : typeof text === "string" ? text : ""];
    });
}

/** The tags that a provider puts on everything. Its own properties are JSON texts, of which one unknown value makes all unknown. */
function defaultTags(provider: Pick<PolicyProviderResource, "props"> | undefined): Maybe<Values> {
    const given = provider === undefined ? undefined : new Values(provider.props).json("defaultTags");
    if (given === UNKNOWN || given === undefined) {
        return given;
    }
    const tags = given.get("tags");
    return typeof tags === "object" && tags !== null && !holdsUnknown(tags)
        ? new Values(tags)
        : tags === undefined
          ? undefined
          : UNKNOWN;
}

/** The exemptions that a resource carries, none for almost every one. */
export function carriedExemptions(
    type: string,
    properties: Values,
    provider: Pick<PolicyProviderResource, "props"> | undefined,
): readonly CarriedExemption[] {
    const isKubernetes = type.startsWith("kubernetes:");
    const [prefix, property, name] = isKubernetes
        ? [ANNOTATION_PREFIX, "metadata.annotations", "annotation"]
        : [TAG_PREFIX, "tags", "tag"];
    const own = entriesOf(properties, property).filter(([key]) => key.startsWith(prefix));
    if (own.length === 0) {
        return [];
    }
    const defaults = isKubernetes ? undefined : defaultTags(provider);
    return own.map(([key, value]) => ({
        rule: key.slice(prefix.length),
        where: `the ${name} \`${key}\``,
        value,
        isDefault:
            defaults === UNKNOWN ? UNKNOWN : defaults !== undefined && value !== UNKNOWN && defaults.at(key) === value,
    }));
}

const KEYS = ["expires", "owner", "ticket"] as const;

/** What a text says, and what of it is no part of an exemption. `reason` comes last: it takes the rest of the text. */
export function readTerms(text: string): {
    readonly terms: Readonly<Partial<Record<keyof ExemptionTerms, string>>>;
    readonly problems: readonly string[];
} {
    const [, before = text, reason] = /^((?:.*?\s)?)reason=(.*)$/su.exec(text) ?? [];
    const terms: Partial<Record<keyof ExemptionTerms, string>> = reason === undefined ? {} : { reason: reason.trim() };
    const problems: string[] = [];
    let current: (typeof KEYS)[number] | undefined;
    for (const word of before.split(/\s+/u).filter((each) => each !== "")) {
        const [, key, value = ""] = /^([A-Za-z]+)=(.*)$/su.exec(word) ?? [];
        const known = KEYS.find((each) => each === key);
        if (known !== undefined && terms[known] !== undefined) {
            problems.push(`\`${known}\` is there twice.`);
        } else if (known !== undefined) {
            terms[known] = value;
            current = known;
        } else if (key !== undefined) {
            problems.push(`\`${key}\` is not a key of an exemption; allowed are ${KEYS.join(", ")} and, last, reason.`);
            current = undefined;
        } else if (current !== undefined) {
            terms[current] = `${String(terms[current])} ${word}`;
        } else {
            problems.push("it holds a word that belongs to no key.");
        }
    }
    return { terms, problems: [...new Set(problems)] };
}
