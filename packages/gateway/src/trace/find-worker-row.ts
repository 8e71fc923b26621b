import type { AttributeValue } from "@wattspan/otlp";
import type { WorkerRow } from "../pipeline-options.ts";
import { readNumber, readText } from "./dialects/read-attribute.ts";

/** Attribute that tells data-parallel ranks of one worker apart. */
const RANK_KEY = "dp_rank";

/** The first row that matches a worker and is valid when its phase starts. */
export type FindWorkerRow = (
  worker: ReadonlyMap<string, AttributeValue>,
  startUnixNano: bigint,
) => WorkerRow | undefined;

/** Prepares the rows; a RegExp matches whole values only, whatever its own flags `g`, `m` and `y`. */
export function createRowFinder(rows: readonly WorkerRow[]): FindWorkerRow {
  const prepared = rows.map((row) => ({
    row,
    conditions: [...row.match].map(([key, wanted]) => ({ key, matches: matcherOf(wanted) })),
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
