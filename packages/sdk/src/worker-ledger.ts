import {
  addNs,
  chargeTimed,
  compareInstants,
  createLedger,
  type DeviceBalance,
  type DeviceReading,
  deviceKey,
  elapsedNs,
  type Footprint,
  type FootprintContext,
  type Instant,
  implausibilityOf,
  instantOfMs,
  isWeightAssumed,
  type MeteredDevice,
  meterWaitMs,
  type PhaseEnergy,
  type SharedUse,
  unixMsOf,
} from "@wattspan/footprint";
import { resolveDevice } from "@wattspan/sources";
import { createDeviceSets, type DeviceSet } from "./device-sets.ts";
import type { DeviceOptions, ResolvedOptions } from "./footprint-options.ts";
import { createOpenSpans, type OpenSpans } from "./open-spans.ts";
import { endOf, type LocalPhase, startOf } from "./read-phase.ts";
import { createSharedLoad, type SharedLoad } from "./shared-load.ts";

const NS_PER_MS = 1e6;
/** Data before the earliest phase that is still open or held is kept this long, ms. */
const KEEP_MS = 120_000;
/** Shapes figures, so it is the gateway's: longest counter interval that is read at all, and of any correction. */
const LEDGER_KEEP_MS = 4_200_000;
const NO_IDS: readonly string[] = [];

/** A phase's energy and what is known beside it. */
export interface PhaseFigure {
  readonly energy: PhaseEnergy | undefined;
  /** Shared by phases of which the same is known. */
  context: FootprintContext;
  /** At the factors of the context, once asked for. */
  footprint: Footprint | undefined;
}

/** The devices of one machine as one worker uses them. */
export interface WorkerLedger {
  readonly open: OpenSpans;
  /** Puts a phase on its devices; it is kept and changed. */
  charge(phase: LocalPhase): void;
  /** Nothing that is still to come changes the figure, or nothing comes any more. */
  isFinal(phase: LocalPhase, nowMs: number): boolean;
  figureOf(phase: LocalPhase, isProvisional: boolean): PhaseFigure;
  addDevices(devices: readonly MeteredDevice[]): void;
  addReadings(readings: readonly DeviceReading[], nowMs: number): void;
  /** Takes others' part of the energy out of our phases; where it is not told, their figures are `partial`. */
  addSharedUse(use: SharedUse): void;
  /** Figures of phases that meet `[from, to)` are `partial` for this reason; on all devices without an id. */
  mark(reason: string, from: Instant, to: Instant, deviceId?: string): void;
  /** Every device, in key order. */
  balances(): readonly DeviceBalance[];
  /** Forgets what no phase that ends after `earliestMs` needs. */
  expire(earliestMs: number): void;
}

/** Creates the ledger of a worker; devices that are configured are known at once. */
export function createWorkerLedger(options: ResolvedOptions): WorkerLedger {
  const { node, join, meters, attribution } = options;
  const ledger = createLedger({
    ...(attribution.idlePolicy ? { idlePolicy: attribution.idlePolicy } : {}),
    ...(attribution.timeShape ? { timeShape: attribution.timeShape } : {}),
    maxCounterGapNs: meters.maxCounterGapMs * NS_PER_MS,
    maxPowerGapNs: meters.maxPowerGapMs * NS_PER_MS,
    maxClockSkewNs: 0,
    gainError: meters.gainError,
    maxPhaseNs: join.maxPhaseMs * NS_PER_MS,
    keepNs: Math.max(LEDGER_KEEP_MS, join.maxPhaseMs + join.holdMs) * NS_PER_MS,
  });
  const open = createOpenSpans();
  const devices = new Map<string, DeviceOptions>();
  const read = new Map<string, { until: Instant; atMs: number; lagMs: number }>();
  const marks: { reason: string; from: Instant; to: Instant; deviceId: string | undefined }[] = [];
  const shared = new Map<string, SharedLoad>();
  const hasMeter = options.meter !== undefined;
  const sets = createDeviceSets(node, (id) => devices.get(id)?.maxTokensPerSecond);
  /** Of the figure asked for last: most are the same. */
  let context: FootprintContext = {
    zone: options.zone,
    pue: options.pue,
    intensity: options.intensity,
    isGuessed: false,
    isAssumedWeight: false,
    includesQueueing: false,
    isProvisional: false,
  };
  for (const device of options.devices) describe(device);

  function describe(given: DeviceOptions): void {
    const device = resolveDevice(given);
    devices.set(device.id, device);
    sets.clear();
    const { id, idleWatts, maxWatts } = device;
    ledger.addDevice({
      key: deviceKey(node, id),
      node,
      id,
      ...(idleWatts === undefined ? {} : { idleWatts }),
      ...(maxWatts === undefined ? {} : { maxWatts }),
    });
  }

  /** Devices that the span names, else all that are known. */
  function place(phase: LocalPhase): void {
    if (phase.deviceIds === undefined) {
      if (devices.size === 0) return;
      phase.deviceIds = [...devices.keys()];
      phase.isGuessed = devices.size > 1;
    }
    const set = sets.of(phase.deviceIds);
    phase.deviceIds = set.ids;
    phase.refusal = chargeOn(phase, set);
  }

  function chargeOn(phase: LocalPhase, { ids, shares, rates }: DeviceSet): string | undefined {
    const { idHigh, idLow, processedTokens } = phase;
    const timed = {
      idHigh,
      idLow,
      start: startOf(phase),
      end: endOf(phase),
      processedTokens,
      probability: undefined,
      phase: phase.phase,
      includesQueueing: false,
    };
    const implausible = implausibilityOf(timed, rates);
    if (implausible !== undefined) return implausible;
    const charged = chargeTimed(timed, shares, attribution);
    const outcome = ledger.upsertPhase(charged, phase.handle);
    if (typeof outcome !== "number") return outcome;
    phase.handle = outcome;
    for (const id of ids) shared.get(id)?.addPhase(charged);
    return undefined;
  }

  /** Takes others' load out up to where no phase of ours can still come, at least up to the end of this one. */
  function settleShared(id: string, end: Instant): void {
    const load = shared.get(id);
    if (load === undefined) return;
    const earliest = open.earliestOn(id);
    const until = earliest !== undefined && compareInstants(earliest, end) > 0 ? earliest : end;
    for (const reading of load.takeLoads(until)) ledger.addLoad(reading);
  }

  function isRead(id: string, end: Instant): boolean {
    const meter = read.get(id);
    if (meter === undefined || compareInstants(meter.until, end) < 0) return false;
    const known = shared.get(id)?.knownUntil;
    return known === undefined || compareInstants(known, end) >= 0;
  }

  function isFinal(phase: LocalPhase, nowMs: number): boolean {
    if (phase.refusal !== undefined || !hasMeter) return true;
    if (phase.deviceIds === undefined) place(phase);
    const { deviceIds = NO_IDS } = phase;
    const end = endOf(phase);
    const waitedMs = nowMs - unixMsOf(end);
    let last = end;
    for (const id of deviceIds) {
      const meter = read.get(id);
      if (meter !== undefined && compareInstants(meter.until, last) > 0) last = meter.until;
      if (!isRead(id, end) && waitedMs < meterWaitMs(meter?.lagMs ?? 0, join.lingerMs)) {
        return false;
      }
    }
    if (deviceIds === NO_IDS) return waitedMs >= meterWaitMs(0, join.lingerMs);
    phase.intervalEnd ??= last;
    for (const id of deviceIds) {
      const earliest = open.earliestOn(id);
      if (earliest !== undefined && compareInstants(earliest, phase.intervalEnd) < 0) return false;
    }
    return true;
  }

  function figureOf(phase: LocalPhase, isProvisional: boolean): PhaseFigure {
    for (const id of phase.deviceIds ?? NO_IDS) settleShared(id, endOf(phase));
    const context = contextOf(phase, isProvisional);
    const energy =
      context.unplaced === undefined && phase.handle !== undefined
        ? ledger.energyOf(phase.handle)
        : undefined;
    return { energy, context, footprint: undefined };
  }

  function contextOf(phase: LocalPhase, isProvisional: boolean): FootprintContext {
    const unplaced = phase.refusal ?? unplacedReason(phase);
    const partial = reasonOf(phase);
    const isAssumedWeight = isWeightAssumed(phase, attribution.weights);
    const isSame =
      context.unplaced === unplaced &&
      context.partial === partial &&
      context.isGuessed === phase.isGuessed &&
      context.isAssumedWeight === isAssumedWeight &&
      context.isProvisional === isProvisional;
    if (!isSame) {
      const { isGuessed } = phase;
      context = { ...context, unplaced, partial, isGuessed, isAssumedWeight, isProvisional };
    }
    return context;
  }

  function unplacedReason({ deviceIds }: LocalPhase): string | undefined {
    if (!hasMeter) return "no_meter";
    return deviceIds === undefined ? "no_device" : undefined;
  }

  function reasonOf(phase: LocalPhase): string | undefined {
    if (marks.length === 0) return undefined;
    const start = startOf(phase);
    const end = endOf(phase);
    return marks.find(
      ({ from, to, deviceId }) =>
        compareInstants(from, end) < 0 &&
        compareInstants(to, start) > 0 &&
        (deviceId === undefined || phase.deviceIds?.includes(deviceId)),
    )?.reason;
  }

  function mark(reason: string, from: Instant, to: Instant, deviceId?: string): void {
    const last = marks.at(-1);
    const isNext = last?.reason === reason && last.deviceId === deviceId;
    if (isNext && elapsedNs(last.to, from) <= 0) last.to = to;
    else marks.push({ reason, from, to, deviceId });
  }

  return {
    open,
    charge: place,
    isFinal,
    figureOf,
    addDevices(found) {
      for (const device of found) {
        const configured = devices.get(device.id);
        if (options.devices.length > 0 && configured === undefined) continue;
        describe({ ...device, ...configured });
      }
    },
    addReadings(readings, nowMs) {
      for (const { id, ...reading } of readings) {
        if (options.devices.length > 0 && !devices.has(id)) continue;
        if (!devices.has(id)) describe({ id });
        const device = deviceKey(node, id);
        if (!ledger.addReading({ ...reading, device })) continue;
        const until = ledger.readUntil(device);
        if (until === undefined) continue;
        const known = read.get(id);
        if (known === undefined) read.set(id, { until, atMs: nowMs, lagMs: 0 });
        else if (compareInstants(until, known.until) > 0) {
          const lagMs = Math.max(nowMs - known.atMs, known.lagMs * 0.99);
          read.set(id, { until, atMs: nowMs, lagMs });
        }
      }
    },
    addSharedUse({ id, from, to, othersShare }) {
      if (othersShare === undefined) mark("other_process", from, to, id);
      const load = shared.get(id) ?? createSharedLoad(deviceKey(node, id));
      shared.set(id, load);
      load.addUse(from, to, othersShare ?? 0);
    },
    mark,
    balances: ledger.balances,
    expire(earliestMs) {
      const before = addNs(instantOfMs(Math.floor(earliestMs)), -KEEP_MS * NS_PER_MS);
      ledger.expire(before);
      for (const load of shared.values()) load.expire(before);
      while (marks.length > 0 && compareInstants((marks[0] as { to: Instant }).to, before) < 0) {
        marks.shift();
      }
    },
  };
}
