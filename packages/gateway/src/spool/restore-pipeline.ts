import { setImmediate as nextTurn } from "node:timers/promises";
import type { MeterReading } from "@wattspan/footprint";
import type { Pipeline } from "../pipeline.ts";
import { keyAt } from "./erase-old.ts";
import { decodeFrame, type Frame } from "./frame.ts";
import type { Table } from "./open-tables.ts";

/** Longest time that others wait for their turn, ms. */
const TURN_MS = 20;

/** What came of giving a pipeline again what was kept. */
export interface Restored {
  readonly records: number;
  /** Records whose bytes are not as they were written, or that a pipeline of now does not take: left out. */
  readonly damaged: readonly number[];
}

/** Gives a pipeline what came since `sinceMs`, in order; `setClock` is told the time at which each record came. */
export async function restorePipeline(
  kept: Table,
  pipeline: Pipeline,
  sinceMs: number,
  setClock: (ms: number) => void,
): Promise<Restored> {
  const damaged: number[] = [];
  let records = 0;
  let turnSinceMs = performance.now();
  for (const { key, value } of kept.getRange({ start: keyAt(sinceMs) })) {
    const frame = decodeFrame(value);
    if (frame !== undefined) setClock(frame.atMs);
    if (frame === undefined || !giveBack(pipeline, frame)) damaged.push(key as number);
    else records++;
    if (performance.now() - turnSinceMs < TURN_MS) continue;
    await nextTurn();
    turnSinceMs = performance.now();
  }
  return { records, damaged };
}

function giveBack(pipeline: Pipeline, { kind, encoding, body }: Frame): boolean {
  if (kind === "readings") {
    pipeline.addReadings(decodeReadings(body));
    return true;
  }
  return kind !== "told" && pipeline.accept(kind, encoding, body, true).status === "accepted";
}

/** Readings of asked meters as the body of a record. */
export function encodeReadings(readings: readonly MeterReading[]): Uint8Array {
  return Buffer.from(JSON.stringify(readings));
}

function decodeReadings(body: Uint8Array): readonly MeterReading[] {
  return JSON.parse(Buffer.from(body).toString()) as readonly MeterReading[];
}
