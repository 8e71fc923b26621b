import { instantOf, unixNanoOf } from "@wattspan/footprint";
import {
  copySpan,
  createTraceScanner,
  type Encoding,
  encodeTraces,
  endUnixNanoOf,
} from "@wattspan/otlp";
import { engineDevices } from "../../engine-pipeline.ts";
import { requestsOf } from "../../read-recordings.ts";
import type { Step } from "./scene.ts";

const WATTS = 500;
const READ_EVERY_NS = 500_000_000n;

/** The steps of a recording. */
export function stepsOfRecording(name: string): readonly Step[] {
  return stepsOfBodies(requestsOf(name, "traces"), "protobuf");
}

/** Every span of trace requests in a request of its own, and readings of constant power around them. */
export function stepsOfBodies(
  bodies: readonly Uint8Array[],
  bodyEncoding: Encoding,
): readonly Step[] {
  const scanner = createTraceScanner({ names: [], keys: [] });
  const steps: Step[] = [];
  const times: bigint[] = [];
  for (const body of bodies) {
    const table = scanner.scan(body, bodyEncoding);
    for (let i = 0; i < table.count; i++) {
      times.push(endUnixNanoOf(table, i));
      const atMs = Number(endUnixNanoOf(table, i) / 1_000_000n);
      for (const { encoding, body } of encodeTraces([{ span: copySpan(table, i) }])) {
        steps.push({ atMs, play: (pipeline) => void pipeline.accept("traces", encoding, body) });
      }
    }
  }
  const first = times.reduce((a, b) => (a < b ? a : b)) - 60_000_000_000n;
  const last = times.reduce((a, b) => (a > b ? a : b));
  for (const device of engineDevices) {
    let value = 100;
    for (let at = first; at <= last + READ_EVERY_NS; at += READ_EVERY_NS) {
      const reading = { device, kind: "counter" as const, value, at: instantOf(at) };
      steps.push({
        atMs: Number(unixNanoOf(reading.at) / 1_000_000n),
        play: (pipeline) => pipeline.addReadings([reading]),
      });
      value += (WATTS * Number(READ_EVERY_NS)) / 1e9;
    }
  }
  return steps;
}
