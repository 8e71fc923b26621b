import { compareInstants, type Instant, unixMsOf } from "@wattspan/footprint";

/** Phases that started and have not ended: what a worker knows that a gateway has to guess. */
export interface OpenPhases {
  start(spanId: string, at: Instant, deviceIds: readonly string[] | undefined): void;
  end(spanId: string): void;
  has(spanId: string): boolean;
  /** Start of the earliest phase that may be on the device; undefined where none is open. */
  earliestOn(deviceId: string): Instant | undefined;
  readonly count: number;
  /** Start of the earliest of all, ms since 1970. */
  readonly earliestMs: number | undefined;
}

/** Nothing is open. A phase that names no device may be on any. */
export function createOpenPhases(): OpenPhases {
  const open = new Map<string, { at: Instant; deviceIds: readonly string[] | undefined }>();
  const earliest = new Map<string, Instant | undefined>();
  return {
    start(spanId, at, deviceIds) {
      open.set(spanId, { at, deviceIds });
      earliest.clear();
    },
    end(spanId) {
      if (open.delete(spanId)) earliest.clear();
    },
    earliestOn(deviceId) {
      if (earliest.has(deviceId)) return earliest.get(deviceId);
      let first: Instant | undefined;
      for (const { at, deviceIds } of open.values()) {
        if (deviceIds !== undefined && !deviceIds.includes(deviceId)) continue;
        if (first === undefined || compareInstants(at, first) < 0) first = at;
      }
      earliest.set(deviceId, first);
      return first;
    },
    has: (spanId) => open.has(spanId),
    get count() {
      return open.size;
    },
    get earliestMs() {
      let earliest: number | undefined;
      for (const { at } of open.values()) {
        const ms = unixMsOf(at);
        if (earliest === undefined || ms < earliest) earliest = ms;
      }
      return earliest;
    },
  };
}
