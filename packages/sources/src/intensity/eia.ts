import { FUEL_FACTORS_SOURCE, type Fuel, mixIntensity } from "./fuel-factors.ts";
import {
  asMap,
  createPointSieve,
  type GridAnswer,
  type GridProvider,
  parseJson,
} from "./grid-provider.ts";
import type { HttpClient } from "./http-client.ts";

const HOUR_MS = 3_600_000;
const PAGE_ROWS = 5000;
const MAX_PAGES = 20;

const FUELS: Readonly<Record<string, Fuel>> = {
  COL: "coal",
  GEO: "geothermal",
  NG: "gas",
  NUC: "nuclear",
  OIL: "oil",
  SUN: "solar",
  WAT: "hydro",
  WND: "wind_onshore",
};

/** Energy that was made before and comes back; it is no production. */
const STORAGE = new Set(["BAT", "PS", "UES"]);

/** Options of `createEia`. */
export interface EiaOptions {
  readonly http: HttpClient;
  readonly key: string;
  /** Default: `https://api.eia.gov/v2`. */
  readonly url?: string;
}

interface Row {
  readonly period: string;
  readonly fuel: string;
  readonly megawattHours: number;
}

/**
 * The US EIA's hourly generation by fuel, as the intensity of what a balancing authority's plants made: estimates that
 * leave out imports. Zones are `US-...-CISO` by their last part, or the authority's code.
 */
export function createEia(options: EiaOptions): GridProvider {
  const { http, key, url = "https://api.eia.gov/v2" } = options;
  const root = url.replace(/\/$/, "");

  return {
    series: {
      provider: "eia",
      signal: "average",
      basis: "lifecycle",
      mix: "production",
      datasetVersion: `v2, ${FUEL_FACTORS_SOURCE}`,
      licence: "US government work",
      isRedistributable: true,
    },
    stepMs: HOUR_MS,
    longestRangeMs: 20 * 24 * HOUR_MS,
    async range(zone, fromMs, toMs) {
      const respondent = zone.split("-").at(-1) ?? zone;
      const rows: Row[] = [];
      for (let page = 0; page < MAX_PAGES; page++) {
        const target = new URL(`${root}/electricity/rto/fuel-type-data/data/`);
        const query = {
          api_key: key,
          frequency: "hourly",
          "data[]": "value",
          "facets[respondent][]": respondent,
          // Hours are named by their end.
          start: hourOf(fromMs + HOUR_MS),
          end: hourOf(toMs),
          offset: String(page * PAGE_ROWS),
          length: String(PAGE_ROWS),
        };
        for (const [name, value] of Object.entries(query)) target.searchParams.set(name, value);
        const answer = await http.get(target);
        if (answer.status !== "success") return answer;
        const read = readPage(answer.text, respondent);
        if (typeof read === "string") return { status: "failed", error: read };
        rows.push(...read.rows);
        if (read.count < PAGE_ROWS) return mixOf(rows);
      }
      return { status: "failed", error: `more than ${MAX_PAGES} pages` };
    },
  };
}

/** `2025-01-01T00`: with minutes the API answers 400. */
const hourOf = (ms: number): string => new Date(ms).toISOString().slice(0, 13);

function readPage(
  text: string,
  respondent: string,
): { readonly rows: readonly Row[]; readonly count: number } | string {
  const { response } = asMap(parseJson(text));
  const { data } = asMap(response);
  if (!Array.isArray(data)) return "the answer has no data";
  const rows: Row[] = [];
  for (const row of data) {
    const { period, respondent: answered, fueltype, value } = asMap(row);
    if (answered !== respondent) return `asked for ${respondent}, got ${String(answered)}`;
    if (value === null || value === undefined) continue;
    rows.push({ period: String(period), fuel: String(fueltype), megawattHours: Number(value) });
  }
  return { rows, count: data.length };
}

function mixOf(rows: readonly Row[]): GridAnswer {
  const hours = new Map<string, Map<string, number>>();
  for (const { period, fuel, megawattHours } of rows) {
    const hour = hours.get(period) ?? new Map<string, number>();
    hours.set(period, hour.set(fuel, megawattHours));
  }
  const fuels = new Set(rows.map(({ fuel }) => fuel));
  const sieve = createPointSieve();
  for (const [period, energies] of hours) {
    const toMs = Date.parse(`${period}:00Z`);
    // A fuel that has not reported yet would change the mix.
    if (energies.size < fuels.size) sieve.reject("fuels_missing");
    else {
      const made = [...energies].filter(([fuel]) => !STORAGE.has(fuel));
      const grams = mixIntensity(made.map(([fuel, energy]) => [FUELS[fuel], energy] as const));
      sieve.take({ fromMs: toMs - HOUR_MS, toMs, quality: "estimated" }, grams);
    }
  }
  return sieve.answer();
}
