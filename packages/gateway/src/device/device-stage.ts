import {
  createLedger,
  type Device,
  type DeviceBalance,
  elapsedNs,
  type Footprint,
  footprintOf,
  instantOf,
  type Ledger,
  type MeterReading,
  type PhaseName,
  unixNanoOf,
  weigh,
} from "@wattspan/footprint";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice, Placement } from "../trace/place-worker.ts";
import { createPrefillQueue, type PrefillQueue } from "./prefill-queue.ts";
import { createSettleWait, type SettleWait } from "./settle-wait.ts";

const NS_PER_MS = 1e6;
/** A slow meter is waited for this multiple of its observed lag, at most ten minutes. */
const LAG_FACTOR = 1.5;
const MAX_METER_WAIT_MS = 600_000;
const NO_CUTS: readonly number[] = [];

/** A phase as the trace stage hands it over. */
export interface StagedPhase {
  /** 16 hex digits. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly processedTokens?: number;
  readonly includesQueueing: boolean;
  readonly placement: Placement;
  /** Phases of one worker queue for each other. */
  readonly worker: string;
}

/** The half of the gateway that needs a device whole: clocks, load, waits. */
export interface DeviceStage {
  upsert(phase: StagedPhase, nowMs: number): void;
  remove(id: string): void;
  addReadings(readings: readonly MeterReading[], nowMs: number): void;
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

/** Creates the device stage with the configured devices. */
export function createDeviceStage(options: PipelineOptions): DeviceStage {
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
      ledger.addDevice({ ...device, key: `${node.name}/${device.id}`, node: node.name } as Device);
    }
  }
  const waits = new Map<string, SettleWait>();
  const lags = new Map<string, { readUntilMs: number; lagMs: number }>();
  const phases = new Map<string, StagedPhase>();
  const trimmed = new Map<string, bigint>();
  const prefills = new Map<string, PrefillQueue>();
  const soiled = new Set<string>();
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
    const start = trimmed.get(phase.id) ?? phase.startUnixNano;
    const seconds = Number(phase.endUnixNano - start) * 1e-9;
    const refusal = implausible(phase, seconds) ?? chargeOn(phase, devices, start, seconds);
    if (refusal === refusals.get(phase.id)) return;
    if (refusal === undefined) refusals.delete(phase.id);
    else {
      refusals.set(phase.id, refusal);
      refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    }
  }

  function implausible(phase: StagedPhase, seconds: number): string | undefined {
    const limit = devicesOf(phase).reduce(
      (sum, device) => sum + (device.maxTokensPerSecond ?? Infinity),
      0,
    );
    if (phase.processedTokens === undefined || phase.processedTokens <= limit * seconds)
      return undefined;
    ledger.removePhase(...wordsOf(phase.id));
    return "implausible_rate";
  }

  function chargeOn(
    phase: StagedPhase,
    devices: readonly PlacedDevice[],
    start: bigint,
    seconds: number,
  ): string | undefined {
    const [idHigh, idLow] = wordsOf(phase.id);
    const { weight } = weigh(
      phase.phase,
      phase.processedTokens,
      seconds,
      attribution.weights,
      attribution.decodeTokenPrice,
    );
    const outcome = ledger.upsertPhase({
      idHigh,
      idLow,
      start: instantOf(start),
      end: instantOf(phase.endUnixNano),
      weight,
      devices: devices.map(({ key }) => ({ device: key, share: 1 / devices.length })),
      includesQueueing: phase.includesQueueing,
    });
    return outcome === "changed" || outcome === "unchanged" ? undefined : outcome;
  }

  /** Applies the windows that other prefills of the same worker moved. */
  function trim(): void {
    for (const worker of soiled) {
      for (const [id, start] of prefills.get(worker)?.retrim() ?? []) {
        const phase = phases.get(id);
        if (phase === undefined || (trimmed.get(id) ?? phase.startUnixNano) === start) continue;
        trimmed.set(id, start);
        charge(phase);
      }
    }
    soiled.clear();
  }

  function noteWindow(phase: StagedPhase): void {
    if (phase.phase !== "prefill" || phase.endUnixNano <= phase.startUnixNano) return;
    const queue = prefills.get(phase.worker) ?? createPrefillQueue();
    prefills.set(phase.worker, queue);
    queue.set({
      id: phase.id,
      startNs: phase.startUnixNano,
      endNs: phase.endUnixNano,
      includesQueueing: phase.includesQueueing,
    });
    soiled.add(phase.worker);
  }

  return {
    upsert(phase, nowMs) {
      const known = phases.has(phase.id);
      phases.set(phase.id, phase);
      trimmed.delete(phase.id);
      noteWindow(phase);
      charge(phase);
      if (known) return;
      const durationMs = Number(phase.endUnixNano - phase.startUnixNano) / NS_PER_MS;
      for (const { key } of devicesOf(phase)) waitOf(waits, key).record(durationMs, nowMs);
    },
    remove(id) {
      const phase = phases.get(id);
      if (phase === undefined) return;
      phases.delete(id);
      trimmed.delete(id);
      refusals.delete(id);
      prefills.get(phase.worker)?.remove(id);
      soiled.add(phase.worker);
      ledger.removePhase(...wordsOf(id));
    },
    addReadings(readings, nowMs) {
      for (const reading of readings) {
        if (!ledger.addReading(reading)) continue;
        const until = ledger.readUntil(reading.device);
        if (until === undefined) continue;
        const untilMs = Number(unixNanoOf(until) / 1_000_000n);
        const lag = lags.get(reading.device);
        if (lag === undefined) lags.set(reading.device, { readUntilMs: untilMs, lagMs: 0 });
        else if (untilMs > lag.readUntilMs) {
          lag.lagMs = Math.max(nowMs - lag.readUntilMs, lag.lagMs * 0.99);
          lag.readUntilMs = untilMs;
        }
      }
    },
    footprintOf(phase, isProvisional) {
      trim();
      const { placement } = phase;
      const refusal = refusals.get(phase.id);
      const unplaced = "missing" in placement ? placement.missing : refusal;
      const place = "missing" in placement ? undefined : placement;
      const isAssumedWeight =
        attribution.weights !== "time" &&
        phase.processedTokens === undefined &&
        phase.phase !== "kv_transfer";
      return footprintOf(ledger.energyOf(...wordsOf(phase.id)), {
        ...(place?.zone === undefined ? {} : { zone: place.zone }),
        ...(place?.pue === undefined ? {} : { pue: place.pue }),
        intensity,
        ...(unplaced === undefined ? {} : { unplaced }),
        isGuessed: place?.isGuessed ?? false,
        isAssumedWeight,
        includesQueueing: phase.includesQueueing,
        isProvisional,
      });
    },
    chargedStartOf(phase) {
      trim();
      return trimmed.get(phase.id) ?? phase.startUnixNano;
    },
    finalAtMs(phase) {
      const endMs = Number(phase.endUnixNano / 1_000_000n);
      let atMs = endMs + join.lingerMs;
      for (const { key } of devicesOf(phase)) {
        const waitMs = Math.max(join.lingerMs, waits.get(key)?.waitMs() ?? 0) + join.exportDelayMs;
        atMs = Math.max(atMs, endMs + Math.min(join.holdMs, waitMs));
        const lag = lags.get(key);
        if (lag === undefined || lag.readUntilMs >= endMs) continue;
        const meterMs = Math.min(
          MAX_METER_WAIT_MS,
          Math.max(join.lingerMs, lag.lagMs * LAG_FACTOR),
        );
        atMs = Math.max(atMs, endMs + meterMs);
      }
      return atMs;
    },
    isKept: (phase) => elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0,
    balances() {
      trim();
      return ledger.balances();
    },
    expire(beforeMs) {
      trim();
      expiredBefore = instantOf(BigInt(Math.max(0, Math.floor(beforeMs))) * 1_000_000n);
      for (const [id, phase] of phases) {
        if (elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0) continue;
        phases.delete(id);
        trimmed.delete(id);
        refusals.delete(id);
        prefills.get(phase.worker)?.remove(id);
      }
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

/** The two 32-bit words of a 16-digit hex id. */
function wordsOf(id: string): [high: number, low: number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8, 16), 16)];
}

function waitOf(waits: Map<string, SettleWait>, key: string): SettleWait {
  let wait = waits.get(key);
  if (wait === undefined) {
    wait = createSettleWait();
    waits.set(key, wait);
  }
  return wait;
}
