import { instantOf, type MeterReading } from "@wattspan/footprint";
import { createTraceScanner, spanIdOf, traceIdOf } from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { oneDevice, phaseOf, requestOf, type SpanDraft, T0 } from "../pipeline.test.fixture.ts";
import { createPipeline } from "../pipeline.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import { summarize, type TracedSummary } from "../summarize.ts";
import type { TraceNote } from "../trace/recall-trace.ts";
import { createDeviceTask, type DeviceTask } from "./device-task.ts";
import { partitionOf } from "./partition-of.ts";
import { decodeEnergy, encodeEnergy } from "./records/energy-record.ts";
import {
  decodePhaseMessage,
  encodePhaseMessage,
  type PhaseMessage,
} from "./records/phase-record.ts";
import { createTraceTask, type TraceTask } from "./trace-task.ts";

const SPANS_PARTITIONS = 3;
const DEVICE_PARTITIONS = 2;
const ids = ["GPU-1", "GPU-2", "GPU-3"];
/** In other partitions than some of the accelerators. */
const hostIds = ["package-0", "package-1", "dram-0"];

const options: PipelineOptions = {
  ...oneDevice,
  nodes: [
    {
      name: "node-a",
      aliases: [],
      pue: 1.2,
      devices: ids.map((id) => ({
        id,
        idleWatts: 100,
        maxWatts: 700,
        embodiedKg: { lower: 80, central: 100, upper: 160 },
      })),
      host: { devices: hostIds.map((id) => ({ id, idleWatts: 60 })), rule: "time" },
    },
  ],
  workers: [],
  attributes: "full",
};

interface Given {
  readonly spans: readonly SpanDraft[];
  readonly trace: string;
}

/** One request of two phases, each on some of the devices, in one or two records. */
const request = fc.record({
  trace: fc.constantFrom(..."123456789abcdef"),
  startMs: fc.nat(60_000),
  prefillMs: fc.integer({ min: 1, max: 3000 }),
  decodeMs: fc.integer({ min: 1, max: 9000 }),
  tokens: fc.integer({ min: 1, max: 900 }),
  prefillOn: fc.subarray(ids, { minLength: 1 }),
  decodeOn: fc.subarray(ids, { minLength: 1 }),
  isSplit: fc.boolean(),
  isSampled: fc.boolean(),
});
const requests = fc.uniqueArray(request, { minLength: 1, maxLength: 12, selector: (r) => r.trace });

function recordsOf(all: readonly (typeof request extends fc.Arbitrary<infer T> ? T : never)[]) {
  return all.flatMap((one): Given[] => {
    const { trace, startMs, prefillMs, decodeMs, tokens, prefillOn, decodeOn, isSplit, isSampled } =
      one;
    // Seen with a probability of one in four.
    const traceState = isSampled ? { traceState: "ot=th:c" } : {};
    const middle = startMs + prefillMs;
    const on = (devices: readonly string[]) => ({
      "footprint.device.ids": devices,
      "host.name": "node-a",
    });
    const prefill: SpanDraft = {
      trace,
      ...traceState,
      id: "1",
      parent: "3",
      fromMs: startMs,
      toMs: middle,
      attributes: phaseOf("prefill", tokens, on(prefillOn)),
    };
    const decode: SpanDraft = {
      trace,
      ...traceState,
      id: "2",
      parent: "3",
      fromMs: middle,
      toMs: middle + decodeMs,
      attributes: phaseOf("decode", tokens, on(decodeOn)),
    };
    return isSplit
      ? [
          { trace, spans: [prefill] },
          { trace, spans: [decode] },
        ]
      : [{ trace, spans: [prefill, decode] }];
  });
}

const meters: readonly MeterReading[] = [...ids, ...hostIds].flatMap((id, index) =>
  Array.from({ length: 90 }, (_, second) => ({
    device: `node-a/${id}`,
    kind: "counter" as const,
    value: 1000 + second * (300 + 50 * index),
    at: instantOf(BigInt(T0 + second * 1000) * 1_000_000n),
  })),
);

function singleProcess(records: readonly Given[]): TracedSummary {
  const pipeline = createPipeline(
    options,
    () => true,
    () => T0 + 100_000,
  );
  pipeline.addReadings(meters);
  for (const { spans } of records) pipeline.accept("traces", "json", requestOf(spans));
  pipeline.finish(T0 + 200_000);
  const { fleet: _, seen: __, ...summary } = pipeline.summary();
  return { ...summary, restatements: [] };
}

/** Everything that a broker would keep, and members of both roles over it. */
function cluster(records: readonly Given[], random: () => number) {
  const spans: { body: Uint8Array; atMs: number }[][] = Array.from(
    { length: SPANS_PARTITIONS },
    () => [],
  );
  for (const [index, { trace, spans: drafts }] of records.entries()) {
    const at = partitionOf(trace.repeat(32), SPANS_PARTITIONS);
    spans[at]?.push({ body: requestOf(drafts), atMs: T0 + 90_000 + index });
  }
  const phases: { bytes: Uint8Array; atMs: number }[][] = [[], []];
  const energies: { bytes: Uint8Array; atMs: number }[][] = [[], [], []];
  const journal: TraceNote[][] = [[], [], []];
  const sent: string[] = [];
  const scanner = createTraceScanner({ names: [], keys: [] });

  const newTrace = (partition: number, doneBefore: number) => {
    const notes = new Map((journal[partition] ?? []).map((note) => [note.traceId, note]));
    return {
      partition,
      offset: 0,
      energiesAt: 0,
      doneBefore,
      task: createTraceTask(options, {
        partition,
        devicePartitions: DEVICE_PARTITIONS,
        doneBefore,
        notes,
        observer: {},
      }),
    };
  };
  const newDevice = (partition: number) => {
    const place = { partition, partitions: DEVICE_PARTITIONS, spansPartitions: SPANS_PARTITIONS };
    const task = createDeviceTask(options, place);
    const readings = meters.filter(
      ({ device }) => partitionOf(device, DEVICE_PARTITIONS) === partition,
    );
    task.takeReadings({ source: "own", readings }, T0 + 90_000);
    return { partition, at: 0, task };
  };
  const traces = [0, 1, 2].map((partition) => newTrace(partition, 0));
  const devices = [0, 1].map(newDevice);

  function tell(messages: readonly { partition: number; message: PhaseMessage }[], atMs: number) {
    for (const { partition, message } of messages) {
      phases[partition]?.push({ bytes: encodePhaseMessage(message), atMs });
    }
  }
  function stepTrace(one: (typeof traces)[number], nowMs: number) {
    const record = spans[one.partition]?.[one.offset];
    if (record !== undefined && random() < 0.7) {
      one.task.takeSpans(record.body, one.offset++, record.atMs);
      tell(one.task.takeTold(), nowMs);
    }
    const energy = energies[one.partition]?.[one.energiesAt];
    if (energy !== undefined && random() < 0.7) {
      one.energiesAt++;
      one.task.takeEnergy(decodeEnergy(energy.bytes), energy.atMs);
    }
    if (one.offset === (spans[one.partition]?.length ?? 0)) {
      const watermark = { kind: "watermark", spansPartition: one.partition, atMs: nowMs } as const;
      for (const partition of [0, 1]) tell([{ partition, message: watermark }], nowMs);
    }
    if (one.offset < one.doneBefore) return;
    for (let batch = one.task.release(nowMs); batch; batch = one.task.release(nowMs)) {
      journal[one.partition]?.push(...batch.notes);
      for (const { encoding, body } of batch.requests) {
        const table = scanner.scan(body, encoding);
        for (let i = 0; i < table.count; i++)
          sent.push(`${traceIdOf(table, i)} ${spanIdOf(table, i)}`);
      }
    }
  }
  function stepDevice(one: (typeof devices)[number], nowMs: number) {
    const record = phases[one.partition]?.[one.at];
    if (record !== undefined) {
      one.at++;
      one.task.takePhase(decodePhaseMessage(record.bytes), record.atMs);
    }
    // A member settles once it has read what was there when it began.
    if (one.at < (phases[one.partition]?.length ?? 0)) return;
    for (const { partition, record: energy } of one.task.settle(nowMs, nowMs)) {
      energies[partition]?.push({ bytes: encodeEnergy(energy), atMs: nowMs });
    }
  }
  function summary(): TracedSummary {
    return summarize(
      traces.map(({ task: { stage, devices: remote } }: { task: TraceTask }) => ({
        records: stage.records().values(),
        stage: remote,
        restatements: [],
      })),
      devices.flatMap(({ task }: { task: DeviceTask }) => task.balances()),
      options,
    );
  }
  return { traces, devices, stepTrace, stepDevice, newTrace, newDevice, summary, sent };
}

describe("trace and device tasks", () => {
  it("say the same as one process, whatever comes first and whoever is killed", () => {
    fc.assert(
      fc.property(requests, fc.infiniteStream(fc.nat(999)), fc.nat(40), (all, stream, killAt) => {
        const records = recordsOf(all);
        const random = () => (stream.next().value ?? 0) / 1000;
        const { traces, devices, ...run } = cluster(records, random);
        for (let step = 0; step < 400; step++) {
          const nowMs = T0 + 91_000 + step * 200;
          if (step === killAt) {
            const { partition, offset } = traces[1] as (typeof traces)[number];
            traces[1] = run.newTrace(partition, offset);
            devices[0] = run.newDevice(0);
          }
          for (const one of traces) run.stepTrace(one, nowMs);
          for (let i = 0; i < 20; i++) for (const one of devices) run.stepDevice(one, nowMs);
        }
        expect(JSON.stringify(run.summary())).toBe(JSON.stringify(singleProcess(records)));
        expect(new Set(run.sent).size).toBe(run.sent.length);
        expect(run.sent).toHaveLength(all.length * 2);
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

it("takes attributes off what a Collector wrote itself", () => {
  const task = createTraceTask(
    { ...options, redact: ["gen_ai.input.messages"] },
    {
      partition: 0,
      devicePartitions: DEVICE_PARTITIONS,
      doneBefore: 0,
      notes: new Map(),
      observer: {},
    },
  );
  const attributes = { "gen_ai.input.messages": "the secret prompt", "server.address": "kept" };
  const { forward } = task.takeSpans(requestOf([{ id: "1", attributes }]), 0, T0);
  const text = Buffer.from(forward?.body ?? []).toString();
  expect(text).toContain("kept");
  expect(text).not.toContain("secret");
});
