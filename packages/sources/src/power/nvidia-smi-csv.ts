import { deviceKey, type Instant, type MeterReading } from "@wattspan/footprint";
import {
  type CsvColumns,
  findColumns,
  isHeader,
  type PowerColumn,
  powerFieldOf,
  wattsPerUnit,
} from "./csv-columns.ts";
import { parseEpochMs, parseLocalTime } from "./csv-time.ts";
import { createPowerTimer, type PowerTimer } from "./power-sensor.ts";

/** What a recorded file does not say about itself. */
export interface NvidiaSmiCsvOptions {
  /** Name of the machine that the file was recorded on. */
  readonly node: string;
  /** How far the recording machine's clock was ahead of UTC; needed where times are local, as the driver writes them. */
  readonly utcOffsetMinutes?: number;
  /** Id of the one device in a file without a `uuid` column. */
  readonly device?: string;
  /** Its model, by which its sensor is known, in a file without a `name` column. */
  readonly model?: string;
  /** The fields asked for, in order, for a file recorded with `noheader`. */
  readonly columns?: readonly string[];
}

/** A row that gave no reading; lines count from 1. */
export interface CsvProblem {
  readonly line: number;
  readonly message: string;
}

/** Readings in the order of the file, and every row that gave none. */
export interface NvidiaSmiReadings {
  readonly readings: readonly MeterReading[];
  readonly problems: readonly CsvProblem[];
}

/**
 * Reads a file that `nvidia-smi --query-gpu=... --format=csv` wrote, with or without header and units. A device
 * keeps to one sensor: the instant power where it ever reports one, else the average over a second. Each reading has the
 * range of times that the sensor's value may be of; of means that overlap one in each window is kept.
 */
export function parseNvidiaSmiCsv(text: string, options: NvidiaSmiCsvOptions): NvidiaSmiReadings {
  const problems: CsvProblem[] = [];
  const rows = readRows(text, options, problems);
  const chosen = chooseSensors(rows);
  const readings: MeterReading[] = [];
  const timers = new Map<string, PowerTimer>();
  for (const row of rows) {
    const sensor = chosen.get(row.device);
    const power = sensor === undefined ? undefined : row.powers.get(sensor);
    if (sensor !== undefined && power?.watts !== undefined) {
      const device = deviceKey(options.node, row.device);
      const timer =
        timers.get(device) ?? createPowerTimer(powerFieldOf(sensor), row.model ?? options.model);
      timers.set(device, timer);
      const time = timer(row.at);
      if (time !== undefined) readings.push({ device, kind: "power", value: power.watts, ...time });
    } else problems.push({ line: row.line, message: noPowerMessage(sensor, power?.text) });
  }
  problems.sort((a, b) => a.line - b.line);
  return { readings, problems };
}

interface Row {
  readonly line: number;
  readonly at: Instant;
  readonly device: string;
  readonly model?: string;
  /** By field, best first. */
  readonly powers: ReadonlyMap<string, Power>;
}

interface Power {
  readonly text: string;
  readonly watts: number | undefined;
}

function readRows(
  text: string,
  options: NvidiaSmiCsvOptions,
  problems: CsvProblem[],
): readonly Row[] {
  const rows: Row[] = [];
  let columns = options.columns === undefined ? undefined : findColumns(options.columns);
  let lack: readonly string[] = [];
  for (const [index, { line, cells }] of linesOf(text).entries()) {
    // A file that was appended to has a header for each run.
    const isHeading = isHeader(cells);
    if (isHeading) columns = findColumns(cells);
    if (isHeading || index === 0) {
      lack = lackOf(columns, options);
      problems.push(...lack.map((message) => ({ line, message })));
    }
    if (isHeading || lack.length > 0 || columns === undefined) continue;
    const row = readRow(line, cells, columns, options);
    if (typeof row === "string") problems.push({ line, message: row });
    else rows.push(row);
  }
  return rows;
}

function linesOf(text: string): readonly { line: number; cells: readonly string[] }[] {
  return text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter((line) => line.text !== "")
    .map(({ line, text }) => ({ line, cells: text.split(",").map((cell) => cell.trim()) }));
}

/** What keeps all rows under these columns from being read; said once. */
function lackOf(columns: CsvColumns | undefined, options: NvidiaSmiCsvOptions): readonly string[] {
  if (columns === undefined) return ["no header, and no columns are given"];
  const { time, uuidIndex, power } = columns;
  return [
    ...(time === undefined ? ["no column timestamp or epoch_ms"] : []),
    ...(time?.kind === "local" && options.utcOffsetMinutes === undefined
      ? ["times are local: the offset from UTC is not given"]
      : []),
    ...(uuidIndex === undefined && options.device === undefined
      ? ["no column uuid, and no device is given"]
      : []),
    ...(power.length === 0 ? ["no column power.draw in W or mW"] : []),
  ];
}

/** The row, or what is wrong with it. */
function readRow(
  line: number,
  cells: readonly string[],
  columns: CsvColumns,
  options: NvidiaSmiCsvOptions,
): Row | string {
  if (cells.length !== columns.count) return `${cells.length} cells, not ${columns.count}`;
  const timeText = cells[columns.time?.index ?? 0] ?? "";
  const at =
    columns.time?.kind === "epoch_ms"
      ? parseEpochMs(timeText)
      : parseLocalTime(timeText, options.utcOffsetMinutes ?? 0);
  if (at === undefined) return `not a time: ${JSON.stringify(timeText)}`;
  const device =
    columns.uuidIndex === undefined ? (options.device ?? "") : (cells[columns.uuidIndex] ?? "");
  if (device === "" || device.startsWith("[")) return `not a uuid: ${JSON.stringify(device)}`;
  const powers = columns.power.map((column): [string, Power] => {
    const text = cells[column.index] ?? "";
    return [column.name, { text, watts: wattsOf(text, column) }];
  });
  const model = columns.modelIndex === undefined ? undefined : cells[columns.modelIndex];
  return { line, at, device, ...(model ? { model } : {}), powers: new Map(powers) };
}

/** `631.95 W`, `631950 mW` or a bare number; undefined for `[N/A]` and anything else that is no power. */
function wattsOf(text: string, column: PowerColumn): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(?:\s*([A-Za-z]+))?$/.exec(text);
  if (match === null) return undefined;
  const perUnit = match[2] === undefined ? column.wattsPerUnit : wattsPerUnit(match[2]);
  return perUnit === undefined ? undefined : Number(match[1]) * perUnit;
}

/** For each device the best field that it ever has a number in. */
function chooseSensors(rows: readonly Row[]): ReadonlyMap<string, string> {
  const ranks = new Map<string, { rank: number; sensor: string }>();
  for (const { device, powers } of rows) {
    let rank = 0;
    for (const [sensor, { watts }] of powers) {
      if (watts !== undefined && rank < (ranks.get(device)?.rank ?? powers.size)) {
        ranks.set(device, { rank, sensor });
      }
      rank += 1;
    }
  }
  return new Map([...ranks].map(([device, { sensor }]) => [device, sensor]));
}

function noPowerMessage(sensor: string | undefined, text: string | undefined): string {
  if (sensor === undefined) return "no field of this device has a power in watts";
  return text === undefined ? `no column ${sensor}` : `${sensor} is ${JSON.stringify(text)}`;
}
