import type { EmissionFactor, FactorTier, Instant } from "@wattspan/footprint";
import type { GridPoint, GridSeries } from "./grid-provider.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** After this long a provider changes a value hardly ever. */
const FINAL_AFTER_MS = 90 * DAY_MS;
/** A value that is further away is no better than the year's average. */
const STALE_LIMIT_MS = HOUR_MS;
const PROFILE_DAYS = 7;
const LEAST_PROFILE_DAYS = 3;

/** A value as it was kept: what was said of an interval, and when. */
export interface KeptPoint extends GridPoint {
  readonly retrievedMs: number;
}

/** Looks kept values up. */
export interface PointLookup {
  /** The value of the interval around a time. */
  at(ms: number): KeptPoint | undefined;
  /** The value nearest to a time, within `reachMs` of its interval. */
  nearest(ms: number, reachMs: number): KeptPoint | undefined;
}

/**
 * The best factor that kept values give for a time, best first: the value of the interval, one at most an hour away, the
 * mean of the same hour over the last seven days. Undefined where there is none. The same all through a minute.
 */
export function chooseFactor(
  lookup: PointLookup,
  zone: string,
  series: GridSeries,
  at: Instant,
): EmissionFactor | undefined {
  const atMs = at.epoch * 60_000;
  const point = lookup.at(atMs);
  if (point !== undefined) return factorOf(point, zone, series, tierOf(point));
  const near = lookup.nearest(atMs, STALE_LIMIT_MS);
  if (near !== undefined && near.quality !== "forecast") {
    return factorOf(near, zone, series, "stale");
  }
  return profileOf(lookup, zone, series, atMs);
}

/** The tier of a value for its own interval. */
function tierOf({ quality, retrievedMs, toMs }: KeptPoint): FactorTier {
  if (quality !== "measured") return quality;
  return retrievedMs - toMs >= FINAL_AFTER_MS ? "measured_final" : "measured";
}

function profileOf(
  lookup: PointLookup,
  zone: string,
  series: GridSeries,
  atMs: number,
): EmissionFactor | undefined {
  let sum = 0;
  let days = 0;
  let sample: KeptPoint | undefined;
  for (let day = 1; day <= PROFILE_DAYS; day++) {
    const point = lookup.at(atMs - day * DAY_MS);
    if (point === undefined || point.quality === "forecast") continue;
    sum += point.gramsPerKwh;
    days++;
    sample ??= point;
  }
  if (sample === undefined || days < LEAST_PROFILE_DAYS) return undefined;
  const lengthMs = sample.toMs - sample.fromMs;
  const fromMs = Math.floor(atMs / lengthMs) * lengthMs;
  const mean = { ...sample, fromMs, toMs: fromMs + lengthMs, gramsPerKwh: sum / days };
  return factorOf(mean, zone, series, "profile");
}

/** The factor of a value; `[from, to)` is the interval that the value is of, also where it stands in for another. */
export function factorOf(
  point: GridPoint,
  zone: string,
  series: GridSeries,
  tier: FactorTier,
): EmissionFactor {
  const { signal, basis, provider, mix, gas, licence, isRedistributable } = series;
  const from = new Date(point.fromMs).toISOString().slice(0, 16);
  const flags = [
    ...(mix === "production" ? ["production_mix"] : []),
    ...(gas === undefined ? [] : ["co2_only"]),
  ];
  return {
    id: `${provider}/${zone}/${from}Z/${signal}/${basis}/${tier}/${point.gramsPerKwh}`,
    zone,
    gramsPerKwh: point.gramsPerKwh,
    from: { epoch: point.fromMs / 60_000, ns: 0 },
    to: { epoch: point.toMs / 60_000, ns: 0 },
    signal,
    basis,
    accounting: "location_based",
    tier,
    provider,
    datasetVersion: point.version ?? series.datasetVersion,
    licence,
    mix,
    isRedistributable,
    ...(gas === undefined ? {} : { gas }),
    ...(flags.length === 0 ? {} : { flags }),
  };
}
