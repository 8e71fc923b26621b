import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type IntensitySource, instantOf, type MeterReading } from "@wattspan/footprint";
import { createPipeline, type PipelineOptions, type Summary } from "@wattspan/gateway";
import {
  createElectricityMaps,
  createFallback,
  createHttpClient,
  createLiveIntensity,
  createStaticIntensity,
  readIntensityCsv,
} from "@wattspan/sources";
import { afterEach, describe, expect, it } from "vitest";
import { engineDevices, enginePipeline } from "../engine-pipeline.ts";

const IDLE_WATTS = 70;
const WATTS = 470;
const PUE = 1.2;
const JOULES_PER_KWH = 3.6e6;
const hourMs = Date.parse("2026-06-01T11:00:00Z");

const instant = (ms: number) => instantOf(BigInt(ms) * 1_000_000n);

interface PhaseDraft {
  readonly phase: "prefill" | "decode";
  readonly service: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** One request as a marked root and its phases. */
function requestOf(phases: readonly PhaseDraft[]): Uint8Array {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const span = (
    spanId: string,
    name: string,
    fromMs: number,
    toMs: number,
    marks: object = {},
  ) => ({
    traceId,
    spanId,
    name,
    kind: 1,
    startTimeUnixNano: `${fromMs}000000`,
    endTimeUnixNano: `${toMs}000000`,
    ...marks,
  });
  const resourceSpans = phases.map(({ phase, service, fromMs, toMs }, index) => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
    scopeSpans: [
      {
        scope: { name: "test" },
        spans: [
          span(`000000000000000${index + 2}`, phase, fromMs, toMs, {
            parentSpanId: "0000000000000001",
            attributes: [
              { key: "footprint.inference.phase", value: { stringValue: phase } },
              { key: "footprint.inference.processed_tokens", value: { intValue: "100" } },
              {
                key: "footprint.device.ids",
                value: {
                  arrayValue: {
                    values: [{ stringValue: phase === "prefill" ? "GPU-p0" : "GPU-d0" }],
                  },
                },
              },
            ],
          }),
        ],
      },
    ],
  }));
  const from = Math.min(...phases.map(({ fromMs }) => fromMs));
  const to = Math.max(...phases.map(({ toMs }) => toMs));
  const root = { scopeSpans: [{ spans: [span("0000000000000001", "request", from, to)] }] };
  return Buffer.from(JSON.stringify({ resourceSpans: [...resourceSpans, root] }));
}

/** Constant power on every device, read each second. */
function readingsOf(fromMs: number, toMs: number): MeterReading[] {
  const readings: MeterReading[] = [];
  for (let ms = fromMs; ms <= toMs; ms += 1000) {
    const value = ((ms - fromMs) / 1000) * WATTS + 1000;
    for (const device of engineDevices) {
      readings.push({ device, kind: "counter", value, at: instant(ms) });
    }
  }
  return readings;
}

function replay(intensity: IntensitySource, phases: readonly PhaseDraft[]) {
  const options: PipelineOptions = {
    ...enginePipeline({ lingerMs: 10_000, holdMs: 300_000, exportDelayMs: 5000 }),
    intensity,
  };
  const toMs = Math.max(...phases.map(({ toMs: end }) => end));
  const pipeline = createPipeline(
    options,
    () => true,
    () => toMs,
  );
  const fromMs = Math.min(...phases.map(({ fromMs: start }) => start));
  pipeline.addReadings(readingsOf(fromMs - 5000, toMs + 5000));
  pipeline.accept("traces", "json", requestOf(phases));
  pipeline.finish(toMs + 600_000);
  return pipeline;
}

const phaseOf = (summary: Summary, phase: string) =>
  summary.requests.flatMap(({ phases }) => phases).find((one) => one.phase === phase);

/** Grams of dynamic energy over PUE. */
const grams = (...parts: readonly (readonly [seconds: number, gramsPerKwh: number])[]): number =>
  parts.reduce(
    (sum, [seconds, gramsPerKwh]) =>
      sum + ((WATTS - IDLE_WATTS) * seconds * PUE * gramsPerKwh) / JOULES_PER_KWH,
    0,
  );

const close = (value: number | undefined, expected: number): void => {
  expect(Math.abs((value ?? Number.NaN) / expected - 1)).toBeLessThan(1e-9);
};

let server: Server | undefined;

afterEach(
  () =>
    new Promise<void>((resolve) =>
      server === undefined ? resolve() : server.close(() => resolve()),
    ),
);

/** A live source of a provider on loopback with these hourly values by zone. */
async function provider(values: Record<string, Record<string, number>>, now: () => number) {
  server = createServer((request, response) => {
    const zone = new URL(request.url ?? "", "http://x").searchParams.get("zone") ?? "";
    const data = Object.entries(values[zone] ?? {}).map(([datetime, carbonIntensity]) => ({
      zone,
      carbonIntensity,
      datetime,
      isEstimated: false,
    }));
    response.end(JSON.stringify({ zone, data }));
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
  return createLiveIntensity({
    provider: createElectricityMaps({ http: createHttpClient(), token: "t", url }),
    now,
  });
}

const prefill: PhaseDraft = {
  phase: "prefill",
  service: "dynamo-worker-prefill",
  fromMs: hourMs - 10_000,
  toMs: hourMs - 6000,
};
const decode: PhaseDraft = {
  phase: "decode",
  service: "dynamo-worker-decode",
  fromMs: hourMs - 6000,
  toMs: hourMs + 30_000,
};

describe("one request over two zones", () => {
  it("is priced by the hand calculation, over an hour's start, and again where the provider corrects", async () => {
    const values: Record<string, Record<string, number>> = {
      FR: { "2026-06-01T10:00:00Z": 40, "2026-06-01T11:00:00Z": 9000 },
      PL: { "2026-06-01T10:00:00Z": 600, "2026-06-01T11:00:00Z": 700 },
    };
    let nowMs = hourMs + 3_600_000;
    const live = await provider(values, () => nowMs);
    const intensity = createFallback([live, createStaticIntensity()]);
    const refresh = () => live.refresh(["FR", "PL"], instant(prefill.fromMs), instant(decode.toMs));

    // Nothing fetched yet: the year's averages, at once.
    const early = replay(intensity, [prefill, decode]).summary();
    close(phaseOf(early, "prefill")?.carbonGrams, grams([4, 31]));
    expect(phaseOf(early, "prefill")?.dataStatus).toBe("yearly_zone");

    await refresh();
    const pipeline = replay(intensity, [prefill, decode]);
    const summary = pipeline.summary();
    const [first, second] = [phaseOf(summary, "prefill"), phaseOf(summary, "decode")];
    // 400 W above idle for 4 s at 40 g/kWh; for 6 s at 600 and 30 s at 700.
    close(first?.carbonGrams, 1600 * 1.2 * (40 / 3.6e6));
    close(second?.carbonGrams, 1.2 * (2400 * (600 / 3.6e6) + 12_000 * (700 / 3.6e6)));
    close(second?.gramsPerKwh, (2400 * 600 + 12_000 * 700) / 14_400);
    expect([first?.zone, first?.dataStatus]).toEqual(["FR", "measured"]);
    // Two factors: none of them is the phase's.
    expect([second?.zone, second?.dataStatus]).toEqual(["PL", undefined]);
    close(summary.requests[0]?.carbonGrams, grams([4, 40], [6, 600], [30, 700]));

    // Seven hours later the provider says 660 for the second hour.
    nowMs += 7 * 3_600_000;
    values["PL"] = { "2026-06-01T10:00:00Z": 600, "2026-06-01T11:00:00Z": 660 };
    await refresh();
    close(phaseOf(pipeline.summary(), "decode")?.carbonGrams, grams([6, 600], [30, 660]));
  });

  it.each([5, 15, 30, 60])("is priced in steps of %i minutes", (stepMinutes) => {
    const stepMs = stepMinutes * 60_000;
    const startMs = hourMs - 2 * 3_600_000;
    const gramsAt = (ms: number): number => 100 + ((ms - startMs) / 60_000) ** 1.5;
    const rows = Array.from({ length: (4 * 3_600_000) / stepMs }, (_, index) => {
      const ms = startMs + index * stepMs;
      return `${new Date(ms).toISOString()},${gramsAt(ms)}`;
    });
    const text = `datetime,intensity\n${rows.join("\n")}\n`;
    const { source } = readIntensityCsv({ text, zone: "PL", nowMs: hourMs });
    const long = { ...decode, fromMs: hourMs - 20 * 60_000 - 7000, toMs: hourMs + 30 * 60_000 };
    const found = phaseOf(replay(source, [long]).summary(), "decode");
    const parts: [number, number][] = [];
    for (let ms = long.fromMs; ms < long.toMs; ) {
      const fromMs = Math.floor(ms / stepMs) * stepMs;
      const toMs = Math.min(long.toMs, fromMs + stepMs);
      parts.push([(toMs - ms) / 1000, gramsAt(fromMs)]);
      ms = toMs;
    }
    expect(parts.length).toBeGreaterThan(1);
    close(found?.energyJoules, 400 * (50 * 60 + 7));
    close(found?.carbonGrams, grams(...parts));
  });

  it("has the mean, not the sum, of equal hours, from wherever in an hour it begins", () => {
    const rows = [9, 10, 11, 12].map((hour) => `2026-06-01T${`${hour}`.padStart(2, "0")}:00Z,300`);
    const text = `datetime,intensity\n${rows.join("\n")}\n`;
    const { source } = readIntensityCsv({ text, zone: "PL", nowMs: hourMs });
    for (const fromMs of [hourMs - 3_600_000, hourMs - 24 * 60_000]) {
      const long = { ...decode, fromMs, toMs: fromMs + 3_600_000 };
      const found = phaseOf(replay(source, [long]).summary(), "decode");
      close(found?.gramsPerKwh, 300);
      close(found?.carbonGrams, grams([3600, 300]));
    }
  });

  it("has joules and no grams, never 0, where one zone has no factor", () => {
    const text = "datetime,intensity\n2026-06-01T10:00Z,50\n2026-06-01T11:00Z,60\n";
    const { source } = readIntensityCsv({ text, zone: "PL", nowMs: hourMs });
    const summary = replay(source, [prefill, decode]).summary();
    const first = phaseOf(summary, "prefill");
    close(first?.energyJoules, 1600);
    expect(first).not.toHaveProperty("carbonGrams");
    expect(first?.reason).toBe("no file has values of FR");
    close(phaseOf(summary, "decode")?.carbonGrams, grams([6, 50], [30, 60]));
    expect(summary.requests[0]).not.toHaveProperty("carbonGrams");
  });
});
