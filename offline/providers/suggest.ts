import { distance } from "fastest-levenshtein";

/** The candidates nearest to a mistyped name, best first, at most three; empty if none is near. */
export function suggest(name: string, candidates: Iterable<string>): string[] {
    const wanted = name.toLowerCase();
    const limit = Math.max(2, Math.floor(name.length / 3));
    return [...candidates]
        .map((candidate) => ({ candidate, edits: distance(wanted, candidate.toLowerCase()) }))
        .filter((one) => one.edits <= limit)
        .sort((a, b) => a.edits - b.edits || a.candidate.localeCompare(b.candidate))
        .slice(0, 3)
        .map((one) => one.candidate);
}

/** ` Did you mean "x" or "y"?`, or nothing. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
    const near = suggest(name, candidates);
    return near.length === 0 ? "" : ` Did you mean ${near.map((one) => `"${one}"`).join(" or ")}?`;
}
