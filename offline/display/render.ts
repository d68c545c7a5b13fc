import { nameOf } from "../runner/events";
import type { Diagnostic, OperationResult } from "../runner/types";
import { countKinds, tiersOf } from "./changes";
import type { Change, ChangeKind, Tier } from "./changes";
import type { Paint } from "./colour";
import { groupOf, renderPolicy } from "./policy";
import { propertyChanges, valueText } from "./property-diff";
import { byGravity, isStateful } from "./stateful";
import { clip, duration, plural, shortType, WIDTH, wrap } from "./text";
import { valueLines } from "./value-lines";

export interface RenderOptions {
    paint: Paint;
    /** Every resource and every finding, where otherwise counts would do. */
    verbose: boolean;
}

const SYMBOLS: Record<ChangeKind, string> = {
    create: "+",
    update: "~",
    replace: "±",
    delete: "-",
    import: "=",
    same: " ",
};

/** Kinds in the order of the output: what may hurt comes first. */
const ORDER: ChangeKind[] = ["replace", "delete", "update", "create", "import"];

/** Deletions that are written out one by one; beyond, they are counted. */
const DELETIONS_SHOWN = 8;
/** Properties of one resource that are written out. */
const PROPERTIES_SHOWN = 12;
const OUTPUTS_SHOWN = 20;

/** What comes before an operation: which stack, and that it is not AWS. */
export function renderHeader(
    result: Pick<OperationResult, "operation" | "project" | "stack" | "region">,
    { paint }: RenderOptions,
): string[] {
    const { operation, project, stack, region } = result;
    return [
        `${paint.bold(`${project} / ${stack}`)}${region ? `  ${region}` : ""}  ${operation}`,
        paint.dim("offline: provider stand-ins, nothing here touches AWS"),
        "",
    ];
}

/** The whole report of an operation. */
export function renderResult(result: OperationResult, options: RenderOptions): string[] {
    const tiers = tiersOf(result);
    const sections = [
        renderStateful(result, tiers, options),
        renderTiers(result, tiers, options),
        renderPolicy(result, options.paint, options.verbose),
        renderDiagnostics(result, options),
        renderOutputs(result, options),
        [renderClosing(result, tiers, options)],
    ];
    return sections
        .filter((lines) => lines.length > 0)
        .flatMap((lines, index) => (index === 0 ? lines : ["", ...lines]));
}

/** Data at risk, in a box at the top: what is replaced or deleted though it holds state, and which property causes it. */
function renderStateful(result: OperationResult, tiers: Tier[], { paint }: RenderOptions): string[] {
    const hurt = tiers
        .flatMap((t) => t.changes)
        .filter((c) => (c.kind === "replace" || c.kind === "delete") && isStateful(c.step.type))
        .sort((a, b) => byGravity(a.step.type, b.step.type));
    if (hurt.length === 0) return [];
    if (result.operation === "preview") return box(" data at risk: these hold state and would go ", hurt, paint);
    const isOpen = (change: Change) => change.failed || change.unfinished;
    return [
        ...box(
            " data: these held state and are gone ",
            hurt.filter((c) => !isOpen(c)),
            paint,
        ),
        ...box(" data: these hold state and were to go, but that did not come to its end ", hurt.filter(isOpen), paint),
    ];
}

function box(title: string, changes: Change[], paint: Paint): string[] {
    if (changes.length === 0) return [];
    const lines = [paint.error(`┌─${title}${"─".repeat(WIDTH - title.length - 2)}`)];
    const sorted = [...changes].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    for (const change of sorted) {
        const verb = change.kind === "replace" ? "replace" : "delete ";
        const outcome = change.failed ? "  failed: still there" : change.unfinished ? "  cut off: state unknown" : "";
        lines.push(
            `${paint.error("│")} ${paintFor(change.kind, paint)(`${SYMBOLS[change.kind]} ${verb}`)}  ${shortType(change.step.type)}  ${paint.bold(change.step.name)}${outcome}`,
        );
        if (change.kind === "replace") lines.push(...causes(change).map((line) => `${paint.error("│")}     ${line}`));
    }
    return [...lines, paint.error(`└${"─".repeat(WIDTH - 1)}`)];
}

function causes(change: Change): string[] {
    const forcing = propertyChanges(change.step).filter((p) => p.replaces);
    if (forcing.length === 0) return ["because of a change that the provider does not name"];
    return forcing.map((p) => `because of ${clip(`${p.path}: ${p.before} → ${p.after}`, WIDTH - 20)}`);
}

function renderTiers(result: OperationResult, tiers: Tier[], options: RenderOptions): string[] {
    const changed = tiers.filter((tier) => options.verbose || tier.changes.some((c) => c.kind !== "same"));
    if (changed.length === 0) return [];
    const width = Math.min(28, Math.max(...changed.map((t) => t.name.length)));
    const title = result.operation === "preview" ? "Changes" : "Changed";
    return [options.paint.bold(title), ...changed.flatMap((tier) => renderTier(tier, width, options))];
}

function renderTier(tier: Tier, width: number, { paint, verbose }: RenderOptions): string[] {
    const counts = countKinds(tier.changes);
    const parts = ORDER.filter((kind) => counts[kind] > 0).map((kind) =>
        paintFor(kind, paint)(`${SYMBOLS[kind]}${counts[kind]}`),
    );
    if (counts.same > 0) parts.push(paint.dim(`=${counts.same}`));
    const plainLength =
        ORDER.filter((k) => counts[k] > 0).reduce((n, k) => n + `${counts[k]}`.length + 2, 0) +
        (counts.same > 0 ? `${counts.same}`.length + 2 : 0);
    const pad = " ".repeat(Math.max(1, 12 - plainLength));
    const name = clip(tier.name, width).padEnd(width);
    const heading = `  ${paint.bold(name)}  ${parts.join(" ")}${pad}${paint.dim(kindsOf(tier.changes, WIDTH - width - 18))}`;
    const details = tier.changes
        .filter((change) => isWrittenOut(change, counts, verbose))
        .sort((a, b) => rank(a) - rank(b))
        .flatMap((change) => renderChange(change, paint));
    return [heading, ...details];
}

function rank(change: Change): number {
    const at = ORDER.indexOf(change.kind);
    return at < 0 ? ORDER.length : at;
}

function isWrittenOut(change: Change, counts: Record<ChangeKind, number>, verbose: boolean): boolean {
    if (verbose || change.failed || change.unfinished) return true;
    if (change.kind === "delete") return counts.delete <= DELETIONS_SHOWN;
    return change.kind === "update" || change.kind === "replace";
}

function renderChange(change: Change, paint: Paint): string[] {
    const { step, kind, failed, unfinished } = change;
    const colour = paintFor(kind, paint);
    const line = `      ${colour(SYMBOLS[kind])} ${step.name}  ${paint.dim(shortType(step.type))}${failed ? paint.error("  failed") : unfinished ? paint.warning("  cut off") : ""}`;
    if (kind !== "update" && kind !== "replace") return [line];
    const properties = propertyChanges(step);
    const shown = properties.slice(0, PROPERTIES_SHOWN).map((p) => {
        const before = clip(p.before, 34);
        const after = clip(p.after, 34);
        return `          ${p.path}: ${before} → ${after}${p.replaces ? paint.replace("  forces replacement") : ""}`;
    });
    const more = properties.length - shown.length;
    return [
        line,
        ...shown,
        ...(more > 0 ? [paint.dim(`          and ${plural(more, "more property", "more properties")}`)] : []),
    ];
}

/** `3 ec2.Subnet, ec2.Vpc` of what changes (or of everything where nothing does), the most frequent first. */
function kindsOf(changes: Change[], width: number): string {
    const counted = new Map<string, number>();
    const relevant = changes.some((c) => c.kind !== "same") ? changes.filter((c) => c.kind !== "same") : changes;
    for (const { step } of relevant) {
        if (step.component) continue;
        const kind = shortType(step.type);
        counted.set(kind, (counted.get(kind) ?? 0) + 1);
    }
    const words = [...counted]
        .sort((a, b) => b[1] - a[1])
        .map(([kind, count]) => (count === 1 ? kind : `${count} ${kind}`));
    let text = "";
    for (const [index, word] of words.entries()) {
        const more = words.length - index;
        const next = text === "" ? word : `${text}, ${word}`;
        const tail = more > 1 ? `, +${more - 1} kinds` : "";
        if (next.length + tail.length > width && text !== "") return `${text}, +${plural(more, "kind")}`;
        text = next;
    }
    return text;
}

function renderDiagnostics(result: OperationResult, { paint, verbose }: RenderOptions): string[] {
    const seen = new Set<string>();
    const worth = result.diagnostics.filter((d) => {
        const key = `${d.severity}\0${d.urn ?? ""}\0${d.message}`;
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
    });
    if (worth.length === 0) return [];
    const order: Diagnostic["severity"][] = ["error", "warning", "info"];
    const sorted = [...worth].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
    return [paint.bold("Messages"), ...sorted.flatMap((d) => renderDiagnostic(d, paint, verbose))];
}

function renderDiagnostic(diagnostic: Diagnostic, paint: Paint, verbose: boolean): string[] {
    const colour =
        diagnostic.severity === "error" ? paint.error : diagnostic.severity === "warning" ? paint.warning : paint.dim;
    const isStack = diagnostic.urn?.includes("::pulumi:pulumi:Stack::") === true;
    const who = diagnostic.urn && !isStack ? `${nameOf(diagnostic.urn)}: ` : "";
    const [first = "", ...rest] = diagnostic.message
        .split("\n")
        .flatMap((line) => (verbose || line.length <= 4 * WIDTH ? indentWrap(line) : [clip(line, 4 * WIDTH)]));
    return [`  ${colour(diagnostic.severity)}  ${who}${first}`, ...rest.map((line) => `         ${line}`)];
}

/** Wraps text; a line that is indented (a stack frame, YAML to copy) stays as it is. */
function indentWrap(line: string): string[] {
    return /^\s/.test(line) ? [line] : wrap(line, WIDTH - 10);
}

function renderOutputs(result: OperationResult, { paint, verbose }: RenderOptions): string[] {
    const entries = Object.entries(result.outputs);
    if (entries.length === 0 || result.operation === "destroy") return [];
    const shown = verbose ? entries : entries.slice(0, OUTPUTS_SHOWN);
    const width = Math.min(30, Math.max(...shown.map(([name]) => name.length)));
    const lines = shown.flatMap(([name, value]) => {
        const text = valueText(value);
        const room = WIDTH - width - 4;
        if (typeof value === "object" && value !== null && text.length > room && !verbose)
            return [`  ${name}`, ...valueLines(value, WIDTH - 4).map((line) => `    ${line}`)];
        return [`  ${name.padEnd(width)}  ${verbose ? text : clip(text, room)}`];
    });
    const more = entries.length - shown.length;
    return [paint.bold("Outputs"), ...lines, ...(more > 0 ? [paint.dim(`  and ${more} more`)] : [])];
}

const PLANNED: Record<ChangeKind, string> = {
    create: "to create",
    update: "to update",
    replace: "to replace",
    delete: "to delete",
    import: "to import",
    same: "unchanged",
};
const DONE: Record<ChangeKind, string> = {
    create: "created",
    update: "updated",
    replace: "replaced",
    delete: "deleted",
    import: "imported",
    same: "unchanged",
};

function renderClosing(result: OperationResult, tiers: Tier[], { paint }: RenderOptions): string {
    const all = tiers.flatMap((t) => t.changes);
    const counts = countKinds(all.filter((c) => !c.failed && !c.unfinished));
    const words = result.operation === "preview" ? PLANNED : DONE;
    const parts = [...ORDER, "same" as const]
        .filter((kind) => counts[kind] > 0)
        .map((kind) => `${counts[kind]} ${words[kind]}`);
    const failed = all.filter((c) => c.failed).length;
    if (failed > 0) parts.push(`${failed} failed`);
    const cutOff = all.filter((c) => c.unfinished && !c.step.component).length;
    if (cutOff > 0) parts.push(`${cutOff} cut off`);
    const mandatory = result.policy.filter((f) => groupOf(f) === "mandatory").length;
    if (mandatory > 0) parts.push(plural(mandatory, "mandatory finding"));
    const exempted = result.policy.filter((f) => groupOf(f) === "exempted").length;
    if (exempted > 0) parts.push(plural(exempted, "exemption"));
    const outcome = result.cancelled
        ? paint.error("cancelled")
        : result.ok
          ? paint.good("done")
          : paint.error("failed");
    return `${result.operation} ${outcome}: ${parts.length > 0 ? parts.join(", ") : "nothing there"}  ${paint.dim(duration(result.durationMs))}`;
}

function paintFor(kind: ChangeKind, paint: Paint): (text: string) => string {
    return {
        create: paint.create,
        update: paint.update,
        replace: paint.replace,
        delete: paint.remove,
        import: paint.create,
        same: paint.dim,
    }[kind];
}
