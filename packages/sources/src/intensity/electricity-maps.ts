import type { EmissionFactor } from "@wattspan/footprint";
import {
  asMap,
  createPointSieve,
  type GridAnswer,
  type GridPoint,
  type GridProvider,
  parseJson,
} from "./grid-provider.ts";
import type { HttpClient } from "./http-client.ts";

const HOUR_MS = 3_600_000;
/** The provider's limit for hourly values. */
const LONGEST_RANGE_MS = 240 * HOUR_MS;

const STEP_MS: Readonly<Record<string, number>> = {
  "5_minutes": 5 * 60_000,
  "15_minutes": 15 * 60_000,
  hourly: HOUR_MS,
};

/** Options of `createElectricityMaps`. */
export interface ElectricityMapsOptions {
  readonly http: HttpClient;
  /** Sent as `auth-token`. */
  readonly token: string;
  /** Default: `https://api.electricitymaps.com/v3`. */
  readonly url?: string;
  /** Default: lifecycle. */
  readonly basis?: EmissionFactor["basis"];
}

/**
 * Electricity Maps, API v3: average, flow-traced. Where a token may not ask for past ranges, the last 24 hours and the
 * latest value are asked for instead.
 */
export function createElectricityMaps(options: ElectricityMapsOptions): GridProvider {
  const { http, token, url = "https://api.electricitymaps.com/v3", basis = "lifecycle" } = options;
  /** Zones for which the token may not ask for past ranges. */
  const isWithoutRange = new Set<string>();

  async function ask(
    zone: string,
    path: string,
    query: Readonly<Record<string, string>>,
    isForecast: boolean,
  ): Promise<GridAnswer & { readonly httpStatus?: number }> {
    const target = new URL(`${url.replace(/\/$/, "")}/carbon-intensity/${path}`);
    // Without a zone that it knows the API answers for the place that the caller's address is in.
    const parameters = {
      zone,
      disableCallerLookup: "true",
      emissionFactorType: basis,
      temporalGranularity: "hourly",
      ...query,
    };
    for (const [key, value] of Object.entries(parameters)) target.searchParams.set(key, value);
    const answer = await http.get(target, { "auth-token": token });
    if (answer.status !== "success") return answer;
    return readAnswer(answer.text, zone, basis, isForecast);
  }

  async function askRecent(zone: string, fromMs: number, toMs: number): Promise<GridAnswer> {
    const history = await ask(zone, "history", {}, false);
    const answer = history.status === "failed" ? await ask(zone, "latest", {}, false) : history;
    if (answer.status !== "success") return answer;
    const points = answer.points.filter((one) => one.fromMs >= fromMs && one.fromMs < toMs);
    return { ...answer, points };
  }

  return {
    series: {
      provider: "electricity_maps",
      signal: "average",
      basis,
      mix: "consumption",
      datasetVersion: "v3",
      licence: "Electricity Maps contract",
      isRedistributable: false,
    },
    stepMs: HOUR_MS,
    longestRangeMs: LONGEST_RANGE_MS,
    async range(zone, fromMs, toMs) {
      if (!isWithoutRange.has(zone)) {
        const query = { start: new Date(fromMs).toISOString(), end: new Date(toMs).toISOString() };
        const answer = await ask(zone, "past-range", query, false);
        const isRefused = answer.httpStatus === 401 || answer.httpStatus === 403;
        if (!isRefused) return answer;
      }
      const recent = await askRecent(zone, fromMs, toMs);
      if (recent.status === "success") isWithoutRange.add(zone);
      return recent;
    },
    forecast: (zone) => ask(zone, "forecast", {}, true),
  };
}

/** Reads each of the shapes in use: flat, or a list under `data`, `history` or `forecast`. */
function readAnswer(
  text: string,
  zone: string,
  basis: EmissionFactor["basis"],
  isForecast: boolean,
): GridAnswer {
  const body = asMap(parseJson(text));
  const { zone: bodyZone, data, history, forecast } = body;
  const list = [data, history, forecast].find(Array.isArray);
  const rows: readonly unknown[] = list ?? [data ?? body];
  const sieve = createPointSieve();
  for (const row of rows) {
    const { zone: answered = bodyZone, ...one } = asMap(row);
    if (answered !== zone) {
      return { status: "failed", error: `asked for zone ${zone}, got ${String(answered)}` };
    }
    const { carbonIntensity, emissionFactorType = basis } = one;
    if (emissionFactorType === basis) sieve.take(intervalOf(one, isForecast), carbonIntensity);
    else sieve.reject("other_basis");
  }
  return sieve.answer();
}

function intervalOf(
  row: Readonly<Record<string, unknown>>,
  isForecast: boolean,
): Omit<GridPoint, "gramsPerKwh"> {
  const { datetime, isEstimated, temporalGranularity = "hourly" } = row;
  const fromMs = Date.parse(String(datetime));
  const quality = isEstimated === true ? "estimated" : "measured";
  return {
    fromMs,
    toMs: fromMs + (STEP_MS[String(temporalGranularity)] ?? Number.NaN),
    quality: isForecast ? "forecast" : quality,
  };
}
