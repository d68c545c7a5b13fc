/**
 * The two facts that only the documentation of a property has: that a change makes a new resource, and the default.
 * Both come from many hands, hence the number of wordings.
 */

const newResource = [
    /\bforces? (?:terraform to create )?(?:the )?(?:creation of )?(?:a |an )?(?:new (?:resource|cluster|subscription)|new\b(?= resource| cluster)|replacement|(?:resource )?re-?creation)/i,
    /\bchang(?:e|ing|es)\b[^.]{0,60}\b(?:will |would )?(?:trigger|triggers|requires?|forces?) (?:a |the )?(?:resource )?(?:replacement|re-?creation|creating a new resource)/i,
    /\bchanging (?:this|the)\b[^.]{0,40}\b(?:will |would )?(?:creates?|re-?creates?|force terraform to create) (?:a |the )?(?:new )?(?:resource|replica|cluster)/i,
    /\b(?:cannot|can't|can not) be (?:changed|modified|updated) (?:after|once)\b/i,
    /\bthis can't be changed\b/i,
    /\bchanging (?:it|`\w+`|these values) (?:will )?(?:re-?creates?|creates? a new) /i,
    /\bis changed, creates a new resource\b/i,
    /\byou can't change (?:the|this)\b[^.]{0,40}\bafter (?:you create|creation)/i,
];

/** Only some changes of the property make a new resource: the table of replacements has to say which. */
const partly =
    /changing this (?:value )?(?:to|from)\b|forces? new for\b|new resources downstream|unless\b[^.]*forces?|forces? replacement, add\b|to an empty string|lifecycle rule/i;

/** Whether the documentation says, without a condition, that a change of the property makes a new resource. */
export function forcesNewResource(doc: string): boolean {
    return newResource.some((wording) => wording.test(doc)) && !partly.test(doc);
}

const defaultWording = /\b(?:defaults? (?:value )?(?:is|to|of)|default:)\s*:?\s*`([^`]+)`/i;

/** The default value that the documentation names in code style, if it is a single plain value. */
export function documentedDefault(doc: string): string | number | boolean | undefined {
    const text = defaultWording.exec(doc)?.[1]?.replace(/^"|"$/g, "");
    if (text === undefined || text.length > 60 || /\s/.test(text)) {
        return undefined;
    }
    if (text === "true" || text === "false") {
        return text === "true";
    }
    return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
