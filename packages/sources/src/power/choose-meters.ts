import type { MeterKind } from "@wattspan/footprint";
import type { MeterScope } from "./meter-table.ts";

/** A meter of one device as its source declares it. */
export interface DeclaredMeter {
  /** Name of the source, unique. */
  readonly source: string;
  readonly node: string;
  readonly id: string;
  readonly scope: MeterScope;
  readonly kind: MeterKind;
  readonly isModelled: boolean;
  readonly isUnverified: boolean;
  /** How old its values may be, ms; the smaller the better. */
  readonly maxAgeMs: number;
  /** Place of the source in the configuration; decides between equals. */
  readonly order: number;
}

/** What becomes of each meter: read once, kept as a check of the one that is read, or not read as part of another. */
export interface MeterChoice<M extends DeclaredMeter> {
  readonly read: readonly M[];
  readonly checks: readonly { readonly meter: M; readonly against: M }[];
  readonly overlapped: readonly { readonly meter: M; readonly by: M }[];
}

/** What lies directly in a scope; what lies in that lies in it too. */
const parts: Readonly<Record<MeterScope, readonly MeterScope[]>> = {
  host: ["module", "psys", "gpu", "package", "dram"],
  module: ["gpu", "package", "dram"],
  psys: ["package", "dram"],
  package: ["core", "uncore"],
  gpu: ["gpu_instance"],
  gpu_instance: [],
  dram: [],
  core: [],
  uncore: [],
};

const cpuScopes: ReadonlySet<MeterScope> = new Set(["core", "uncore", "dram", "package", "psys"]);

/** Which of overlapping scopes is read: the one that phases can be charged with, then the more complete. */
const preference: readonly MeterScope[] = [
  "gpu",
  "package",
  "dram",
  "module",
  "psys",
  "host",
  "gpu_instance",
  "core",
  "uncore",
];

/**
 * Chooses so that each joule is read once: one meter a device (counter before power, measured before modelled,
 * verified before unverified, finer before coarser), and of scopes of a machine that contain each other one. The same
 * for any order of the meters.
 */
export function chooseMeters<M extends DeclaredMeter>(meters: readonly M[]): MeterChoice<M> {
  const read: M[] = [];
  const checks: { meter: M; against: M }[] = [];
  const overlapped: { meter: M; by: M }[] = [];
  for (const meter of [...meters].sort(compareMeters)) {
    const same = read.find((other) => isSameDevice(meter, other));
    const by = same ?? read.find((other) => isOverlapping(meter, other));
    if (same !== undefined) checks.push({ meter, against: same });
    else if (by !== undefined) overlapped.push({ meter, by });
    else read.push(meter);
  }
  return { read, checks, overlapped };
}

/** Whether the energy of `inner` is part of that of `outer`, on one machine. */
export function contains(outer: MeterScope, inner: MeterScope): boolean {
  return parts[outer].some((part) => part === inner || contains(part, inner));
}

function isSameDevice(a: DeclaredMeter, b: DeclaredMeter): boolean {
  return a.node === b.node && a.scope === b.scope && a.id === b.id;
}

function isOverlapping(a: DeclaredMeter, b: DeclaredMeter): boolean {
  if (a.node !== b.node) return false;
  // Sources cut a machine's CPUs differently (all sockets in one, memory included): only one of them is read.
  if (a.source !== b.source && cpuScopes.has(a.scope) && cpuScopes.has(b.scope)) return true;
  return contains(a.scope, b.scope) || contains(b.scope, a.scope);
}

function compareMeters(a: DeclaredMeter, b: DeclaredMeter): number {
  return (
    preference.indexOf(a.scope) - preference.indexOf(b.scope) ||
    Number(a.isModelled) - Number(b.isModelled) ||
    Number(a.kind === "power") - Number(b.kind === "power") ||
    Number(a.isUnverified) - Number(b.isUnverified) ||
    a.maxAgeMs - b.maxAgeMs ||
    a.order - b.order ||
    compareText(a.source, b.source) ||
    compareText(a.node, b.node) ||
    compareText(a.id, b.id)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
