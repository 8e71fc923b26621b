import type { PowerField } from "./power-sensor.ts";

/** A column that holds power readings. */
export interface PowerColumn {
  readonly index: number;
  readonly name: string;
  /** Watts for a value of 1 that names no unit itself. */
  readonly wattsPerUnit: number;
}

/** Where a row of `nvidia-smi --query-gpu` output has what is needed. */
export interface CsvColumns {
  readonly count: number;
  readonly time: { readonly index: number; readonly kind: "local" | "epoch_ms" } | undefined;
  readonly uuidIndex: number | undefined;
  /** Of the model's name. */
  readonly modelIndex: number | undefined;
  /** Best first: instant, then averages over a second. */
  readonly power: readonly PowerColumn[];
}

const powerNames: readonly string[] = [
  "power.draw.instant",
  "gpu.power.draw.instant",
  "power.draw.average",
  "gpu.power.draw.average",
  "power.draw",
];

/** What the driver's field of a column tells: of the instant, or a mean. */
export function powerFieldOf(column: string): PowerField {
  return column.endsWith("instant") ? "instant" : "average";
}

/** Watts in a unit as the driver or a converted file writes it; undefined for another text. */
export function wattsPerUnit(unit: string): number | undefined {
  return { w: 1, mw: 0.001 }[unit.toLowerCase()];
}

/** Whether a row names columns: no reading has a cell that is called like a power or time field. */
export function isHeader(cells: readonly string[]): boolean {
  return cells.some((cell) => {
    const { name } = readHeading(cell);
    return powerNames.includes(name) || name === "timestamp" || name === "epoch.ms";
  });
}

/** Finds the columns by their headings, with or without units, as written by the driver or converted. */
export function findColumns(headings: readonly string[]): CsvColumns {
  const read = headings.map(readHeading);
  const indexOf = (...names: readonly string[]): number | undefined => {
    const index = read.findIndex(({ name }) => names.includes(name));
    return index < 0 ? undefined : index;
  };
  const epochIndex = indexOf("epoch.ms");
  const localIndex = indexOf("timestamp");
  return {
    count: headings.length,
    time: timeColumn(epochIndex, localIndex),
    uuidIndex: indexOf("uuid", "gpu.uuid"),
    modelIndex: indexOf("name", "gpu.name"),
    power: powerNames.flatMap((wanted) => {
      const index = indexOf(wanted);
      if (index === undefined) return [];
      const watts = wattsPerUnit(read[index]?.unit ?? "W");
      return watts === undefined ? [] : [{ index, name: wanted, wattsPerUnit: watts }];
    }),
  };
}

function timeColumn(
  epochIndex: number | undefined,
  localIndex: number | undefined,
): CsvColumns["time"] {
  if (epochIndex !== undefined) return { index: epochIndex, kind: "epoch_ms" };
  return localIndex === undefined ? undefined : { index: localIndex, kind: "local" };
}

/** `power.draw [W]`, `power.draw` and `power_draw_w` are one field. */
function readHeading(cell: string): { readonly name: string; readonly unit: string | undefined } {
  const bracketed = /^(.*?)\s*\[(.*)\]$/.exec(cell);
  const plain = (bracketed?.[1] ?? cell).toLowerCase().replaceAll("_", ".");
  const suffixed = /^(.*power\.draw.*)\.(m?w)$/.exec(plain);
  return { name: suffixed?.[1] ?? plain, unit: bracketed?.[2] ?? suffixed?.[2] };
}
