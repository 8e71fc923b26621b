import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** The library under test; the mutation suite passes broken copies of it. */
export type Joiner = typeof import("@wattspan/footprint");

/** One figure of ours beside the figure it has to be. */
export interface OracleRow {
  readonly name: string;
  readonly expected: number;
  readonly actual: number;
  readonly unit: string;
  /** Largest relative deviation; where the expected figure is 0, largest absolute one. */
  readonly tolerance: number;
}

/** An oracle's rows; undefined where the data it needs is not beside the project. */
export interface Oracle {
  readonly name: string;
  readonly source: string;
  readonly rows: (joiner: Joiner) => readonly OracleRow[] | undefined;
}

/** Relative deviation of a row; absolute where 0 is expected; 0 where both are the same infinity. */
export function deviationOf({ expected, actual }: OracleRow): number {
  if (expected === actual) return 0;
  return Math.abs(actual - expected) / (expected === 0 ? 1 : Math.abs(expected));
}

/** Whether the figure is what it has to be; NaN is not. */
export function isWithin(row: OracleRow): boolean {
  return deviationOf(row) <= row.tolerance;
}

/** Published data lies beside the project on some machines; programs and suites run in its root. */
const DATA = new URL("../shared/data/", pathToFileURL(`${process.cwd()}/`));

/** A table of published data as records of text, or undefined where it is absent. */
export function readTable(path: string): readonly Readonly<Record<string, string>>[] | undefined {
  const file = new URL(path, DATA);
  if (!existsSync(file)) return undefined;
  const [header = "", ...lines] = readFileSync(file, "utf8").trim().split("\n");
  const names = header.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, i) => [name.trim(), cells[i]?.trim() ?? ""]));
  });
}
