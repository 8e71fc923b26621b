import type { EmissionFactor } from "@wattspan/footprint";

/** A value of one interval, UTC, right-open; both ends on whole minutes. */
export interface GridPoint {
  readonly fromMs: number;
  readonly toMs: number;
  /** Above 0. */
  readonly gramsPerKwh: number;
  readonly quality: "measured" | "estimated" | "forecast";
  /** Version of the provider's model, where values change with it. */
  readonly version?: string;
}

/** What a provider answered; `rejected` tells of values that were not taken, by reason. */
export type GridAnswer =
  | {
      readonly status: "success";
      readonly points: readonly GridPoint[];
      readonly rejected: ReadonlyMap<string, number>;
    }
  | { readonly status: "retryable"; readonly error: string; readonly retryAfterMs?: number }
  | { readonly status: "failed"; readonly error: string };

/** What every factor of a provider has in common. */
export interface GridSeries {
  /** Value of `footprint.grid.provider.name`. */
  readonly provider: string;
  readonly signal: EmissionFactor["signal"];
  readonly basis: EmissionFactor["basis"];
  readonly mix: "consumption" | "production";
  readonly gas?: "CO2";
  readonly datasetVersion: string;
  readonly licence: string;
  readonly isRedistributable: boolean;
}

/** Port: a provider of factors over the network. Never throws. */
export interface GridProvider {
  readonly series: GridSeries;
  /** Length of an interval, ms. */
  readonly stepMs: number;
  /** Longest range of one request, ms. */
  readonly longestRangeMs: number;
  /** Values of the intervals that begin in `[fromMs, toMs)`. */
  range(zone: string, fromMs: number, toMs: number): Promise<GridAnswer>;
  /** Values to come, where the provider has them. */
  forecast?(zone: string): Promise<GridAnswer>;
}

/** Takes values that can be true and counts the others: a live grid's intensity is never null, 0 or negative. */
export function createPointSieve(): {
  take(point: Omit<GridPoint, "gramsPerKwh">, gramsPerKwh: unknown): void;
  reject(reason: string): void;
  answer(): GridAnswer;
} {
  const points: GridPoint[] = [];
  const rejected = new Map<string, number>();
  const reject = (reason: string): void => {
    rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
  };
  return {
    take(point, gramsPerKwh) {
      const { fromMs, toMs } = point;
      if (gramsPerKwh === null || gramsPerKwh === undefined) reject("no_value");
      else if (typeof gramsPerKwh !== "number" || !Number.isFinite(gramsPerKwh)) {
        reject("not_a_number");
      } else if (gramsPerKwh <= 0) reject("not_above_zero");
      else if (!Number.isFinite(fromMs) || fromMs % 60_000 !== 0 || toMs % 60_000 !== 0) {
        reject("not_on_a_minute");
      } else points.push({ ...point, gramsPerKwh });
    },
    reject,
    answer: () => ({
      status: "success",
      points: points.sort((a, b) => a.fromMs - b.fromMs),
      rejected,
    }),
  };
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `value` as a map; an empty one where it is none. */
export function asMap(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
