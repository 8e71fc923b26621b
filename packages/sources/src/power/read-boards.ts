import type { MeterKind } from "@wattspan/footprint";
import type { BoardPod, MeterScope, MeterTable, MetricRule } from "./meter-table.ts";
import { type Exposition, labelOf } from "./parse-exposition.ts";

/** One sample of some metric, from a page or from a server's answer. */
export interface MetricSample {
  readonly name: string;
  readonly value: number;
  /** When the exporter says it was, ms since 1970. */
  readonly timestampMs?: number;
  /** Undefined where the label is absent or empty. */
  readonly label: (key: string) => string | undefined;
}

/** What one device's meter said, its repeats reduced. */
export interface BoardSample {
  readonly id: string;
  readonly scope: MeterScope;
  readonly kind: MeterKind;
  /** Joules or watts. */
  readonly value: number;
  readonly timestampMs?: number;
  /** How far back the value reaches from when the exporter read it, ms. */
  readonly reachMs?: number;
  readonly nodeNames: readonly string[];
  readonly model?: string;
  /** How busy each part of the board was, 0 to 1. */
  readonly activity?: ReadonlyMap<string, number>;
  /** Pods that were given the board or a part of it. */
  readonly pods?: readonly BoardPod[];
}

/** Why a sample gave no reading. */
type Unread = "blank" | "negative" | "no_device" | "not_finite" | "zero_power";

/** Boards in the order of their first sample, and what was not read. */
export interface BoardSamples {
  readonly boards: readonly BoardSample[];
  readonly unread: ReadonlyMap<string, number>;
}

/** The samples of a page. */
export function* samplesOf(page: Exposition): Generator<MetricSample> {
  for (let i = 0; i < page.count; i++) {
    const timestampMs = page.timestampsMs[i] as number;
    yield {
      name: page.names[page.nameIndex[i] as number] as string,
      value: page.values[i] as number,
      ...(Number.isNaN(timestampMs) ? {} : { timestampMs }),
      label: (key) => labelOf(page, i, key),
    };
  }
}

/**
 * Reads one scrape's samples by a table. A board that is repeated for each partition or time slice is read once, at
 * its greatest value; of several metrics of one kind the table's first counts.
 */
export function readBoards(table: MeterTable, samples: Iterable<MetricSample>): BoardSamples {
  const unread = new Map<string, number>();
  const best = new Map<string, { readonly rank: number; readonly board: BoardSample }>();
  const activities = new Map<string, Map<string, number>>();
  const pods = new Map<string, Map<string, BoardPod>>();
  for (const sample of samples) {
    noteActivity(table, sample, activities);
    for (const [rank, rule] of table.metrics.entries()) {
      if (!matches(rule, sample)) continue;
      const board = readBoard(table, rule, sample);
      if (typeof board === "string") {
        unread.set(board, (unread.get(board) ?? 0) + 1);
        continue;
      }
      notePod(table, sample, boardKeyOf(board.id, board.nodeNames), pods);
      const key = JSON.stringify([board.nodeNames, board.scope, board.id, board.kind]);
      const known = best.get(key);
      const isBetter =
        known === undefined ||
        rank < known.rank ||
        (rank === known.rank && board.value > known.board.value);
      if (isBetter) best.set(key, { rank, board });
    }
  }
  const boards = [...best.values()].map(({ board }) => {
    const key = boardKeyOf(board.id, board.nodeNames);
    const activity = activities.get(key);
    const found = pods.get(key);
    return {
      ...board,
      ...(activity === undefined ? {} : { activity }),
      ...(found === undefined ? {} : { pods: [...found.values()] }),
    };
  });
  return { boards, unread };
}

const boardKeyOf = (id: string, nodeNames: readonly string[]): string =>
  JSON.stringify([id, nodeNames]);

/** Labels of pods as exporters wrote them, new and old. */
const podLabels = ["pod", "pod_name"];
const namespaceLabels = ["namespace", "pod_namespace"];

function notePod(
  { activity }: MeterTable,
  { label }: MetricSample,
  board: string,
  pods: Map<string, Map<string, BoardPod>>,
): void {
  const pod = firstOf(podLabels, label);
  if (pod === undefined) return;
  const namespace = firstOf(namespaceLabels, label);
  const part = activity && label(activity.partLabel);
  const known = pods.get(board) ?? new Map<string, BoardPod>();
  pods.set(board, known);
  known.set(JSON.stringify([namespace, pod, part]), {
    pod,
    ...(namespace === undefined ? {} : { namespace }),
    ...(part === undefined ? {} : { part }),
  });
}

/** Keeps how busy a part was: the greatest of several samples of it. */
function noteActivity(
  { activity, metrics, nodeLabels }: MeterTable,
  { name, value, label }: MetricSample,
  activities: Map<string, Map<string, number>>,
): void {
  if (activity === undefined || activity.metric !== name || !(value >= 0 && value <= 1)) return;
  const id = firstOf(metrics[0]?.idLabels ?? [], label);
  const part = label(activity.partLabel);
  if (id === undefined || part === undefined) return;
  const key = boardKeyOf(
    id,
    nodeLabels.flatMap((one) => label(one) ?? []),
  );
  const parts = activities.get(key) ?? new Map<string, number>();
  activities.set(key, parts);
  parts.set(part, Math.max(value, parts.get(part) ?? 0));
}

function matches({ metric, only }: MetricRule, { name, label }: MetricSample): boolean {
  return metric === name && (only === undefined || label(only[0]) === only[1]);
}

function readBoard(
  table: MeterTable,
  rule: MetricRule,
  { value, timestampMs, label }: MetricSample,
): BoardSample | Unread {
  const id = firstOf(rule.idLabels, label);
  if (id === undefined) return "no_device";
  if (!Number.isFinite(value)) return "not_finite";
  if (value < 0) return "negative";
  if (rule.blankFrom !== undefined && value >= rule.blankFrom) return "blank";
  // A board that answers draws something; exporters write 0 where they have no value.
  if (rule.kind === "power" && value === 0) return "zero_power";
  const { idPrefix = "" } = rule;
  const model = firstOf(table.modelLabels, label);
  return {
    id: id.startsWith(idPrefix) || id.startsWith("MIG-") ? id : `${idPrefix}${id}`,
    scope: id.startsWith("MIG-") ? "gpu_instance" : rule.scope,
    kind: rule.kind,
    value: value * rule.scale,
    ...(timestampMs === undefined ? {} : { timestampMs }),
    ...(rule.reachMs === undefined ? {} : { reachMs: rule.reachMs(model) }),
    nodeNames: table.nodeLabels.flatMap((key) => label(key) ?? []),
    ...(model === undefined ? {} : { model }),
  };
}

function firstOf(
  keys: readonly string[],
  label: (key: string) => string | undefined,
): string | undefined {
  for (const key of keys) {
    const value = label(key);
    if (value !== undefined) return value;
  }
  return undefined;
}
