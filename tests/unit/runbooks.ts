import { existsSync } from "node:fs";
import { join } from "node:path";
import { Signal } from "../../components/signal";

/** The runbooks that signals name and that are not in docs/runbooks. */
export function missingRunbooks(signals: readonly Pick<Signal, "runbook">[]): string[] {
    const folder = join(__dirname, "..", "..", "docs", "runbooks");
    return signals.map(({ runbook }) => runbook).filter((runbook) => !existsSync(join(folder, `${runbook}.md`)));
}
