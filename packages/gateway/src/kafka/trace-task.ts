import { createRedactor, type Encoding, OtlpError } from "@wattspan/otlp";
import type { PipelineOptions } from "../pipeline-options.ts";
import { createFigureCutter } from "../receive/cut-figures.ts";
import type { DialectObserver } from "../trace/dialects/dialect.ts";
import { noteTrace, type TraceNote } from "../trace/recall-trace.ts";
import type { PhaseObserver } from "../trace/report-phases.ts";
import type { TraceRecord } from "../trace/trace-record.ts";
import { createTraceStage, type TraceStage } from "../trace/trace-stage.ts";
import type { EnergyRecord } from "./records/energy-record.ts";
import { type AddressedPhase, createRemoteDevices, type RemoteDevices } from "./remote-devices.ts";

/** A request to send on. */
export interface OutRequest {
  readonly encoding: Encoding;
  readonly body: Uint8Array;
}

/** Requests that leave together, and what they say: journalled as one. */
export interface Batch {
  readonly requests: readonly OutRequest[];
  readonly notes: readonly TraceNote[];
}

/** One partition of `spans`: its traces, and what the devices say of them. Times in ms since 1970. */
export interface TraceTask {
  /** Takes the record at `offset`, written at `atMs`; gives what of it goes straight on, and why spans of it do not. */
  takeSpans(
    body: Uint8Array,
    offset: number,
    atMs: number,
  ): { readonly forward: OutRequest | undefined; readonly rejected: readonly string[] };
  takeEnergy(record: EnergyRecord, atMs: number): void;
  /** Phases to tell since the last call, in order. */
  takeTold(): readonly AddressedPhase[];
  /** Next requests that are due at `nowMs`; undefined where nothing is. */
  release(nowMs: number): Batch | undefined;
  /** Last corrections of what is too old to be kept. */
  expire(nowMs: number): Batch | undefined;
  readonly stage: TraceStage;
  readonly devices: RemoteDevices;
}

/** What a task goes on from. */
export interface TraceTaskOptions {
  readonly partition: number;
  /** Partitions of `phases`. */
  readonly devicePartitions: number;
  /** Records of `spans` before this offset were told and forwarded by others. */
  readonly doneBefore: number;
  /** What was said of traces before, by id. */
  readonly notes: ReadonlyMap<string, TraceNote>;
  readonly observer: PhaseObserver & DialectObserver & { onRepeated?(count: number): void };
}

/** Figures come over the network: a hold waits so much longer for them, ms. */
const NETWORK_SLACK_MS = 5000;
/** A release ends after so many bytes of spans: it is journalled in records of 1 MB at most. */
const RELEASE_BYTES = 4 * 1024 * 1024;
const OPEN_BRACE = 0x7b;

/** Creates the task. */
export function createTraceTask(options: PipelineOptions, task: TraceTaskOptions): TraceTask {
  const { observer } = task;
  const devices = createRemoteDevices(options, {
    spansPartition: task.partition,
    partitions: task.devicePartitions,
  });
  const join = {
    ...options.join,
    holdMs: options.join.holdMs + NETWORK_SLACK_MS,
    maxReleaseBytes: RELEASE_BYTES,
  };
  const stage = createTraceStage({ ...options, join }, devices, observer, {
    recall: (id) => task.notes.get(id),
  });
  const cutFigures = createFigureCutter();
  const redact = createRedactor(options.redact ?? []);

  function accept(record: Uint8Array, atMs: number): ReturnType<TraceTask["takeSpans"]> {
    const encoding = encodingOf(record);
    // What a Collector wrote itself came past no receiver of ours.
    const body = redact("traces", encoding, record);
    const given = options.isTrusted ? { body, rejected: [] } : cutFigures(encoding, body);
    const { forward, rejected, repeated } = stage.accept(encoding, given.body, atMs);
    if (repeated > 0) observer.onRepeated?.(repeated);
    return {
      forward: forward === undefined ? undefined : { encoding, body: forward },
      rejected: [...given.rejected, ...rejected],
    };
  }

  return {
    takeSpans(body, offset, atMs) {
      const isDone = offset < task.doneBefore;
      devices.setOrigin(offset, isDone);
      try {
        const taken = accept(body, atMs);
        return isDone ? { forward: undefined, rejected: [] } : taken;
      } catch (error) {
        if (!(error instanceof OtlpError)) throw error;
        return { forward: undefined, rejected: isDone ? [] : [error.message] };
      }
    },
    takeEnergy: devices.put,
    takeTold: devices.takeTold,
    release: (nowMs) => batchOf(stage.release(nowMs, false)),
    expire(nowMs) {
      const beforeMs = nowMs - join.keepMs;
      const batch = batchOf(stage.expire(beforeMs));
      devices.expire(beforeMs);
      return batch;
    },
    stage,
    devices,
  };
}

function batchOf(departure: {
  readonly requests: readonly OutRequest[];
  readonly left: readonly TraceRecord[];
}): Batch | undefined {
  const { requests, left } = departure;
  return requests.length === 0 ? undefined : { requests, notes: left.map(noteTrace) };
}

/** A record says nothing of its encoding; no OTLP message in protobuf begins with an opening brace. */
function encodingOf(body: Uint8Array): Encoding {
  return body[0] === OPEN_BRACE ? "json" : "protobuf";
}
