import { type IntensitySource, JOULES_PER_KWH, type WorkEnergy } from "@wattspan/footprint";
import type { NodeOptions } from "../pipeline-options.ts";
import type { CountedSource } from "./take-counts.ts";

/** What one kind of token took, of all that engines counted. */
export interface FleetTokens {
  readonly tokens: number;
  /** At the meter; above idle where idle stands apart. */
  readonly joules: number;
  /** After PUE. */
  readonly facilityJoules: number;
  /** CO2 equivalent, after PUE; absent where a part of it has no factor. */
  readonly carbonGrams?: number;
}

/** What the work of one pool of engines took, with traces or without. */
export interface FleetFigure {
  readonly model?: string;
  readonly pool?: string;
  readonly zone?: string;
  readonly prefill: FleetTokens;
  readonly decode: FleetTokens;
}

/** Sums over all that engines counted, by model, pool and zone. */
export interface FleetFigures {
  /** Adds work that is kept nowhere else any more. */
  add(work: WorkEnergy): void;
  /** Sums of what was added and of `kept`, in the order of their names. */
  figures(kept: readonly WorkEnergy[]): readonly FleetFigure[];
}

interface Sum {
  tokens: number;
  joules: number;
  facilityJoules: number;
  /** NaN where a part of it has no factor. */
  grams: number;
}

/** One source's work on one device. */
interface Row {
  readonly node: string;
  readonly source: string;
  readonly prefill: Sum;
  readonly decode: Sum;
}

type Rows = Map<string, Row>;

/** Creates empty sums. They are kept by device and source, so that the order in which devices come changes no bit. */
export function createFleetFigures(
  nodes: ReadonlyMap<string, NodeOptions>,
  intensity: IntensitySource | undefined,
  sources: ReadonlyMap<string, CountedSource>,
): FleetFigures {
  const rows: Rows = new Map();

  function addTo(all: Rows, work: WorkEnergy): void {
    const { node, key: device } = work.device;
    const key = JSON.stringify([device, work.source]);
    const row = all.get(key) ?? {
      node,
      source: work.source,
      prefill: noTokens(),
      decode: noTokens(),
    };
    all.set(key, row);
    const { zone, pue = 1 } = nodes.get(node) ?? {};
    const factor =
      zone === undefined ? undefined : intensity?.factorAt(zone, { epoch: work.epoch, ns: 0 });
    const gramsPerJoule =
      factor === undefined || "missing" in factor
        ? Number.NaN
        : (factor.gramsPerKwh * pue) / JOULES_PER_KWH;
    addTokens(row.prefill, work.prefillTokens, work.prefillJoules, pue, gramsPerJoule);
    addTokens(row.decode, work.decodeTokens, work.decodeJoules, pue, gramsPerJoule);
  }

  return {
    add: (work) => addTo(rows, work),
    figures(kept) {
      const all: Rows = new Map([...rows].map(([key, row]) => [key, copyOf(row)]));
      for (const work of kept) addTo(all, work);
      const pools = new Map<string, Omit<Row, "node" | "source"> & { names: Names }>();
      for (const [, { node, source, prefill, decode }] of [...all].sort(byKey)) {
        const zone = nodes.get(node)?.zone;
        const names = { ...sources.get(source), ...(zone === undefined ? {} : { zone }) };
        const key = JSON.stringify([names.model, names.pool, zone]);
        const pool = pools.get(key) ?? { names, prefill: noTokens(), decode: noTokens() };
        pools.set(key, pool);
        addSum(pool.prefill, prefill);
        addSum(pool.decode, decode);
      }
      return [...pools].sort(byKey).map(([, { names, prefill, decode }]) => ({
        ...names,
        prefill: tokensOf(prefill),
        decode: tokensOf(decode),
      }));
    },
  };
}

type Names = Pick<FleetFigure, "model" | "pool" | "zone">;

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

const noTokens = (): Sum => ({ tokens: 0, joules: 0, facilityJoules: 0, grams: 0 });

const copyOf = ({ prefill, decode, ...row }: Row): Row => ({
  ...row,
  prefill: { ...prefill },
  decode: { ...decode },
});

function addTokens(
  sum: Sum,
  tokens: number,
  joules: number,
  pue: number,
  gramsPerJoule: number,
): void {
  addSum(sum, { tokens, joules, facilityJoules: joules * pue, grams: joules * gramsPerJoule });
}

function addSum(sum: Sum, more: Sum): void {
  sum.tokens += more.tokens;
  sum.joules += more.joules;
  sum.facilityJoules += more.facilityJoules;
  sum.grams += more.grams;
}

function tokensOf({ grams, ...sum }: Sum): FleetTokens {
  return { ...sum, ...(Number.isNaN(grams) ? {} : { carbonGrams: grams }) };
}
