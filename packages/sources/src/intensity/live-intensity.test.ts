import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addNs, type Instant, instantOf } from "@wattspan/footprint";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GridAnswer, GridPoint, GridProvider } from "./grid-provider.ts";
import { createLiveIntensity } from "./live-intensity.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const start = Date.parse("2026-11-24T00:00:00Z");

const instant = (ms: number): Instant => instantOf(BigInt(ms) * 1_000_000n);

const value = (fromMs: number, gramsPerKwh: number, extra: Partial<GridPoint> = {}): GridPoint => ({
  fromMs,
  toMs: fromMs + HOUR_MS,
  gramsPerKwh,
  quality: "measured",
  ...extra,
});

/** A provider of the given answers that notes what it is asked. */
function providerOf(
  range: (zone: string, fromMs: number, toMs: number) => GridAnswer,
  forecast?: () => GridAnswer,
) {
  const asked: [string, number, number][] = [];
  const provider: GridProvider = {
    series: {
      provider: "electricity_maps",
      signal: "average",
      basis: "lifecycle",
      mix: "consumption",
      datasetVersion: "v3",
      licence: "contract",
      isRedistributable: false,
    },
    stepMs: HOUR_MS,
    longestRangeMs: 240 * HOUR_MS,
    async range(zone, fromMs, toMs) {
      asked.push([zone, fromMs, toMs]);
      return range(zone, fromMs, toMs);
    },
    ...(forecast === undefined ? {} : { forecast: async () => forecast() }),
  };
  return { provider, asked };
}

const answer = (...points: readonly GridPoint[]): GridAnswer => ({
  status: "success",
  points,
  rejected: new Map(),
});

/** Hours of a range, 100 g more for each hour of the day. */
const hours = (_: string, fromMs: number, toMs: number): GridAnswer =>
  answer(
    ...Array.from({ length: (toMs - fromMs) / HOUR_MS }, (__, index) => {
      const ms = fromMs + index * HOUR_MS;
      return value(ms, 100 + 100 * new Date(ms).getUTCHours());
    }),
  );

let folder: string;
let nowMs: number;
const now = (): number => nowMs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wattspan-grid-"));
  nowMs = start + 6 * HOUR_MS;
});

afterEach(() => rm(folder, { recursive: true }));

describe("createLiveIntensity", () => {
  it("gives the factor of the interval, right-open, of a whole minute at a time", async () => {
    const { provider } = providerOf(hours);
    const source = createLiveIntensity({ provider, now });
    expect(source.changesIn).toBeUndefined();
    await source.refresh(["FR"], instant(start), instant(start + 3 * HOUR_MS));
    expect(source.factorAt("FR", instant(start))).toMatchObject({
      id: "electricity_maps/FR/2026-11-24T00:00Z/average/lifecycle/measured/100",
      gramsPerKwh: 100,
      tier: "measured",
      from: instant(start),
      to: instant(start + HOUR_MS),
      isRedistributable: false,
    });
    const boundary = instant(start + HOUR_MS);
    expect(source.factorAt("FR", addNs(boundary, -1))).toMatchObject({ gramsPerKwh: 100 });
    expect(source.factorAt("FR", boundary)).toMatchObject({ gramsPerKwh: 200 });
    expect(source.factorAt("DE", boundary)).toEqual({
      missing: "electricity_maps has no value of DE at that time yet",
    });
  });

  it("stands in with what is at most an hour away, then with the hour's mean of a week, then with nothing", async () => {
    const { provider } = providerOf(hours);
    const source = createLiveIntensity({ provider, now });
    await source.refresh(["FR"], instant(start), instant(start + 2 * HOUR_MS));
    const at = (ms: number) => source.factorAt("FR", instant(ms));
    expect(at(start + 3 * HOUR_MS)).toMatchObject({
      tier: "stale",
      gramsPerKwh: 200,
      from: instant(start + HOUR_MS),
    });
    expect(at(start - HOUR_MS)).toMatchObject({ tier: "stale", gramsPerKwh: 100 });
    expect(at(start + 3 * HOUR_MS + 60_000)).toHaveProperty("missing");
    const days = [2, 3, 4].map((day) => start - day * DAY_MS);
    for (const [index, ms] of days.entries()) {
      const { provider: daily } = providerOf(() => answer(value(ms, 100 * (index + 1))));
      const week = createLiveIntensity({ provider: daily, cacheFolder: folder, now });
      await week.refresh(["FR"], instant(ms), instant(ms + HOUR_MS));
    }
    const profile = createLiveIntensity({ provider, cacheFolder: folder, now });
    expect(profile.factorAt("FR", instant(start + 60_000))).toMatchObject({
      tier: "profile",
      gramsPerKwh: 200,
      from: instant(start),
    });
    expect(profile.factorAt("FR", instant(start + 2 * HOUR_MS))).toHaveProperty("missing");
  });

  it("asks only for what is missing, in batches of what the provider allows", async () => {
    const { provider, asked } = providerOf(hours);
    const source = createLiveIntensity({ provider, now });
    const from = start - 25 * DAY_MS;
    await source.refresh(["FR"], instant(from), instant(start));
    expect(asked.map(([, a, b]) => (b - a) / HOUR_MS)).toEqual([240, 240, 120]);
    const again = await source.refresh(["FR"], instant(from), instant(start));
    expect(again).toMatchObject([{ status: "fresh", points: 0 }]);
    expect(asked).toHaveLength(3);
  });

  it("restates: asks again after 6 h, 2 d, 35 d and 95 d, and the newest answer counts", async () => {
    let grams = 161;
    const { provider, asked } = providerOf((_, fromMs) => answer(value(fromMs, grams++)));
    const source = createLiveIntensity({ provider, cacheFolder: folder, now });
    const refresh = () => source.refresh(["FR"], instant(start), instant(start + HOUR_MS));
    const end = start + HOUR_MS;
    for (const ageMs of [0, 5 * HOUR_MS, 6 * HOUR_MS, 47 * HOUR_MS, 48 * HOUR_MS, 95 * DAY_MS]) {
      nowMs = end + ageMs;
      await refresh();
    }
    expect(asked).toHaveLength(4);
    expect(source.factorAt("FR", instant(start))).toMatchObject({
      gramsPerKwh: 164,
      tier: "measured_final",
    });
    nowMs += 400 * DAY_MS;
    expect(await refresh()).toMatchObject([{ status: "fresh" }]);
    // Nothing was overwritten: all four are in the file.
    const [week = ""] = await readdir(join(folder, "FR"));
    const lines = (await readFile(join(folder, "FR", week), "utf8")).split("\n").filter(Boolean);
    expect(lines.map((line) => JSON.parse(line).gramsPerKwh)).toEqual([161, 162, 163, 164]);
  });

  it("prefers a value to a forecast, whichever came first, and keeps forecasts of the future", async () => {
    const future = value(start + 6 * HOUR_MS, 500, { quality: "forecast" });
    const { provider } = providerOf(hours, () =>
      answer(future, value(start, 999, { quality: "forecast" })),
    );
    const source = createLiveIntensity({ provider, now });
    await source.refresh(["FR"], instant(start), instant(start + 8 * HOUR_MS));
    expect(source.factorAt("FR", instant(start))).toMatchObject({ gramsPerKwh: 100 });
    const later = instant(start + 6 * HOUR_MS);
    expect(source.factorAt("FR", later)).toMatchObject({ gramsPerKwh: 500, tier: "forecast" });
    nowMs += 2 * HOUR_MS;
    await source.refresh(["FR"], instant(start), instant(start + 8 * HOUR_MS));
    expect(source.factorAt("FR", later)).toMatchObject({ gramsPerKwh: 700, tier: "measured" });
  });

  it("finds its values again after a restart, past a line that was cut off", async () => {
    const first = createLiveIntensity({
      provider: providerOf(hours).provider,
      cacheFolder: folder,
      now,
    });
    await first.refresh(["FR"], instant(start), instant(start + HOUR_MS));
    const [week = ""] = await readdir(join(folder, "FR"));
    const file = join(folder, "FR", week);
    await writeFile(file, `${await readFile(file, "utf8")}{"fromMs":17`);
    const { provider, asked } = providerOf(hours);
    const second = createLiveIntensity({ provider, cacheFolder: folder, now });
    expect(second.factorAt("FR", instant(start))).toMatchObject({ gramsPerKwh: 100 });
    await second.refresh(["FR"], instant(start), instant(start + 2 * HOUR_MS));
    expect(asked).toEqual([["FR", start + HOUR_MS, start + 2 * HOUR_MS]]);
    const third = createLiveIntensity({ provider, cacheFolder: folder, now });
    expect(third.factorAt("FR", instant(start + HOUR_MS))).toMatchObject({ gramsPerKwh: 200 });
  });

  it("never writes outside its folder", async () => {
    const { provider } = providerOf(hours);
    const source = createLiveIntensity({ provider, cacheFolder: join(folder, "in"), now });
    await source.refresh(["../out", ".."], instant(start), instant(start + HOUR_MS));
    expect(await readdir(folder)).toEqual([]);
    expect(source.factorAt("../out", instant(start))).toMatchObject({ gramsPerKwh: 100 });
  });

  it("leaves a zone alone for 30 s after a failure, doubled up to an hour, others not", async () => {
    let isDown = true;
    const { provider, asked } = providerOf((zone, fromMs, toMs) =>
      isDown && zone === "FR" ? { status: "failed", error: "HTTP 404" } : hours(zone, fromMs, toMs),
    );
    const source = createLiveIntensity({ provider, now });
    const refresh = () => source.refresh(["FR", "DE"], instant(start), instant(start + HOUR_MS));
    expect(await refresh()).toMatchObject([
      { zone: "FR", status: "failed", reason: "HTTP 404" },
      { zone: "DE", status: "fetched", points: 1 },
    ]);
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      const failedMs = nowMs;
      while ((await refresh())[0]?.status === "waiting") nowMs += 30_000;
      waits.push((nowMs - failedMs) / 1000);
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
    expect(source.factorAt("FR", instant(start))).toHaveProperty("missing");
    isDown = false;
    nowMs += HOUR_MS;
    expect(await refresh()).toMatchObject([{ status: "fetched" }, {}]);
    expect(asked.filter(([zone]) => zone === "DE").length).toBeGreaterThan(0);
  });

  it("waits as long as the provider asks for, with every zone", async () => {
    const { provider, asked } = providerOf(() => ({
      status: "retryable",
      error: "HTTP 429",
      retryAfterMs: 600_000,
    }));
    const source = createLiveIntensity({ provider, now });
    const refresh = (zone: string) =>
      source.refresh([zone], instant(start), instant(start + HOUR_MS));
    await refresh("FR");
    nowMs += 599_999;
    for (const zone of ["FR", "DE"]) {
      expect(await refresh(zone)).toMatchObject([{ status: "waiting", reason: "HTTP 429" }]);
    }
    nowMs += 1;
    expect(await refresh("DE")).toMatchObject([{ status: "failed" }]);
    expect(asked).toHaveLength(2);
  });

  it("fetches once for all who ask at the same time, of overlapping ranges only the rest", async () => {
    const { provider, asked } = providerOf(hours);
    const source = createLiveIntensity({ provider, now });
    const refresh = (toMs: number) => source.refresh(["FR", "FR"], instant(start), instant(toMs));
    const outcomes = await Promise.all([
      refresh(start + HOUR_MS),
      refresh(start + HOUR_MS),
      refresh(start + 3 * HOUR_MS),
    ]);
    expect(outcomes.map(([one]) => one?.points)).toEqual([1, 1, 2]);
    expect(asked).toEqual([
      ["FR", start, start + HOUR_MS],
      ["FR", start + HOUR_MS, start + 3 * HOUR_MS],
    ]);
  });

  it("asks for many zones a few at a time", async () => {
    let open = 0;
    let most = 0;
    const { provider } = providerOf(hours);
    const slow: GridProvider = {
      ...provider,
      async range(...ask) {
        most = Math.max(most, ++open);
        await new Promise((resolve) => setImmediate(resolve));
        open--;
        return provider.range(...ask);
      },
    };
    const zones = Array.from({ length: 20 }, (_, index) => `Z${index}`);
    const source = createLiveIntensity({ provider: slow, now });
    const outcomes = await source.refresh(zones, instant(start), instant(start + HOUR_MS));
    expect(outcomes.map(({ zone }) => zone)).toEqual(zones);
    expect(most).toBe(4);
  });

  it("keeps what it fetched in memory where the folder cannot be written", async () => {
    const file = join(folder, "file");
    await writeFile(file, "");
    const source = createLiveIntensity({
      provider: providerOf(hours).provider,
      cacheFolder: file,
      now,
    });
    const outcome = await source.refresh(["FR"], instant(start), instant(start + HOUR_MS));
    expect(outcome).toMatchObject([{ status: "failed", points: 1 }]);
    expect(source.factorAt("FR", instant(start))).toMatchObject({ gramsPerKwh: 100 });
  });
});
