import type { FleetMeter, MeterFleet, MeterRole, MeterScope } from "@wattspan/sources";

/** What `wattspan meters` says. */
export interface MetersReport {
  readonly sources: readonly SourceReport[];
  readonly devices: readonly DeviceReport[];
}

/** One configured source. */
export interface SourceReport {
  readonly name: string;
  readonly type: string;
  /** Written from documentation, without a recording. */
  readonly unverified: boolean;
  readonly state: "waiting" | "found" | "lost";
  /** Why it is lost. */
  readonly reason?: string;
  readonly failures: number;
  readonly readings: number;
  /** Samples that gave no reading, by reason. */
  readonly unread: Readonly<Record<string, number>>;
}

/** One device and its meters, the one that is read first. */
export interface DeviceReport {
  readonly node: string;
  readonly id: string;
  readonly scope: MeterScope;
  readonly model?: string;
  /** Draw now; absent until a power or two counter readings are there. */
  readonly watts?: number;
  readonly meters: readonly MeterReport[];
}

/** One meter of a device. */
export interface MeterReport {
  readonly source: string;
  readonly kind: "counter" | "power";
  readonly role: MeterRole;
  /** The source that is read instead. */
  readonly against?: string;
  readonly unverified: boolean;
  readonly watts?: number;
  /** Mean time between its readings, ms. */
  readonly updatePeriodMs?: number;
  /** How far the time of its last reading is unknown, ms. */
  readonly timeRangeMs: number;
  /** Joules of a check against those of the meter that is read, over the same time: 0.02 is 2 % more. */
  readonly drift?: number;
}

/** The state of a fleet, devices by node, scope and id. */
export function describeMeters({ sources, meters, models }: MeterFleet): MetersReport {
  const devices = new Map<string, FleetMeter[]>();
  for (const meter of meters) {
    const key = JSON.stringify([meter.node, meter.scope, meter.id]);
    const known = devices.get(key);
    if (known === undefined) devices.set(key, [meter]);
    else known.push(meter);
  }
  return {
    sources: sources.map(({ isUnverified, unread, reason, ...source }) => ({
      ...source,
      ...(reason === "" ? {} : { reason }),
      unverified: isUnverified,
      unread: Object.fromEntries(unread),
    })),
    devices: [...devices.keys()]
      .sort()
      .map((key) => describeDevice(devices.get(key) ?? [], models)),
  };
}

/** Whether every source answered, and every device has its watts and an update period. */
export function isComplete({ sources, devices }: MetersReport): boolean {
  return (
    sources.every(({ state }) => state !== "waiting") &&
    devices.every(
      ({ watts, meters: [first] }) => watts !== undefined && first?.updatePeriodMs !== undefined,
    )
  );
}

function describeDevice(
  meters: readonly FleetMeter[],
  models: ReadonlyMap<string, string>,
): DeviceReport {
  const sorted = [...meters].sort((a, b) => Number(a.role !== "read") - Number(b.role !== "read"));
  const { node = "", id = "", scope = "gpu" } = sorted[0] ?? {};
  const model = models.get(id);
  const watts = sorted.map(({ track }) => track.watts).find((one) => one !== undefined);
  return {
    node,
    id,
    scope,
    ...(model === undefined ? {} : { model }),
    ...(watts === undefined ? {} : { watts }),
    meters: sorted.map(describeMeter),
  };
}

function describeMeter({
  source,
  kind,
  role,
  against,
  isUnverified,
  track: { watts, periodMs, rangeMs },
  check,
}: FleetMeter): MeterReport {
  const { readJoules, checkJoules } = check?.total ?? { readJoules: 0, checkJoules: 0 };
  return {
    source,
    kind,
    role,
    ...(against === undefined ? {} : { against: against.source }),
    unverified: isUnverified,
    ...(watts === undefined ? {} : { watts }),
    ...(periodMs === undefined ? {} : { updatePeriodMs: periodMs }),
    timeRangeMs: rangeMs,
    ...(readJoules > 0 ? { drift: checkJoules / readJoules - 1 } : {}),
  };
}
