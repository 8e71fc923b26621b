import { instantOf, type MeterReading } from "@wattspan/footprint";
import type { Arrival } from "./arrivals.ts";

/** An H100 reads 10,000 prompt tokens a second after 15 ms of its own, and writes a token every 30 ms. */
const PREFILL_MS = 15;
const PREFILL_MS_PER_TOKEN = 0.1;
const DECODE_MS_PER_TOKEN = 30;

/** What a device draws: idle, with a prefill running, and with many decodes open. */
const IDLE_WATTS = 75;
const PREFILL_WATTS = 620;
const DECODE_WATTS = 430;
/** Open decodes at which about two thirds of the way to `DECODE_WATTS` are gone. */
const DECODE_OPEN = 8;

/** Devices of each kind. */
const DEVICES = 4;

/** When one request was where, ms since the recording's start. */
export interface Served extends Arrival {
  readonly prefillDevice: number;
  readonly prefillStartMs: number;
  readonly firstTokenMs: number;
  /** Absent where prefill made the only token. */
  readonly decodeDevice?: number;
  readonly endMs: number;
}

/** Serves arrivals on four prefill and four decode devices, each request on the least loaded one. */
export function serve(arrivals: readonly Arrival[]): readonly Served[] {
  const freeMs = new Array<number>(DEVICES).fill(0);
  const open: number[][] = Array.from({ length: DEVICES }, () => []);
  return arrivals.map((arrival) => {
    const prefillDevice = leastOf(freeMs);
    const prefillStartMs = Math.max(arrival.atMs, freeMs[prefillDevice] as number);
    const computed = arrival.promptTokens - arrival.cachedTokens;
    const firstTokenMs = prefillStartMs + PREFILL_MS + PREFILL_MS_PER_TOKEN * computed;
    freeMs[prefillDevice] = firstTokenMs;
    const served = { ...arrival, prefillDevice, prefillStartMs, firstTokenMs };
    if (arrival.outputTokens === 1) return { ...served, endMs: firstTokenMs };
    const endMs = firstTokenMs + DECODE_MS_PER_TOKEN * (arrival.outputTokens - 1);
    const counts = open.map((ends) => ends.filter((end) => end > firstTokenMs).length);
    const decodeDevice = leastOf(counts);
    open[decodeDevice] = [...(open[decodeDevice] ?? []).filter((end) => end > firstTokenMs), endMs];
    return { ...served, decodeDevice, endMs };
  });
}

function leastOf(loads: readonly number[]): number {
  return loads.indexOf(Math.min(...loads));
}

/** Readings of every device's counter, one a second, with when they come in, ms since the recording's start. */
export function readMeters(
  served: readonly Served[],
  startUnixMs: number,
  delayMs: number,
): readonly { readonly atMs: number; readonly reading: MeterReading }[] {
  const seconds = Math.ceil(Math.max(...served.map(({ endMs }) => endMs)) / 1000) + 2;
  const busy = new Map<string, Float64Array>();
  const add = (device: string, fromMs: number, toMs: number): void => {
    const column = busy.get(device) ?? new Float64Array(seconds);
    busy.set(device, column);
    for (let second = Math.floor(fromMs / 1000); second * 1000 < toMs; second++) {
      const overlap = Math.min(toMs, second * 1000 + 1000) - Math.max(fromMs, second * 1000);
      column[second] = (column[second] as number) + overlap / 1000;
    }
  };
  for (const one of served) {
    add(prefillKey(one.prefillDevice), one.prefillStartMs, one.firstTokenMs);
    if (one.decodeDevice !== undefined) {
      add(decodeKey(one.decodeDevice), one.firstTokenMs, one.endMs);
    }
  }
  return [...busy].flatMap(([device, column]) => {
    const wattsOf = device.includes("prefill") ? prefillWatts : decodeWatts;
    let value = 1e6;
    return Array.from(column, (open, second) => {
      const at = instantOf(BigInt(startUnixMs + second * 1000) * 1_000_000n);
      const reading: MeterReading = { device, kind: "counter", value, at };
      value += wattsOf(open);
      return { atMs: second * 1000 + delayMs, reading };
    });
  });
}

const prefillWatts = (busy: number): number => IDLE_WATTS + (PREFILL_WATTS - IDLE_WATTS) * busy;
const decodeWatts = (open: number): number =>
  IDLE_WATTS + (DECODE_WATTS - IDLE_WATTS) * (1 - Math.exp(-open / DECODE_OPEN));

/** Nodes of one device each; a worker is named after its node. */
export const workerNames: readonly string[] = Array.from({ length: DEVICES }, (_, i) => [
  `prefill-${i}`,
  `decode-${i}`,
]).flat();

function prefillKey(device: number): string {
  return `prefill-${device}/GPU-0`;
}

function decodeKey(device: number): string {
  return `decode-${device}/GPU-0`;
}
