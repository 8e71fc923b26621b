import { parseArgs } from "node:util";
import {
  addNs,
  type EmissionFactor,
  type Instant,
  type IntensitySource,
  instantOfMs,
  unixMsOf,
} from "@wattspan/footprint";
import { type ResolvedPue, resolvePue, resolveZone } from "@wattspan/sources";
import type { Config } from "../config/config.ts";
import { openConfiguredGrid } from "./open-configured-grid.ts";
import { readConfig } from "./read-config.ts";
import type { Streams } from "./streams.ts";

const USAGE = "usage: wattspan grid [ZONE]... [--at TIME] [--config FILE]... [--json]\n";
const MINUTE_NS = 60_000_000_000;

/** A zone, why it is asked for, and what the sources have of it. */
interface ZoneReport {
  readonly zone: string;
  /** Nodes in it and the rule that put them there. */
  readonly nodes: readonly {
    readonly name: string;
    readonly rule: string;
    readonly pue: ResolvedPue;
  }[];
  readonly chosen: FactorReport;
  readonly sources: readonly FactorReport[];
}

type FactorReport =
  | { readonly source: string; readonly missing: string }
  | {
      readonly source: string;
      readonly gramsPerKwh: number;
      readonly tier: string;
      readonly provider: string;
      readonly signal: string;
      readonly basis: string;
      readonly from: string;
      readonly to: string;
      readonly id: string;
      readonly datasetVersion: string;
      readonly licence: string;
      readonly isRedistributable: boolean;
      readonly flags: readonly string[];
    };

/**
 * `wattspan grid`: the factor of each zone, and what every source has; without zones those of the configured nodes. Asks
 * providers for what is not kept yet. 0, 1 a zone has no factor, 2 usage.
 */
export async function runGrid(args: readonly string[], streams: Streams): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") {
    streams.stderr(`${parsed}\n${USAGE}`);
    return 2;
  }
  const config = await readConfig(parsed.files, streams);
  if (config === undefined) return 1;
  const grid = await openConfiguredGrid(config.grid, streams);
  if (grid === undefined) return 1;
  const { places, unplaced } = placesOf(config);
  const zones = parsed.zones.length > 0 ? parsed.zones : [...places.keys()];
  if (zones.length === 0) {
    streams.stderr(`no zone is given, and no node has one\n${USAGE}`);
    return 2;
  }
  const outcomes = await grid.refresh(zones, parsed.at, addNs(parsed.at, MINUTE_NS));
  for (const { provider, zone, reason } of outcomes) {
    if (reason !== undefined) streams.stderr(`${provider}: ${zone}: ${reason}\n`);
  }
  const reports = zones.map((zone) => ({
    zone,
    nodes: places.get(zone) ?? [],
    chosen: reportOf(grid.intensity, zone, parsed.at),
    sources: grid.sources.map((source) => reportOf(source, zone, parsed.at)),
  }));
  const at = isoOf(parsed.at);
  if (parsed.isJson) streams.stdout(`${JSON.stringify({ at, zones: reports, unplaced })}\n`);
  else {
    for (const report of reports) streams.stdout(asText(report));
    for (const { name, missing } of unplaced) streams.stdout(`node ${name}: ${missing}\n`);
  }
  grid.shutdown();
  return reports.some(({ chosen }) => "missing" in chosen) ? 1 : 0;
}

function parse(
  args: readonly string[],
): { zones: readonly string[]; at: Instant; files: readonly string[]; isJson: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        at: { type: "string" },
        config: { type: "string", multiple: true },
        json: { type: "boolean" },
      },
    });
    const atMs = values.at === undefined ? Date.now() : Date.parse(values.at);
    if (!(atMs >= 0)) return `--at is no time such as 2026-11-24T12:00:00Z: ${values.at}`;
    return {
      zones: positionals,
      at: instantOfMs(atMs),
      files: values.config ?? [],
      isJson: values.json ?? false,
    };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Nodes by zone, and nodes without one. */
function placesOf(config: Config): {
  readonly places: ReadonlyMap<string, ZoneReport["nodes"]>;
  readonly unplaced: readonly { readonly name: string; readonly missing: string }[];
} {
  const places = new Map<string, ZoneReport["nodes"][number][]>();
  const unplaced: { name: string; missing: string }[] = [];
  for (const node of config.nodes) {
    const { name } = node;
    const resolved = resolveZone(node, config.grid.regions);
    if ("missing" in resolved) unplaced.push({ name, missing: resolved.missing });
    else {
      const list = places.get(resolved.zone) ?? [];
      list.push({ name, rule: resolved.rule, pue: resolvePue(node) });
      places.set(resolved.zone, list);
    }
  }
  return { places, unplaced };
}

function reportOf(source: IntensitySource, zone: string, at: Instant): FactorReport {
  const factor = source.factorAt(zone, at);
  if ("missing" in factor) return { source: source.name, missing: factor.missing };
  const { gramsPerKwh, tier, provider, signal, basis, id, datasetVersion, licence } = factor;
  return {
    source: source.name,
    gramsPerKwh,
    tier,
    provider,
    signal,
    basis,
    from: isoOf(factor.from),
    to: isoOf(factor.to),
    id,
    datasetVersion,
    licence,
    isRedistributable: isRedistributable(factor),
    flags: factor.flags ?? [],
  };
}

function isRedistributable({ isRedistributable: told, licence }: EmissionFactor): boolean {
  return told ?? licence !== "operator";
}

const isoOf = (instant: Instant): string => new Date(unixMsOf(instant)).toISOString();

function asText({ zone, nodes, chosen, sources }: ZoneReport): string {
  const where = nodes.map(({ name, rule }) => `${name} by ${rule}`).join(", ");
  const lines = [
    `${zone}${where === "" ? "" : ` (${where})`}: ${lineOf(chosen)}`,
    ...nodes.flatMap(({ name, pue }) => pueLinesOf(name, pue)),
    ...(sources.length > 1 ? sources.map((one) => `  ${one.source}: ${lineOf(one)}`) : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** Of a PUE that the configuration does not tell itself. */
function pueLinesOf(name: string, pue: ResolvedPue): readonly string[] {
  if (!("year" in pue)) return [];
  const { rule, provider, lower, upper, year } = pue;
  return [`  ${name}: pue ${pue.pue} by ${rule} ${provider}, ${year} (${lower} to ${upper})`];
}

function lineOf(report: FactorReport): string {
  if ("missing" in report) return `no factor: ${report.missing}`;
  const { gramsPerKwh, tier, provider, signal, basis, from, licence, flags } = report;
  const flagged = flags.length === 0 ? "" : `, ${flags.join(", ")}`;
  const grams = Number(gramsPerKwh.toPrecision(4));
  return `${grams} g/kWh, ${tier}, ${provider}, ${signal}, ${basis}, from ${from}, ${licence}${flagged}`;
}
