import {
  type EmissionFactor,
  type Instant,
  type IntensitySource,
  unixMsOf,
} from "@wattspan/footprint";
import { chooseFactor } from "./choose-factor.ts";
import type { GridAnswer, GridPoint, GridProvider } from "./grid-provider.ts";
import { type AskedRange, planRefresh } from "./plan-refresh.ts";
import { createPointStore, type PointStore } from "./point-store.ts";

const FIRST_BACK_OFF_MS = 30_000;
const LONGEST_BACK_OFF_MS = 3_600_000;
const MAX_REMEMBERED = 20_000;
const ZONES_AT_ONCE = 4;

/** What came of fetching one zone. */
export interface RefreshOutcome {
  readonly provider: string;
  readonly zone: string;
  /** `fresh`: nothing was due; `waiting`: it failed lately and is left alone for a while. */
  readonly status: "fetched" | "fresh" | "waiting" | "failed";
  /** Values taken. */
  readonly points: number;
  /** Values not taken, by reason. */
  readonly rejected: ReadonlyMap<string, number>;
  /** Why it failed or waits. */
  readonly reason?: string;
}

/** Factors that something has to fetch. */
export interface LiveIntensity extends IntensitySource {
  /**
   * Fetches what `[from, to)` lacks, and the forecast where it ends in the future. Never rejects; a zone is fetched once for
   * all who ask. After a failure the zone is left alone for 30 s, doubled up to an hour; where the provider says for how
   * long, all its zones are.
   */
  refresh(zones: readonly string[], from: Instant, to: Instant): Promise<readonly RefreshOutcome[]>;
}

/** Options of `createLiveIntensity`. */
export interface LiveIntensityOptions {
  readonly provider: GridProvider;
  /** Folder for values; without it they are forgotten with the process. */
  readonly cacheFolder?: string;
  readonly now?: () => number;
}

type Ask = () => Promise<GridAnswer>;

/** Factors of a provider: `factorAt` answers from what is kept, at once; only `refresh` uses the network. */
export function createLiveIntensity(options: LiveIntensityOptions): LiveIntensity {
  const { provider, cacheFolder, now = Date.now } = options;
  const { series } = provider;
  const store = createPointStore(cacheFolder);
  const fetchZone = createZoneFetcher(provider, store, now, () => remembered.clear());
  const remembered = new Map<string, EmissionFactor | { readonly missing: string }>();
  const running = new Map<
    string,
    { readonly ask: string; readonly outcome: Promise<RefreshOutcome> }
  >();

  /** One fetch of a zone at a time: the next asks for what the one before did not bring. */
  function fetchInTurn(zone: string, fromMs: number, toMs: number): Promise<RefreshOutcome> {
    const ask = `${fromMs} ${toMs}`;
    const last = running.get(zone);
    if (last?.ask === ask) return last.outcome;
    const before: Promise<unknown> = last?.outcome ?? Promise.resolve();
    const outcome = before
      .then(() => fetchZone(zone, fromMs, toMs))
      .finally(() => {
        if (running.get(zone)?.outcome === outcome) running.delete(zone);
      });
    running.set(zone, { ask, outcome });
    return outcome;
  }

  return {
    name: series.provider,
    factorAt(zone, at) {
      const key = `${zone} ${at.epoch}`;
      const known = remembered.get(key);
      if (known !== undefined) return known;
      const missing = { missing: `${series.provider} has no value of ${zone} at that time yet` };
      const found = chooseFactor(store.lookup(zone), zone, series, at) ?? missing;
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(key, found);
      return found;
    },
    async refresh(zones, from, to) {
      const queue = [...new Set(zones)];
      const outcomes = new Map<string, RefreshOutcome>();
      const work = async (): Promise<void> => {
        for (let zone = queue.shift(); zone !== undefined; zone = queue.shift()) {
          outcomes.set(zone, await fetchInTurn(zone, unixMsOf(from), unixMsOf(to)));
        }
      };
      await Promise.all(Array.from({ length: ZONES_AT_ONCE }, work));
      return [...new Set(zones)].flatMap((zone) => outcomes.get(zone) ?? []);
    },
  };
}

/** Fetches a zone; knows which zones failed lately. */
function createZoneFetcher(
  provider: GridProvider,
  store: PointStore,
  now: () => number,
  onKept: () => void,
): (zone: string, fromMs: number, toMs: number) => Promise<RefreshOutcome> {
  const { series } = provider;
  const failures = new Map<string, { count: number; untilMs: number; reason: string }>();
  /** A limit holds for the key, so for every zone. */
  let limit = { untilMs: 0, reason: "" };

  function noteFailure(zone: string, answer: GridAnswer): string {
    const { error = "", retryAfterMs = 0 } = answer as { error?: string; retryAfterMs?: number };
    const count = (failures.get(zone)?.count ?? 0) + 1;
    const backOffMs = Math.min(LONGEST_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** (count - 1));
    failures.set(zone, { count, untilMs: now() + backOffMs, reason: error });
    const limitMs = now() + Math.min(retryAfterMs, LONGEST_BACK_OFF_MS);
    if (retryAfterMs > 0) limit = { untilMs: limitMs, reason: error };
    return error;
  }

  async function keep(zone: string, points: readonly GridPoint[]): Promise<string | undefined> {
    const kept = points.map((point) => ({ ...point, retrievedMs: now() }));
    const problem = await store.keep(zone, kept).catch((error: Error) => error.message);
    onKept();
    return problem ?? undefined;
  }

  async function run(
    zone: string,
    asks: readonly Ask[],
  ): Promise<Omit<RefreshOutcome, "provider">> {
    const rejected = new Map<string, number>();
    let points = 0;
    for (const ask of asks) {
      const answer = await ask();
      if (answer.status !== "success") {
        const reason = noteFailure(zone, answer);
        return { zone, points, status: "failed", rejected, reason };
      }
      for (const [reason, count] of answer.rejected) {
        rejected.set(reason, (rejected.get(reason) ?? 0) + count);
      }
      points += answer.points.length;
      const problem = await keep(zone, answer.points);
      if (problem !== undefined) {
        return { zone, points, status: "failed", rejected, reason: problem };
      }
    }
    failures.delete(zone);
    return { zone, points, status: "fetched", rejected };
  }

  return async (zone, fromMs, toMs) => {
    const nothing = { provider: series.provider, zone, points: 0, rejected: new Map() };
    const wait = [failures.get(zone), limit].find(
      (one) => one !== undefined && now() < one.untilMs,
    );
    if (wait !== undefined) return { ...nothing, status: "waiting", reason: wait.reason };
    const asks = asksOf(provider, store, zone, { fromMs, toMs }, now());
    if (asks.length === 0) return { ...nothing, status: "fresh" };
    return { provider: series.provider, ...(await run(zone, asks)) };
  };
}

/** The requests that a range needs. */
function asksOf(
  provider: GridProvider,
  store: PointStore,
  zone: string,
  range: AskedRange,
  nowMs: number,
): readonly Ask[] {
  const ranges = planRefresh(store.lookup(zone).at, range, nowMs, provider);
  const asks = ranges.map(
    ({ fromMs, toMs }): Ask =>
      () =>
        provider.range(zone, fromMs, toMs),
  );
  const { forecast } = provider;
  if (forecast !== undefined && range.toMs > nowMs) asks.push(() => forecast(zone));
  return asks;
}
