import {
  type DeviceBalance,
  type EngineCount,
  instantOfMs,
  type MeterReading,
  type PodSighting,
  unixNanoOf,
} from "@wattspan/footprint";
import { createRedactor, type Encoding } from "@wattspan/otlp";
import { createDeviceStage, type DeviceStage } from "./device/device-stage.ts";
import { createFleetFigures, type FleetFigure } from "./device/fleet-figures.ts";
import type { SeenFractions } from "./device/sampling.ts";
import { createCountTaker } from "./device/take-counts.ts";
import { createMeterIntake } from "./device/take-meters.ts";
import type { NodeOptions, PipelineOptions } from "./pipeline-options.ts";
import type { Signal, Verdict } from "./receive/accept.ts";
import { countItems } from "./receive/count-items.ts";
import { createFigureCutter } from "./receive/cut-figures.ts";
import { acceptedBut, busy, unreadable } from "./receive/verdicts.ts";
import { createBacklog } from "./send/backlog.ts";
import type { SendJournal } from "./send/send-journal.ts";
import type { SiteExchange } from "./sites/site-exchange.ts";
import { type RequestSummary, type Summary, summarize, summarizeTrace } from "./summarize.ts";
import type { DialectObserver } from "./trace/dialects/dialect.ts";
import { createPlacementHistory, type Fleet } from "./trace/placement-history.ts";
import { createPodDevices } from "./trace/pod-devices.ts";
import type { TraceNote } from "./trace/recall-trace.ts";
import type { PhaseObserver } from "./trace/report-phases.ts";
import { type PlacementReport, reportPlacement } from "./trace/report-placement.ts";
import { createTraceStage } from "./trace/trace-stage.ts";

const EXPIRE_EVERY_MS = 60_000;

/** Sends a request on; false where there is no room. `items`: its spans, points or records, where they are known. */
export type Emit = (
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array,
  items?: number,
) => boolean;

/** Keeps what a restart has to be given again, in the order in which it came. */
export interface PipelineJournal extends SendJournal {
  /** The spans of a request that are held or noted, words of other sites, or metrics with readings. */
  kept(signal: "traces" | "metrics", encoding: Encoding, body: Uint8Array, nowMs: number): void;
  /** What was told of a trace before a restart. */
  recall(traceId: string): TraceNote | undefined;
  /** Readings of meters that were asked. */
  keptReadings(readings: readonly MeterReading[], nowMs: number): void;
}

/** What a pipeline may have beside it. */
export interface PipelineContext {
  readonly journal?: PipelineJournal | undefined;
  readonly sites?: SiteExchange | undefined;
}

/** The gateway without its sockets: what a replay runs too. Times in ms since 1970, real or virtual. */
export interface Pipeline {
  /** `isTrusted`: of this sender; default: as the options say. */
  accept(signal: Signal, encoding: Encoding, body: Uint8Array, isTrusted?: boolean): Verdict;
  /** Takes readings of meters that were asked; a device that OTLP metrics tell of is kept to them, or the reverse. */
  addReadings(readings: readonly MeterReading[]): void;
  /** Takes what meters said of pods: their workers' devices need no list. */
  addPods(sightings: readonly PodSighting[]): void;
  /** Takes what engines that were asked have computed; a device is kept to that or to OTLP metrics, as with readings. */
  addCounts(counts: readonly EngineCount[]): void;
  /** Releases what is due at `nowMs`. */
  tick(nowMs: number): void;
  /** Releases everything held. */
  finish(nowMs: number): void;
  /** What starts from `nowMs` on is placed and priced by `fleet`; what is held or settled stays as it is. */
  renew(fleet: Fleet, nowMs: number): void;
  /** As configured now. */
  readonly nodes: readonly NodeOptions[];
  summary(): Summary;
  /** Where the energy of each device went so far. */
  balances(): readonly DeviceBalance[];
  /** What all counted work took, by model, pool and zone; no trace is needed. */
  fleet(): readonly FleetFigure[];
  /** Which part of the work is seen, by all that tell of it. */
  seenFractions(): SeenFractions;
  /** `hw.type` of devices, by their key, as their meters say. */
  readonly deviceKinds: ReadonlyMap<string, string>;
  /** Latest time read from spans and readings, ms. */
  readonly latestMs: number;
  /** Workers without devices, devices without workers, and idle power as measured. */
  placement(nowMs: number): PlacementReport;
  /** Spans held back, and their bytes. */
  readonly heldCount: number;
  readonly heldBytes: number;
  readonly phaseCount: number;
  /** Phases that were not charged, by reason. */
  readonly refusedPhases: ReadonlyMap<string, number>;
  /** Memory of the ledger. */
  readonly byteLength: number;
}

/** Watches a pipeline: requests and phases as they leave, and meter points that could not be read. */
export interface PipelineObserver extends PhaseObserver, DialectObserver {
  onRequest?(request: RequestSummary): void;
  onUnread?(reason: string, count: number): void;
  /** Held spans that came again, as after a retry: they left once. */
  onRepeated?(count: number): void;
}

/**
 * Creates the pipeline: trace stage, device stage, trace stage again. `now` is its clock. With a journal it takes up where
 * it stopped once it was given again, at the times of then, what was kept.
 */
export function createPipeline(
  options: PipelineOptions,
  emit: Emit,
  now: () => number,
  observer: PipelineObserver = {},
  { journal, sites }: PipelineContext = {},
): Pipeline {
  let { nodes } = options;
  const pods = createPodDevices();
  const placement = createPlacementHistory(options, pods);
  const counts = createCountTaker(placement.place, options.attribution);
  /** Those that were configured before too: work on them is kept longer. */
  const nodesByName = new Map(nodes.map((node) => [node.name, node]));
  const fleet = createFleetFigures(nodesByName, options.intensity, counts.sources);
  const devices: DeviceStage = createDeviceStage(options, { onWork: fleet.add });
  const traces = createTraceStage(options, devices, observer, {
    place: placement.place,
    journal,
    recall: journal?.recall,
    elsewhere: sites?.elsewhere,
  });
  const meters = createMeterIntake({
    pipeline: options,
    devices,
    counts,
    pods,
    now,
    onUnread: (reason, count) => observer.onUnread?.(reason, count),
  });
  const cutFigures = createFigureCutter();
  /** What a full backend queue did not take is kept in order; nothing more is accepted until it left. */
  const backlog = createBacklog(emit);
  const { send, drain } = backlog;
  const redact = createRedactor(options.redact ?? []);
  let latestMs = 0;
  let expiredMs = 0;

  function acceptTraces(encoding: Encoding, body: Uint8Array, isTrusted: boolean): Verdict {
    const nowMs = now();
    if (encoding === "protobuf" && sites?.accept(body, nowMs) === true) {
      journal?.kept("traces", encoding, body, nowMs);
      return { status: "accepted", rejected: 0, items: 0 };
    }
    const given = isTrusted ? { body, rejected: [] } : cutFigures(encoding, body);
    const {
      forward,
      kept,
      latestMs: newest,
      count,
      forwardCount,
      ...taken
    } = traces.accept(encoding, given.body, nowMs);
    if (kept !== undefined) journal?.kept("traces", encoding, kept, nowMs);
    const rejected = [...given.rejected, ...taken.rejected];
    if (taken.repeated > 0) observer.onRepeated?.(taken.repeated);
    latestMs = Math.max(latestMs, newest);
    if (forward !== undefined) send("traces", encoding, forward, forwardCount);
    return acceptedBut(rejected, count + given.rejected.length);
  }

  function acceptMetrics(encoding: Encoding, body: Uint8Array, items: number): Verdict {
    if (meters.takeMetrics(encoding, body)) journal?.kept("metrics", encoding, body, now());
    send("metrics", encoding, body, items);
    return acceptedBut([], items);
  }

  function release(nowMs: number, isLast: boolean): void {
    const { requests, firstLeft } = traces.release(nowMs, isLast);
    for (const { encoding, body, spanCount } of requests) send("traces", encoding, body, spanCount);
    if (observer.onRequest === undefined) return;
    for (const record of firstLeft) {
      for (const request of summarizeTrace(record, devices, options)) observer.onRequest(request);
    }
  }

  /** What is too old for corrections is corrected for the last time, and forgotten. */
  function expire(beforeMs: number): void {
    if (beforeMs - expiredMs < EXPIRE_EVERY_MS) return;
    expiredMs = beforeMs;
    const { requests } = traces.expire(beforeMs);
    for (const { encoding, body, spanCount } of requests) send("traces", encoding, body, spanCount);
    devices.expire(beforeMs);
  }

  return {
    accept(signal, encoding, given, isTrusted = options.isTrusted ?? false) {
      drain();
      if (!backlog.isEmpty) return busy("the backend's queue is full");
      try {
        const body = redact(signal, encoding, given);
        if (signal === "traces") return acceptTraces(encoding, body, isTrusted);
        const items = countItems(signal, encoding, body);
        if (signal === "metrics") return acceptMetrics(encoding, body, items);
        send(signal, encoding, body, items);
        return acceptedBut([], items);
      } catch (error) {
        return unreadable(error);
      }
    },
    addReadings(readings) {
      meters.takeReadings(readings, "own");
      journal?.keptReadings(readings, now());
    },
    addPods: pods.note,
    addCounts: (taken) => meters.takeCounts(taken, "own"),
    tick(nowMs) {
      drain();
      release(nowMs, false);
      expire(nowMs - options.join.keepMs);
      if (sites === undefined) return;
      const { lingerMs, exportDelayMs, keepMs } = options.join;
      sites.tell(nowMs, Math.min(traces.untoldMs() - 1, nowMs - lingerMs - exportDelayMs));
      sites.expire(nowMs - keepMs);
    },
    finish(nowMs) {
      release(nowMs, true);
      drain();
    },
    renew(renewed, nowMs) {
      const from = instantOfMs(nowMs);
      ({ nodes } = renewed);
      meters.renew(nodes);
      placement.renew(renewed, unixNanoOf(from));
      for (const node of nodes) nodesByName.set(node.name, node);
      devices.renew(nodes, from.epoch);
    },
    get nodes() {
      return nodes;
    },
    balances: devices.balances,
    fleet: () => fleet.figures(devices.work()),
    seenFractions: devices.seenFractions,
    placement: (nowMs) =>
      reportPlacement(
        traces.records().values(),
        devices.balances(),
        nodes,
        meters.idleWatch,
        nowMs - options.join.holdMs,
      ),
    deviceKinds: meters.deviceKinds,
    summary: () => ({
      ...summarize(
        [{ records: traces.records().values(), stage: devices, restatements: traces.restatements }],
        devices.balances(),
        options,
      ),
      fleet: fleet.figures(devices.work()),
      seen: devices.seenFractions(),
    }),
    get latestMs() {
      return Math.max(latestMs, meters.latestMs);
    },
    get heldCount() {
      return traces.heldCount;
    },
    get heldBytes() {
      return traces.heldBytes;
    },
    get phaseCount() {
      return devices.phaseCount;
    },
    refusedPhases: devices.refused,
    get byteLength() {
      return devices.byteLength;
    },
  };
}
