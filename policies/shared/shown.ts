/**
 * A value in a message: as it is where it belongs to a fixed vocabulary, and else nothing of it. A program may put a secret where
 * it does not belong, and findings are read by more people than secrets are.
 * @param vocabulary matches the whole of every allowed value
 */
export function shown(value: string, vocabulary: RegExp): string {
    return vocabulary.test(value) ? value : "a value that AWS does not have";
}
