import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GatewayOptions } from "../gateway.ts";
import { oneDevice } from "../pipeline.test.fixture.ts";
import type { Backend } from "../send/start-backend.test.fixture.ts";
import { type Started, startOneDevice, stopGateways } from "../start-gateway.test.fixture.ts";

/** Figures leave at once, and are looked at again after 2 s. */
export const atOnce: GatewayOptions["pipeline"]["join"] = {
  ...oneDevice.join,
  lingerMs: 0,
  holdMs: 2000,
  exportDelayMs: 0,
};

/** Names a directory for a spool, which is not there yet. */
export function nameSpool(): string {
  return join(mkdtempSync(join(tmpdir(), "wattspan-spool-")), "spool");
}

/** Stops everything started, and removes the spool. */
export async function stopSpooled(directory: string): Promise<void> {
  await stopGateways();
  rmSync(join(directory, ".."), { recursive: true, force: true });
}

/** Starts a gateway that keeps its spool in `directory`. */
export async function startSpooled(
  directory: string,
  backends: readonly Backend[],
  options: Partial<GatewayOptions> & { maxBytes?: number; maxAgeMs?: number } = {},
): Promise<Started> {
  const { maxBytes = 1e9, maxAgeMs = 60_000, ...more } = options;
  const settings = backends.map(({ url }, i) => {
    const exporter = { endpoint: url, compression: "none", retry: { initialDelayMs: 20 } } as const;
    return [`backend-${i}`, exporter] as const;
  });
  return startOneDevice({
    pipeline: { ...oneDevice, join: atOnce },
    exporters: new Map(settings),
    spool: { directory, maxBytes, maxAgeMs, sync: "disk" },
    metricIntervalMs: 3_600_000,
    ...more,
  });
}

/** A counter at 500 W, a reading a second. */
export function counterFrom(baseMs: number): string {
  const dataPoints = Array.from({ length: 13 }, (_, i) => ({
    timeUnixNano: String(BigInt(baseMs + i * 1000) * 1_000_000n),
    asDouble: 1000 + i * 500,
    attributes: [
      { key: "hw.id", value: { stringValue: "GPU-1" } },
      { key: "hw.type", value: { stringValue: "gpu" } },
      { key: "host.name", value: { stringValue: "node-a" } },
    ],
  }));
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  const metrics = [{ name: "hw.energy", unit: "J", sum }];
  return JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });
}

/** A span as a backend got it. */
interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly joules: number | undefined;
}

/** Spans as a backend got them, requests of metrics left out. */
export function spansAt({ requests }: Backend): readonly Sent[] {
  return requests
    .filter(({ path }) => path === "/v1/traces")
    .flatMap(({ body }) => JSON.parse(body).resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans }) => spans)
    .map(({ name, traceId, attributes }) => ({
      name,
      traceId: String(traceId).slice(0, 1),
      joules: attributes.find(({ key }: { key: string }) => key === "footprint.energy.accelerator")
        ?.value.doubleValue,
    }));
}

/** A request of one log record, as OTLP/JSON. */
export const logRecord = (text: string): string =>
  JSON.stringify({
    resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: text } }] }] }],
  });
