import { readFileSync } from "node:fs";
import type { MeterReading } from "@wattspan/footprint";
import type { NodeOptions } from "@wattspan/gateway";
import { type NvidiaSmiReadings, parseNvidiaSmiCsv } from "@wattspan/sources";

/** Rows of one file that gave no reading are named up to this many. */
const MOST_NAMED = 5;

/** Readings of one file, and lines to say of rows that gave none. */
export interface MeterCsv {
  readonly readings: readonly MeterReading[];
  readonly remarks: readonly string[];
}

/**
 * Reads a file that `nvidia-smi` wrote. `argument` is its path, with `NODE=` or `NODE/DEVICE=` before it where there is
 * more than one node, or no `uuid` column and more than one device on the node. Throws an Error that says what is
 * missing.
 */
export function readMeterCsv(
  argument: string,
  nodes: readonly NodeOptions[],
  utcOffsetMinutes: number,
): MeterCsv {
  const { node, device, path } = placeOf(argument, nodes);
  const csv = parseNvidiaSmiCsv(readFileSync(path, "utf8"), {
    node: node.name,
    utcOffsetMinutes,
    ...(device === undefined ? {} : { device }),
  });
  return meterFileOf(path, csv);
}

/** Readings of a file, and remarks on its rows without one. */
export function meterFileOf(path: string, { readings, problems }: NvidiaSmiReadings): MeterCsv {
  const named = problems.slice(0, MOST_NAMED);
  const others = problems.length - named.length;
  return {
    readings,
    remarks: [
      ...named.map(({ line, message }) => `${path}:${line}: ${message}`),
      ...(others > 0 ? [`${path}: ${others} more rows without a reading`] : []),
    ],
  };
}

/** An argument `[NODE[/DEVICE]=]FILE`; what looks like a node and is none belongs to the file's name. */
export function splitArgument(
  argument: string,
  nodes: readonly NodeOptions[],
): { readonly node?: NodeOptions; readonly device?: string | undefined; readonly path: string } {
  const [, name, device, path] = /^([^=/]+)(?:\/([^=]+))?=(.+)$/.exec(argument) ?? [];
  const node = nodes.find((one) => one.name === name);
  return node === undefined || path === undefined ? { path: argument } : { node, device, path };
}

interface Place {
  readonly node: NodeOptions;
  readonly device?: string;
  readonly path: string;
}

function placeOf(argument: string, nodes: readonly NodeOptions[]): Place {
  const { node, device, path } = splitArgument(argument, nodes);
  if (node !== undefined) return { node, path, ...deviceOf(node, device) };
  const [only, ...others] = nodes;
  if (only === undefined) throw new Error("the configuration has no nodes");
  if (others.length > 0) {
    const names = nodes.map(({ name }) => name).join(", ");
    throw new Error(`say which node it is of: --meters NODE=${argument} (NODE is one of ${names})`);
  }
  return { node: only, path, ...deviceOf(only, undefined) };
}

function deviceOf({ devices }: NodeOptions, given: string | undefined): { device?: string } {
  const device = given ?? (devices.length === 1 ? devices[0]?.id : undefined);
  return device === undefined ? {} : { device };
}

/** Minutes ahead of UTC of `±HH:MM`, `Z` or `UTC`; undefined for anything else. */
export function parseUtcOffset(text: string): number | undefined {
  if (text === "Z" || text === "UTC") return 0;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):(\d{2})$/.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
