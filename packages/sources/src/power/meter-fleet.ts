import {
  type DeviceReading,
  deviceKey,
  type MeterReading,
  type PodSighting,
} from "@wattspan/footprint";
import { chooseMeters } from "./choose-meters.ts";
import { createCrossCheck } from "./cross-check.ts";
import { createMeterTrack, type FleetMeter, type MeterRole } from "./fleet-meter.ts";
import { createFollowMeters } from "./follow-meters.ts";
import type { MeterSource } from "./meter-source.ts";
import type { MeterScope, PlacedReading, PlacedSink } from "./meter-table.ts";
import { meterTable } from "./meter-tables.ts";
import { createPlaceDevice, type MeteredNode } from "./place-device.ts";
import { partIdsOf, sightingsOf } from "./sight-pods.ts";
import { createSplitInstances } from "./split-instances.ts";

/** A source that says nothing for this long gives way to the next best, ms. */
const GRACE_MS = 60_000;
/** Scopes that are read wherever they appear; others only where the device is configured. */
const acceleratorScopes: ReadonlySet<MeterScope> = new Set(["gpu", "gpu_instance", "module"]);

/** What a fleet is made of. */
export interface MeterFleetOptions {
  readonly sources: readonly MeterSource[];
  readonly nodes: readonly MeteredNode[];
  /** Readings of the meters that were chosen, one a device. */
  readonly onReadings: (readings: readonly MeterReading[]) => void;
  /** Told which pods had the devices of readings. */
  readonly onPods?: (sightings: readonly PodSighting[]) => void;
  /** Told when a source is lost or found, not at each failure. */
  readonly onState?: (source: string, state: "lost" | "found", reason: string) => void;
  readonly nowMs?: () => number;
}

/** A source's state and counts. */
export interface FleetSourceView {
  readonly name: string;
  readonly type: string;
  readonly isUnverified: boolean;
  readonly state: "waiting" | "found" | "lost";
  readonly reason: string;
  readonly failures: number;
  readonly readings: number;
  readonly unread: ReadonlyMap<string, number>;
}

/** All meters of all sources, each joule read once. */
export interface MeterFleet {
  start(): void;
  /** Reads every source once more. */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
  readonly sources: readonly FleetSourceView[];
  readonly meters: readonly FleetMeter[];
  readonly models: ReadonlyMap<string, string>;
}

interface SourceState {
  readonly source: MeterSource;
  readonly order: number;
  readonly unread: Map<string, number>;
  state: "waiting" | "found" | "lost";
  reason: string;
  failures: number;
  readings: number;
  lostMs: number | undefined;
  isOut: boolean;
}

/** Creates the fleet; the sources are read from `start` on. */
export function createMeterFleet(options: MeterFleetOptions): MeterFleet {
  const { sources, nodes, onReadings, nowMs = Date.now } = options;
  const { onState = () => {}, onPods = () => {} } = options;
  const partIds = partIdsOf(nodes);
  const place = createPlaceDevice(nodes);
  const configured = new Set(
    nodes.flatMap(({ name, devices }) => devices.map(({ id }) => deviceKey(name, id))),
  );
  const states = sources.map((source, order) => createState(source, order));
  const meters = new Map<string, FleetMeter>();
  const byNode = new Map<string, FleetMeter[]>();
  const models = new Map<string, string>();
  const follow = createFollowMeters();
  const split = createSplitInstances(nodes);

  /** Chooses anew among the meters of one machine; scopes of different machines never contain each other. */
  function choose(node: string): void {
    const all = byNode.get(node) ?? [];
    for (const meter of all) meter.checks.length = 0;
    const choice = chooseMeters(all.filter(({ order }) => states[order]?.isOut !== true));
    for (const meter of choice.read) assign(meter, "read", undefined);
    for (const { meter, against } of choice.checks) assign(meter, "check", against);
    for (const { meter, by } of choice.overlapped) assign(meter, "overlapped", by);
  }

  /** Sources that are lost for long no longer hold a device. */
  function dropSilent(): void {
    let isChanged = false;
    for (const state of states) {
      const isOut = state.lostMs !== undefined && nowMs() - state.lostMs > GRACE_MS;
      isChanged ||= isOut !== state.isOut;
      state.isOut = isOut;
    }
    if (isChanged) for (const node of byNode.keys()) choose(node);
  }

  function take(state: SourceState, readings: readonly (DeviceReading | PlacedReading)[]): void {
    state.readings += readings.length;
    state.lostMs = undefined;
    dropSilent();
    const before = meters.size;
    const found = readings.flatMap((reading) => {
      const meter = meterOf(state, reading);
      return meter === undefined ? [] : [{ meter, reading }];
    });
    if (meters.size > before) for (const node of nodesOf(found)) choose(node);
    const chosen: MeterReading[] = [];
    const sightings: PodSighting[] = [];
    for (const { meter, reading } of found) {
      const { earliest } = reading;
      if ("pods" in reading) sightings.push(...sightingsOf(meter, reading, partIds));
      meter.track.add(reading.value, reading.at, earliest);
      meter.check?.add("check", reading.value, reading.at);
      if (meter.role !== "read") continue;
      for (const { check } of meter.checks) check?.add("read", reading.value, reading.at);
      const out = follow(meter, reading, earliest);
      if (out === undefined) continue;
      chosen.push(...split(out, "activity" in reading ? reading.activity : undefined));
    }
    if (sightings.length > 0) onPods(sightings);
    if (chosen.length > 0) onReadings(chosen);
  }

  function meterOf(
    state: SourceState,
    reading: DeviceReading & Partial<PlacedReading>,
  ): FleetMeter | undefined {
    const { source, order } = state;
    const { id, kind, modelled = false, scope = source.scope, nodeNames = [] } = reading;
    const node = source.node ?? place(id, nodeNames);
    if (node === undefined) {
      count(state, "no_node", 1);
      return undefined;
    }
    if (!acceleratorScopes.has(scope) && !configured.has(deviceKey(node, id))) return undefined;
    const table = reading.table ?? source.type;
    const key = JSON.stringify([order, table, node, id, scope, kind, modelled]);
    const known = meters.get(key);
    if (known !== undefined) return known;
    const meter: FleetMeter = {
      source: table === source.type ? source.name : `${source.name} ${table}`,
      node,
      id,
      scope,
      kind,
      isModelled: modelled,
      isUnverified: meterTable(table)?.isUnverified ?? source.isUnverified,
      maxAgeMs: source.maxAgeMsOf(table),
      order,
      table,
      role: "read",
      against: undefined,
      check: undefined,
      checks: [],
      track: createMeterTrack(kind),
    };
    meters.set(key, meter);
    const siblings = byNode.get(node);
    if (siblings === undefined) byNode.set(node, [meter]);
    else siblings.push(meter);
    return meter;
  }

  function sinkOf(state: SourceState): PlacedSink {
    const { source } = state;
    return {
      onDevices(devices) {
        for (const { id, model } of devices) if (model !== undefined) models.set(id, model);
      },
      onReadings: (readings) => take(state, readings),
      onSharedUse: () => {},
      onUnread: (reason, amount) => count(state, reason, amount),
      onLost(reason) {
        state.failures++;
        state.reason = reason;
        state.lostMs ??= nowMs();
        if (state.state !== "lost") onState(source.name, "lost", reason);
        state.state = "lost";
        dropSilent();
      },
      onFound() {
        state.lostMs = undefined;
        if (state.state === "lost") onState(source.name, "found", "");
        state.state = "found";
        state.reason = "";
      },
    };
  }

  return {
    start() {
      for (const state of states) state.source.meter.start(sinkOf(state));
    },
    async flush() {
      await Promise.all(states.map(({ source }) => source.meter.flush()));
    },
    async shutdown() {
      await Promise.all(states.map(({ source }) => source.meter.shutdown()));
    },
    get sources() {
      return states.map(viewOf);
    },
    get meters() {
      return [...meters.values()];
    },
    models,
  };
}

function createState(source: MeterSource, order: number): SourceState {
  return {
    source,
    order,
    unread: new Map(),
    state: "waiting",
    reason: "",
    failures: 0,
    readings: 0,
    lostMs: undefined,
    isOut: false,
  };
}

function count({ unread }: SourceState, reason: string, amount: number): void {
  unread.set(reason, (unread.get(reason) ?? 0) + amount);
}

function nodesOf(found: readonly { readonly meter: FleetMeter }[]): ReadonlySet<string> {
  return new Set(found.map(({ meter }) => meter.node));
}

function assign(meter: FleetMeter, role: MeterRole, against: FleetMeter | undefined): void {
  if (role === "check" && against !== undefined && meter.against !== against) {
    meter.check = createCrossCheck(against.kind, meter.kind);
  } else if (role !== "check") meter.check = undefined;
  if (role === "check") against?.checks.push(meter);
  meter.role = role;
  meter.against = against;
}

function viewOf({
  source,
  unread,
  state,
  reason,
  failures,
  readings,
}: SourceState): FleetSourceView {
  const { name, type, isUnverified } = source;
  return { name, type, isUnverified, state, reason, failures, readings, unread };
}
