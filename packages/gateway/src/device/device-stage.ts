import {
  chargePhase,
  createLedger,
  type Device,
  type DeviceBalance,
  deviceKey,
  elapsedNs,
  type Footprint,
  implausibilityOf,
  instantOf,
  instantOfMs,
  type Ledger,
  type MeterReading,
  meterWaitMs,
  type PhaseWork,
  unixMsOf,
  unixNanoOf,
  wordsOf,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice, Placement } from "../trace/place-worker.ts";
import { chargeTermsOf } from "./charge-terms.ts";
import { type ChargedPhase, phaseFootprint } from "./phase-footprint.ts";
import { createSettleWait, type SettleWait } from "./settle-wait.ts";
import { createQueueTrimmer, type QueueTrimmer } from "./trim-queueing.ts";

const NS_PER_MS = 1e6;
const NO_CUTS: readonly number[] = [];

/** A phase as the trace stage hands it over. */
export interface StagedPhase extends PhaseWork {
  readonly placement: Placement;
  /** Prefills of one queue wait for each other. */
  readonly queue: string;
}

/** The half of the gateway that needs a device whole: clocks, load, waits. */
export interface DeviceStage {
  upsert(phase: StagedPhase, nowMs: number): void;
  remove(id: string): void;
  /** Takes readings; gives how many came after what they tell of was settled for good. */
  addReadings(readings: readonly MeterReading[], nowMs: number): number;
  /** What the phase's devices of this stage charged it by what is known now. */
  chargedOf(phase: StagedPhase): ChargedPhase;
  /** Figures by what is known now. */
  footprintOf(phase: StagedPhase, isProvisional: boolean): Footprint;
  /** Start of the window that is charged, without the wait for earlier passes. */
  chargedStartOf(phase: StagedPhase): bigint;
  /** When the phase's figures are final, ms; beyond `endMs + hold` never waited for. */
  finalAtMs(phase: StagedPhase): number;
  /** Whether the phase's window is still kept: else nothing can be said about it any more. */
  isKept(phase: StagedPhase): boolean;
  balances(): readonly DeviceBalance[];
  expire(beforeMs: number): void;
  /** Phases not charged, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly phaseCount: number;
  readonly byteLength: number;
}

/** Creates the device stage with the configured devices, of those that `isOwn`. */
export function createDeviceStage(
  options: PipelineOptions,
  isOwn: (deviceKey: string) => boolean = () => true,
): DeviceStage {
  const { join, meters, attribution, intensity } = options;
  const zones = new Map(options.nodes.map(({ name, zone }) => [name, zone]));
  const ledger: Ledger = createLedger({
    ...(attribution.idlePolicy ? { idlePolicy: attribution.idlePolicy } : {}),
    ...(attribution.timeShape ? { timeShape: attribution.timeShape } : {}),
    maxCounterGapNs: meters.maxCounterGapMs * NS_PER_MS,
    maxPowerGapNs: meters.maxPowerGapMs * NS_PER_MS,
    maxClockSkewNs: meters.maxClockSkewMs * NS_PER_MS,
    gainError: meters.gainError,
    maxPhaseNs: join.maxPhaseMs * NS_PER_MS,
    keepNs: join.keepMs * NS_PER_MS,
    cutsOf: ({ node }, epoch) => {
      const zone = zones.get(node);
      return (zone === undefined ? undefined : intensity?.changesIn?.(zone, epoch)) ?? NO_CUTS;
    },
  });
  for (const node of options.nodes) {
    for (const device of node.devices) {
      const key = deviceKey(node.name, device.id);
      if (isOwn(key)) ledger.addDevice({ ...device, key, node: node.name } as Device);
    }
  }
  const waits = new Map<string, SettleWait>();
  const lags = new Map<string, { readUntilMs: number; lagMs: number }>();
  const phases = new Map<string, StagedPhase>();
  const queues = new Map<string, QueueTrimmer>();
  const refused = new Map<string, number>();
  const refusals = new Map<string, string>();
  let expiredBefore = instantOf(0n);

  const devicesOf = ({ placement }: StagedPhase): readonly PlacedDevice[] =>
    "missing" in placement ? [] : placement.devices;

  function charge(phase: StagedPhase): void {
    const devices = devicesOf(phase);
    if (devices.length === 0) {
      // It may have had a place by what was known before.
      ledger.removePhase(...wordsOf(phase.id));
      refusals.delete(phase.id);
      return;
    }
    const refusal = chargeOn({ ...phase, startUnixNano: startOf(phase) }, devices);
    if (refusal === refusals.get(phase.id)) return;
    if (refusal === undefined) refusals.delete(phase.id);
    else {
      refusals.set(phase.id, refusal);
      refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    }
  }

  function chargeOn(work: PhaseWork, devices: readonly PlacedDevice[]): string | undefined {
    const rates = devices.map(({ maxTokensPerSecond }) => maxTokensPerSecond);
    const implausible = implausibilityOf(work, rates);
    if (implausible !== undefined) {
      ledger.removePhase(...wordsOf(work.id));
      return implausible;
    }
    const shares = devices.map(({ key, share = 1 / devices.length }) => ({ device: key, share }));
    const phase = chargePhase(work, shares, chargeTermsOf(devices, attribution).terms);
    const own = phase.devices.filter(({ device }) => isOwn(device));
    const outcome = ledger.upsertPhase({ ...phase, devices: own });
    return outcome === "changed" || outcome === "unchanged" ? undefined : outcome;
  }

  const startOf = (phase: StagedPhase): bigint =>
    (phase.phase === "prefill" ? queues.get(phase.queue)?.startOf(phase.id) : undefined) ??
    phase.startUnixNano;

  /** A prefill may move the start of others of its queue. */
  function queue(phase: StagedPhase): void {
    if (phase.phase !== "prefill" || phase.endUnixNano <= phase.startUnixNano) return;
    const trimmer = queues.get(phase.queue) ?? createQueueTrimmer();
    queues.set(phase.queue, trimmer);
    recharge(
      trimmer.set({
        id: phase.id,
        startNs: phase.startUnixNano,
        endNs: phase.endUnixNano,
        includesQueueing: phase.includesQueueing,
      }),
    );
  }

  function unqueue(phase: StagedPhase): void {
    recharge(queues.get(phase.queue)?.remove(phase.id) ?? []);
  }

  const charged = ({ id }: StagedPhase): ChargedPhase => ({
    energy: ledger.energyOf(...wordsOf(id)),
    refusal: refusals.get(id),
  });

  function recharge(ids: readonly string[]): void {
    for (const id of ids) {
      const phase = phases.get(id);
      if (phase !== undefined) charge(phase);
    }
  }

  return {
    upsert(phase, nowMs) {
      const known = phases.get(phase.id);
      if (known !== undefined) unqueue(known);
      phases.set(phase.id, phase);
      queue(phase);
      charge(phase);
      if (known !== undefined) return;
      const durationMs = Number(phase.endUnixNano - phase.startUnixNano) / NS_PER_MS;
      for (const { key } of devicesOf(phase)) waitOf(waits, key).record(durationMs, nowMs);
    },
    remove(id) {
      const phase = phases.get(id);
      if (phase === undefined) return;
      phases.delete(id);
      refusals.delete(id);
      unqueue(phase);
      ledger.removePhase(...wordsOf(id));
    },
    addReadings(readings, nowMs) {
      let late = 0;
      for (const reading of readings) {
        if (!ledger.addReading(reading)) {
          late++;
          continue;
        }
        const until = ledger.readUntil(reading.device);
        if (until === undefined) continue;
        const untilMs = unixMsOf(until);
        const lag = lags.get(reading.device);
        if (lag === undefined) lags.set(reading.device, { readUntilMs: untilMs, lagMs: 0 });
        else if (untilMs > lag.readUntilMs) {
          lag.lagMs = Math.max(nowMs - lag.readUntilMs, lag.lagMs * 0.99);
          lag.readUntilMs = untilMs;
        }
      }
      return late;
    },
    chargedOf: (phase) => charged(phase),
    footprintOf: (phase, isProvisional) =>
      phaseFootprint(phase, charged(phase), options, isProvisional),
    chargedStartOf: startOf,
    finalAtMs(phase) {
      const endMs = Number(phase.endUnixNano / 1_000_000n);
      let atMs = endMs + join.lingerMs;
      for (const { key } of devicesOf(phase)) {
        const waitMs = Math.max(join.lingerMs, waits.get(key)?.waitMs() ?? 0) + join.exportDelayMs;
        atMs = Math.max(atMs, endMs + Math.min(join.holdMs, waitMs));
        const lag = lags.get(key);
        if (lag === undefined || lag.readUntilMs >= endMs) continue;
        atMs = Math.max(atMs, endMs + meterWaitMs(lag.lagMs, join.lingerMs));
      }
      return atMs;
    },
    isKept: (phase) => elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0,
    balances: () => ledger.balances(),
    expire(beforeMs) {
      expiredBefore = instantOfMs(Math.max(0, Math.floor(beforeMs)));
      for (const [id, phase] of phases) {
        if (elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0) continue;
        phases.delete(id);
        refusals.delete(id);
      }
      for (const trimmer of queues.values()) trimmer.dropBefore(unixNanoOf(expiredBefore));
      ledger.expire(expiredBefore);
    },
    refused,
    get phaseCount() {
      return ledger.phaseCount;
    },
    get byteLength() {
      return ledger.byteLength;
    },
  };
}

function waitOf(waits: Map<string, SettleWait>, key: string): SettleWait {
  let wait = waits.get(key);
  if (wait === undefined) {
    wait = createSettleWait();
    waits.set(key, wait);
  }
  return wait;
}
