import type { AttributeValue } from "@wattspan/otlp";
import type { WorkerRow } from "../pipeline-options.ts";
import { readNumber, readText } from "./dialects/read-attribute.ts";

/** Attribute that tells data-parallel ranks of one worker apart. */
const RANK_KEY = "dp_rank";

/** Attributes that hold Dynamo's id of a worker. */
const INSTANCE_KEYS: ReadonlySet<string> = new Set(["instance_id", "worker_id"]);

/** The first row that matches a worker and is valid when its phase starts. */
export type FindWorkerRow = (
  worker: ReadonlyMap<string, AttributeValue>,
  startUnixNano: bigint,
) => WorkerRow | undefined;

/** Prepares the rows; a RegExp matches whole values only, whatever its own flags `g`, `m` and `y`. */
export function createRowFinder(rows: readonly WorkerRow[]): FindWorkerRow {
  const prepared = rows.map((row) => ({
    row,
    conditions: [...row.match].map(([key, wanted]) => {
      const asOnSpans = typeof wanted === "string" ? decimalIdOf(key, wanted) : wanted;
      return { key, matches: matcherOf(asOnSpans) };
    }),
  }));
  return (worker, startUnixNano) =>
    prepared.find(
      ({ row, conditions }) =>
        isValidAt(row, startUnixNano) &&
        (row.dpRank === undefined || readNumber(worker, RANK_KEY) === row.dpRank) &&
        conditions.every(({ key, matches }) => matches(readText(worker, key))),
    )?.row;
}

/** Attribute keys that the rows look at. */
export function rowKeysOf(rows: readonly WorkerRow[]): readonly string[] {
  return [...new Set([RANK_KEY, ...rows.flatMap((row) => [...row.match.keys()])])];
}

/**
 * Dynamo writes one u64 in decimal on spans and in hexadecimal on metric labels and discovery keys, where rows are often
 * copied from. A text without a letter is taken as decimal.
 */
function decimalIdOf(key: string, text: string): string {
  const isHexadecimal = INSTANCE_KEYS.has(key) && /^(?=.*[a-f])[0-9a-f]{1,16}$/i.test(text);
  return isHexadecimal ? String(BigInt(`0x${text}`)) : text;
}

function matcherOf(wanted: string | RegExp): (value: string | undefined) => boolean {
  if (typeof wanted === "string") return (value) => value === wanted;
  const whole = new RegExp(`^(?:${wanted.source})$`, wanted.flags.replace(/[gmy]/g, ""));
  return (value) => value !== undefined && whole.test(value);
}

function isValidAt(row: WorkerRow, startUnixNano: bigint): boolean {
  return (
    (row.fromUnixNano === undefined || startUnixNano >= row.fromUnixNano) &&
    (row.toUnixNano === undefined || startUnixNano < row.toUnixNano)
  );
}
