import type { EmissionFactor, FactorTier, IntensitySource } from "@wattspan/footprint";
import { chooseFactor, factorOf, type KeptPoint, type PointLookup } from "./choose-factor.ts";
import type { GridSeries } from "./grid-provider.ts";
import { gramsPerKwhOfPounds } from "./watttime.ts";

const HOUR_MS = 3_600_000;
const YEAR_MS = 300 * 24 * HOUR_MS;

/** A file of values, and what it does not say about itself. */
export interface IntensityCsvOptions {
  readonly text: string;
  /** Zone that the values are of; a `Zone id` column must agree. */
  readonly zone: string;
  /** Header of the start of an interval; UTC where it says no offset. Default: the first with `datetime`, else `from`. */
  readonly timeColumn?: string;
  /** Header of the value. Default: the first with `intensity` that names the basis, else with `intensity`. */
  readonly valueColumn?: string;
  /** Default: g/kWh. */
  readonly unit?: "g/kWh" | "kg/MWh" | "lb/MWh";
  /** Default: lifecycle. */
  readonly basis?: EmissionFactor["basis"];
  /** Default: average. */
  readonly signal?: EmissionFactor["signal"];
  /** Value of `footprint.grid.provider.name`. Default: `custom`. */
  readonly provider?: string;
  /** Default: `operator`. */
  readonly licence?: string;
  /** When the file is read: values that ended long before are final. */
  readonly nowMs: number;
}

/** Values of a file and every row that gave none, by line. */
export interface IntensityCsv {
  readonly source: IntensitySource;
  readonly points: number;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/**
 * Factors of a CSV file, such as those of Electricity Maps' data portal: a step function whose steps are as long as the
 * shortest distance of two rows; a gap stays a gap. Values of a day or a month count as profiles, of a year as yearly.
 */
export function readIntensityCsv(options: IntensityCsvOptions): IntensityCsv {
  const { text, zone, nowMs, basis = "lifecycle", provider = "custom" } = options;
  const { rows, problems } = readRows(options);
  rows.sort((a, b) => a.fromMs - b.fromMs);
  const points = withEnds(rows, nowMs);
  const [first] = points;
  const stepMs = first === undefined ? 0 : first.toMs - first.fromMs;
  const series: GridSeries = {
    provider,
    signal: options.signal ?? "average",
    basis,
    mix: "consumption",
    datasetVersion: `file of ${text.length} characters`,
    licence: options.licence ?? "operator",
    isRedistributable: false,
  };
  const coarse = coarseTier(stepMs);
  const lookup = lookupOf(points);
  const missing = { missing: `the file of ${zone} has no value at that time` };
  return {
    points: points.length,
    problems,
    source: {
      name: "csv",
      factorAt(asked, at) {
        if (asked !== zone) return { missing: `no file has values of ${asked}` };
        if (coarse === undefined) return chooseFactor(lookup, zone, series, at) ?? missing;
        const point = lookup.at(at.epoch * 60_000);
        return point === undefined ? missing : factorOf(point, zone, series, coarse);
      },
    },
  };
}

/** Indices of columns; -1 where there is none. */
interface Columns {
  readonly time: number;
  readonly value: number;
  readonly zone: number;
  readonly estimated: number;
}

interface Row {
  readonly fromMs: number;
  readonly gramsPerKwh: number;
  readonly isEstimated: boolean;
}

function coarseTier(stepMs: number): FactorTier | undefined {
  if (stepMs <= HOUR_MS) return undefined;
  return stepMs < YEAR_MS ? "profile" : "yearly_zone";
}

function readRows(options: IntensityCsvOptions): {
  readonly rows: Row[];
  readonly problems: { line: number; message: string }[];
} {
  const { text } = options;
  const [header = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = columnsOf(splitCells(header), options);
  const rows: Row[] = [];
  const problems: { line: number; message: string }[] = [];
  if (typeof columns === "string") return { rows, problems: [{ line: 1, message: columns }] };
  const seen = new Set<number>();
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const row = readRow(splitCells(line), columns, options, seen);
    if (typeof row === "string") problems.push({ line: index + 2, message: row });
    else rows.push(row);
  }
  return { rows, problems };
}

/** A row, noted in `seen`, or why there is none. */
function readRow(
  cells: readonly string[],
  columns: Columns,
  { zone, unit }: IntensityCsvOptions,
  seen: Set<number>,
): Row | string {
  const fromMs = parseUtc(cells[columns.time] ?? "");
  const value = Number(cells[columns.value]?.trim() || Number.NaN);
  const named = columns.zone < 0 ? zone : cells[columns.zone];
  const problem = problemOf(fromMs, value, seen);
  if (problem !== undefined) return problem;
  if (named !== zone) return `is of zone ${named}, not ${zone}`;
  seen.add(fromMs);
  return {
    fromMs,
    gramsPerKwh: unit === "lb/MWh" ? gramsPerKwhOfPounds(value) : value,
    isEstimated: /^true$/i.test(cells[columns.estimated] ?? ""),
  };
}

function problemOf(fromMs: number, value: number, seen: ReadonlySet<number>): string | undefined {
  if (Number.isNaN(fromMs)) return "has no time that can be read";
  if (fromMs % 60_000 !== 0) return "begins within a minute";
  if (seen.has(fromMs)) return "repeats a time";
  if (!Number.isFinite(value)) return "has no value";
  return value > 0 ? undefined : `${value} is not above 0`;
}

function columnsOf(
  headers: readonly string[],
  { timeColumn, valueColumn, basis = "lifecycle" }: IntensityCsvOptions,
): Columns | string {
  const names = headers.map((name) => name.toLowerCase().replace(/\s/g, ""));
  const find = (is: (name: string) => boolean): number => names.findIndex(is);
  const inOrder = (...found: number[]): number => found.find((index) => index >= 0) ?? -1;
  const isIntensity = (name: string): boolean => name.includes("intensity");
  const time =
    timeColumn === undefined
      ? inOrder(
          find((name) => name.startsWith("datetime")),
          names.indexOf("from"),
        )
      : headers.indexOf(timeColumn);
  const value =
    valueColumn === undefined
      ? inOrder(
          find((name) => isIntensity(name) && name.includes(`(${basis}`)),
          find((name) => isIntensity(name) && !/\((?:direct|lifecycle)/.test(name)),
        )
      : headers.indexOf(valueColumn);
  if (time < 0) return `no column ${timeColumn ?? "of times"} among ${headers.join(", ")}`;
  if (value < 0) return `no column ${valueColumn ?? "of values"} among ${headers.join(", ")}`;
  return { time, value, zone: names.indexOf("zoneid"), estimated: names.indexOf("dataestimated") };
}

/** Without an offset a time is UTC. */
function parseUtc(cell: string): number {
  const text = cell.trim().replace(" ", "T");
  const isLocal = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?$/.test(text);
  return Date.parse(isLocal ? `${text}Z` : text);
}

function splitCells(line: string): readonly string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

/** A step ends where the next begins, unless that is far off: months are not all as long. */
function withEnds(rows: readonly Row[], nowMs: number): readonly KeptPoint[] {
  const distances = rows.slice(1).map((row, index) => row.fromMs - (rows[index]?.fromMs ?? 0));
  const stepMs = Math.min(...distances);
  if (!Number.isFinite(stepMs)) return [];
  return rows.map(({ fromMs, gramsPerKwh, isEstimated }, index) => {
    const distanceMs = distances[index] ?? stepMs;
    const toMs = fromMs + (distanceMs <= stepMs * 1.2 ? distanceMs : stepMs);
    const quality = isEstimated ? "estimated" : "measured";
    return { fromMs, toMs, gramsPerKwh, quality, retrievedMs: nowMs };
  });
}

function lookupOf(points: readonly KeptPoint[]): PointLookup {
  /** Index of the last point that begins at or before a time. */
  const before = (ms: number): number => {
    let low = 0;
    let high = points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((points[middle]?.fromMs ?? Number.POSITIVE_INFINITY) <= ms) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  return {
    at(ms) {
      const point = points[before(ms)];
      return point !== undefined && ms < point.toMs ? point : undefined;
    },
    nearest(ms, reachMs) {
      const index = before(ms);
      const distance = (point: KeptPoint): number =>
        Math.max(point.fromMs - ms, ms - point.toMs, 0);
      return [points[index], points[index + 1]]
        .filter((point): point is KeptPoint => point !== undefined)
        .filter((point) => distance(point) <= reachMs)
        .sort((a, b) => distance(a) - distance(b))[0];
    },
  };
}
