import { deviceKey, elapsedNs, type Instant, type MeterReading } from "@wattspan/footprint";
import { resolveDevice } from "../devices/resolve-device.ts";
import type { BoardInstance, MeteredNode } from "./place-device.ts";

/** A board's reading as those of its instances; as it is where the device has none. */
export type SplitInstances = (
  reading: MeterReading,
  activity: ReadonlyMap<string, number> | undefined,
) => readonly MeterReading[];

interface Part extends BoardInstance {
  readonly key: string;
  /** Of the board's slices in use. */
  readonly sliceShare: number;
  joules: number;
}

interface Board {
  readonly parts: readonly Part[];
  readonly idleWatts: number;
  last: { readonly at: Instant; readonly joules: number } | undefined;
}

/**
 * Creates the split of boards whose instances are configured. Idle energy goes by slices; the rest by how busy each
 * instance was since the last reading, where the exporter tells that of all of them, else by slices too. Σ instances =
 * board.
 */
export function createSplitInstances(nodes: readonly MeteredNode[]): SplitInstances {
  const boards = new Map(nodes.flatMap((node) => boardsOf(node)));
  return (reading, activity) => {
    const board = boards.get(reading.device);
    if (board === undefined) return [reading];
    const busy = busySharesOf(board.parts, activity);
    const share = (joulesOrWatts: number, idle: number, part: number): number => {
      const base = Math.min(joulesOrWatts, idle);
      const { sliceShare } = board.parts[part] as Part;
      return base * sliceShare + (joulesOrWatts - base) * (busy[part] ?? sliceShare);
    };
    if (reading.kind === "power") {
      return board.parts.map(({ key }, part) => {
        return { ...reading, device: key, value: share(reading.value, board.idleWatts, part) };
      });
    }
    return countParts(board, reading, share);
  };
}

/** Counters of the parts; a board's counter that falls starts theirs anew, as a reset. */
function countParts(
  board: Board,
  reading: MeterReading,
  share: (joules: number, idle: number, part: number) => number,
): readonly MeterReading[] {
  const { last, parts, idleWatts } = board;
  board.last = { at: reading.at, joules: reading.value };
  const joules = last === undefined ? 0 : reading.value - last.joules;
  const idleJoules = last === undefined ? 0 : idleWatts * elapsedNs(last.at, reading.at) * 1e-9;
  for (const [index, part] of parts.entries()) {
    // A fall of any size is a reset to the ledger.
    if (joules < 0) part.joules /= 2;
    else part.joules += share(joules, Math.max(0, idleJoules), index);
  }
  return parts.map(({ key, joules: value }) => ({ ...reading, device: key, value }));
}

/** By activity where every part has one and some part worked; else nothing. */
function busySharesOf(
  parts: readonly Part[],
  activity: ReadonlyMap<string, number> | undefined,
): readonly number[] {
  if (activity === undefined) return [];
  const busy = parts.map(({ gpuInstance }) =>
    gpuInstance === undefined ? undefined : activity.get(gpuInstance),
  );
  const known = busy.filter((one) => one !== undefined);
  const total = known.reduce((sum, one) => sum + one, 0);
  return known.length === parts.length && total > 0 ? known.map((one) => one / total) : [];
}

function boardsOf({ name, devices }: MeteredNode): readonly (readonly [string, Board])[] {
  return devices.flatMap((device) => {
    const { id, instances = [] } = device;
    if (instances.length === 0) return [];
    const slices = instances.reduce((sum, one) => sum + one.slices, 0);
    const parts = instances.map((one) => {
      return { ...one, key: deviceKey(name, one.id), sliceShare: one.slices / slices, joules: 1 };
    });
    const idleWatts = resolveDevice(device).idleWatts ?? 0;
    return [[deviceKey(name, id), { parts, idleWatts, last: undefined }] as const];
  });
}
