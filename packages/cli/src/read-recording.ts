import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Signal } from "@wattspan/gateway";
import { createTraceScanner, type Encoding, endUnixNanoOf, scanMetrics } from "@wattspan/otlp";

/** One recorded export request. */
export interface RecordedRequest {
  readonly signal: Signal;
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  /** Latest time in it, ms: when it can have been sent at the earliest. */
  readonly latestMs: number;
}

/**
 * Reads recorded OTLP requests: `.pb` files hold one protobuf request (its signal from `traces`, `metrics` or `logs`
 * in the name), other files one OTLP/JSON request a line. Throws an Error that names the file.
 */
export async function readRecording(path: string): Promise<RecordedRequest[]> {
  const bytes = await readFile(path);
  if (path.endsWith(".pb")) return [requestOf(signalNamed(basename(path)), "protobuf", bytes)];
  const encoder = new TextEncoder();
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => requestOf(signalIn(line), "json", encoder.encode(line)));
}

const scanner = createTraceScanner({ names: [], keys: [] });

function requestOf(signal: Signal, encoding: Encoding, body: Uint8Array): RecordedRequest {
  return { signal, encoding, body, latestMs: latestMsOf(signal, encoding, body) };
}

function latestMsOf(signal: Signal, encoding: Encoding, body: Uint8Array): number {
  let latest = 0n;
  if (signal === "traces") {
    const table = scanner.scan(body, encoding);
    for (let i = 0; i < table.count; i++) {
      const end = endUnixNanoOf(table, i);
      if (end > latest) latest = end;
    }
  } else if (signal === "metrics") {
    for (const { timeUnixNano } of scanMetrics(body, encoding, () => true)) {
      if (timeUnixNano > latest) latest = timeUnixNano;
    }
  }
  return Number(latest / 1_000_000n);
}

function signalNamed(name: string): Signal {
  return name.includes("metrics") ? "metrics" : name.includes("logs") ? "logs" : "traces";
}

function signalIn(line: string): Signal {
  const head = line.slice(0, 200);
  return head.includes("resourceMetrics")
    ? "metrics"
    : head.includes("resourceLogs")
      ? "logs"
      : "traces";
}
