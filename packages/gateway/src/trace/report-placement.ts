import { type DeviceBalance, deviceKey } from "@wattspan/footprint";
import type { AttributeValue } from "@wattspan/otlp";
import { nodeIdentityKeys, readNames } from "../device/find-node.ts";
import {
  type BusyWindow,
  type IdleWatch,
  type MeasuredIdle,
  mergeWindows,
} from "../device/watch-idle.ts";
import type { NodeOptions } from "../pipeline-options.ts";
import type { TracedPhase, TraceRecord } from "./trace-record.ts";

/** What a running gateway knows of who ran where, and what its configuration lacks. */
export interface PlacementReport {
  /** Workers whose phases have no device, or only a guess of it. */
  readonly workers: readonly UnplacedWorker[];
  /** Devices with a meter on which no phase ran. */
  readonly unusedDevices: readonly { readonly node: string; readonly device: string }[];
  /** Devices with a meter that are not configured. */
  readonly unknownDevices: readonly { readonly node: string; readonly device: string }[];
  /** Power of metered devices with nothing running, beside what is configured. */
  readonly idle: readonly DeviceIdle[];
}

/** A worker without a place. */
export interface UnplacedWorker {
  /** Attributes that tell it from others, for a worker row. */
  readonly match: Readonly<Record<string, string>>;
  /** Names of its machine that its spans give. */
  readonly hosts: readonly string[];
  /** Why: as in `footprint.attribution.reason`. */
  readonly reason: string;
  readonly phases: number;
  /** Its machine and all devices of it, where only the device is not known. */
  readonly node?: string;
  readonly devices?: readonly string[];
}

/** The idle power of a device as measured, in watts. */
export interface DeviceIdle extends MeasuredIdle {
  readonly node: string;
  readonly device: string;
  readonly configuredWatts?: number;
}

const MAX_WORKERS = 200;
const matchKeys: readonly string[] = ["service.name", "k8s.pod.name", "service.instance.id"];

/** The report over all that is known; idle power from intervals that ended before `untilMs`. */
export function reportPlacement(
  records: Iterable<TraceRecord>,
  balances: readonly DeviceBalance[],
  nodes: readonly NodeOptions[],
  watch: IdleWatch,
  untilMs: number,
): PlacementReport {
  const workers = new Map<string, UnplacedWorker>();
  const busy = new Map<string, BusyWindow[]>();
  for (const { phases, settled } of records) {
    for (const phase of [...phases, ...settled]) {
      noteWorker(workers, phase);
      noteBusy(busy, phase);
    }
  }
  const hosts = new Set(
    nodes.flatMap(({ name, host }) => (host?.devices ?? []).map(({ id }) => deviceKey(name, id))),
  );
  const metered = balances.filter(
    ({ node, device, meteredJoules }) => meteredJoules > 0 && !hosts.has(deviceKey(node, device)),
  );
  const configured = new Map(
    nodes.flatMap(({ name, devices }) => devices.map((one) => [deviceKey(name, one.id), one])),
  );
  const without = (known: { has(key: string): boolean }) =>
    metered
      .filter(({ node, device }) => !known.has(deviceKey(node, device)))
      .map(({ node, device }) => ({ node, device }));
  return {
    workers: [...workers.values()],
    unusedDevices: without(busy),
    unknownDevices: without(configured),
    idle: metered.flatMap(({ node, device }) => {
      const key = deviceKey(node, device);
      const measured = watch.idleOf(key, mergeWindows(busy.get(key) ?? []), untilMs);
      if (measured === undefined) return [];
      const watts = configured.get(key)?.idleWatts;
      return [
        { node, device, ...measured, ...(watts === undefined ? {} : { configuredWatts: watts }) },
      ];
    }),
  };
}

function noteWorker(workers: Map<string, UnplacedWorker>, { staged, derived }: TracedPhase): void {
  const { placement } = staged;
  const isPlaced = !("missing" in placement) && !placement.isGuessed;
  if (isPlaced) return;
  const reason = "missing" in placement ? placement.missing : "devices_unknown";
  const match = matchOf(derived.worker);
  const hosts = readNames(derived.worker, nodeIdentityKeys);
  const key = JSON.stringify([match, hosts, reason]);
  const known = workers.get(key);
  if (known === undefined && workers.size >= MAX_WORKERS) return;
  const guess =
    "missing" in placement
      ? {}
      : { node: placement.node, devices: placement.devices.map(({ id }) => id) };
  workers.set(key, { match, hosts, reason, phases: (known?.phases ?? 0) + 1, ...guess });
}

/** The first attributes that tell a worker apart: its service, else its pod, else its instance. */
function matchOf(worker: ReadonlyMap<string, AttributeValue>): Readonly<Record<string, string>> {
  for (const key of matchKeys) {
    const [name] = readNames(worker, [key]);
    if (name !== undefined) return { [key]: name };
  }
  return {};
}

function noteBusy(busy: Map<string, BusyWindow[]>, { staged }: TracedPhase): void {
  const { placement, startUnixNano, endUnixNano } = staged;
  if ("missing" in placement) return;
  const window = {
    fromMs: Number(startUnixNano / 1_000_000n),
    toMs: Number(endUnixNano / 1_000_000n) + 1,
  };
  for (const { key } of placement.devices) {
    const windows = busy.get(key) ?? [];
    busy.set(key, windows);
    windows.push(window);
  }
}
