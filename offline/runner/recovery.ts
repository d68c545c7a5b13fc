import type { StackPaths } from "./paths";
import type { ExportedState, Operation } from "./types";

export interface RecoveryContext {
    paths: StackPaths;
    note: (text: string) => void;
    exportState: () => Promise<ExportedState>;
    importState: (state: ExportedState) => Promise<void>;
    cloud: () => { urn: string; id: string }[];
}

/** Puts right what a killed operation left behind. */
export async function recover(_operation: Operation, _context: RecoveryContext): Promise<void> {
    // follows
}
