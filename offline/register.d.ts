/** Puts the lines and columns of the TypeScript sources in place of the compiled ones in the stack of an error. */
export function mapStack(stack: string): string;
