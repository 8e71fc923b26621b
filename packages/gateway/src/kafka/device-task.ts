import { isDeepStrictEqual } from "node:util";
import { type DeviceBalance, deviceKey, type MeterReading } from "@wattspan/footprint";
import { createDeviceStage, type DeviceStage, type StagedPhase } from "../device/device-stage.ts";
import { createNodeFinder, type NodeFinder } from "../device/find-node.ts";
import { createSourceGuard } from "../device/guard-sources.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { PlacedDevice } from "../trace/place-worker.ts";
import { partitionOf } from "./partition-of.ts";
import type { DevicePartial, EnergyRecord } from "./records/energy-record.ts";
import type { PhaseMessage, PhaseRecord } from "./records/phase-record.ts";
import type { ReadingRecord } from "./records/reading-record.ts";
import { createWatermarks } from "./watermarks.ts";

/** A record with the partition of `energies` that it goes to: the one of `spans` that its phase came from. */
interface AddressedEnergy {
  readonly partition: number;
  readonly record: EnergyRecord;
}

/** One partition of devices: what it is told, and when what it charges is final. Times in ms since 1970. */
export interface DeviceTask {
  /** Takes a message that came at `streamMs` of the stream of phases. */
  takePhase(message: PhaseMessage, streamMs: number): void;
  /** Takes readings that came at `streamMs` of their stream; gives those of each device's one source, and how many were of no use, by reason. */
  takeReadings(
    record: ReadingRecord,
    streamMs: number,
  ): {
    readonly passed: readonly MeterReading[];
    readonly unread: ReadonlyMap<string, number>;
  };
  /** What is final, or another figure than told, now that both streams are read up to these times. */
  settle(phasesMs: number, readingsMs: number): readonly AddressedEnergy[];
  balances(): readonly DeviceBalance[];
  /** Partitions of `spans` that say nothing and are not waited for. */
  silentAt(streamMs: number): number;
  readonly stage: DeviceStage;
}

/** A phase on devices of this partition. */
interface Tracked {
  readonly phase: StagedPhase;
  readonly spansPartition: number;
  readonly spansOffset: number;
  /** Joules, bounds and coverage as told last; undefined before. */
  told: readonly number[] | undefined;
  /** When the figure that was told is looked at again. */
  recheckAtMs: number;
}

const EXPIRE_EVERY_MS = 60_000;

/** Creates the task of one of `partitions`, fed by so many partitions of `spans`. */
export function createDeviceTask(
  options: PipelineOptions,
  place: { partition: number; partitions: number; spansPartitions: number },
): DeviceTask {
  const { join } = options;
  const isOwn = (key: string): boolean => partitionOf(key, place.partitions) === place.partition;
  const stage = createDeviceStage(options, { isOwn });
  const guard = createSourceGuard();
  const finder = createNodeFinder(options.nodes);
  const watermarks = createWatermarks(place.spansPartitions, join.holdMs);
  /** Phases whose figures have not been told, those to be looked at again, and those looked at. */
  const open = new Map<string, Tracked>();
  const told = new Map<string, Tracked>();
  const kept = new Map<string, Tracked>();
  /** Where each phase, removed ones included, was last heard of: a member that lags says nothing new. */
  const origins = new Map<string, { partition: number; offset: number; atMs: number }>();
  let clockMs = Number.NEGATIVE_INFINITY;
  let expiredMs = Number.NEGATIVE_INFINITY;

  function isStale(id: string, partition: number, offset: number, atMs: number): boolean {
    const last = origins.get(id);
    if (last?.partition === partition && offset < last.offset) return true;
    origins.set(id, { partition, offset, atMs });
    return false;
  }

  function recordOf(tracked: Tracked): EnergyRecord {
    const { phase } = tracked;
    const { energy, refusal } = stage.chargedOf(phase);
    const devices = (energy?.devices ?? []).map(
      ({ device, ...figures }): DevicePartial => ({ deviceKey: device.key, ...figures }),
    );
    tracked.told = figuresOf(devices);
    return {
      phaseId: phase.id,
      devicePartition: place.partition,
      chargedStartUnixNano: stage.chargedStartOf(phase),
      ...(refusal === undefined ? {} : { refusal }),
      devices,
    };
  }

  /** The figure of a phase that was told, where it is another one now. */
  function retell(tracked: Tracked): AddressedEnergy | undefined {
    const before = tracked.told;
    const record = recordOf(tracked);
    return isDeepStrictEqual(before, tracked.told)
      ? undefined
      : { partition: tracked.spansPartition, record };
  }

  function expire(out: AddressedEnergy[]): void {
    const beforeMs = clockMs - join.keepMs;
    if (beforeMs - expiredMs < EXPIRE_EVERY_MS) return;
    for (const [id, tracked] of kept) {
      // Heard of once more before the trace role forgets it too.
      if (endMsOf(tracked.phase) >= beforeMs + 2 * EXPIRE_EVERY_MS) continue;
      const changed = retell(tracked);
      if (changed !== undefined) out.push(changed);
      kept.delete(id);
    }
    expiredMs = beforeMs;
    for (const [id, { atMs }] of origins) if (atMs < beforeMs) origins.delete(id);
    stage.expire(beforeMs);
  }

  return {
    takePhase(message, streamMs) {
      if (message.kind === "watermark") {
        watermarks.note(message.spansPartition, message.atMs, streamMs);
        return;
      }
      const { spansPartition, spansOffset } = message;
      const id = message.kind === "phase" ? message.phase.id : message.id;
      if (isStale(id, spansPartition, spansOffset, streamMs)) return;
      for (const phases of [open, told, kept]) phases.delete(id);
      if (message.kind === "removed") {
        stage.remove(id);
        return;
      }
      const phase = stagedOf(message.phase, finder);
      open.set(id, {
        phase,
        spansPartition,
        spansOffset,
        told: undefined,
        recheckAtMs: Number.POSITIVE_INFINITY,
      });
      stage.upsert(phase, streamMs);
    },
    takeReadings({ source, readings }, streamMs) {
      const { passed, refused } = guard(readings, source);
      const late = stage.addReadings(passed, streamMs);
      const unread = new Map([
        ["other_source", refused],
        ["too_late", late],
      ]);
      return { passed, unread };
    },
    settle(phasesMs, readingsMs) {
      const heardMs = watermarks.clockMs(phasesMs);
      if (heardMs === undefined) return [];
      clockMs = Math.max(clockMs, Math.min(heardMs, readingsMs));
      const out: AddressedEnergy[] = [];
      for (const [id, tracked] of open) {
        if (stage.finalAtMs(tracked.phase) > clockMs) continue;
        open.delete(id);
        told.set(id, tracked);
        tracked.recheckAtMs = clockMs + join.holdMs;
        out.push({ partition: tracked.spansPartition, record: recordOf(tracked) });
      }
      for (const [id, tracked] of told) {
        if (tracked.recheckAtMs > clockMs) break;
        told.delete(id);
        kept.set(id, tracked);
        const changed = retell(tracked);
        if (changed !== undefined) out.push(changed);
      }
      expire(out);
      return out;
    },
    balances: () => stage.balances(),
    silentAt: watermarks.silentAt,
    stage,
  };
}

const endMsOf = ({ endUnixNano }: StagedPhase): number => Number(endUnixNano / 1_000_000n);

function figuresOf(devices: readonly DevicePartial[]): readonly number[] {
  return devices.flatMap((one) => [
    one.dynamicJoules,
    one.idleJoules,
    one.lowerJoules,
    one.upperJoules,
    one.coveredNs,
    one.windowJoules,
  ]);
}

/** The phase as the device stage takes it; what is configured of its devices is known here too. */
function stagedOf({ node, devices, ...work }: PhaseRecord, finder: NodeFinder): StagedPhase {
  const configured = finder.byName(node);
  const placed = devices.map(
    ({ id, share }): PlacedDevice => ({
      ...(configured === undefined ? undefined : finder.deviceOf(configured, id)),
      id,
      key: deviceKey(node, id),
      node,
      ...(share === undefined ? {} : { share }),
    }),
  );
  const host = configured?.host;
  return {
    ...work,
    placement: { node, devices: placed, isGuessed: false, ...(host === undefined ? {} : { host }) },
  };
}
