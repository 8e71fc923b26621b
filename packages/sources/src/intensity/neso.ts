import {
  asMap,
  createPointSieve,
  type GridAnswer,
  type GridProvider,
  parseJson,
} from "./grid-provider.ts";
import type { HttpClient } from "./http-client.ts";

const STEP_MS = 30 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** Options of `createNeso`. */
export interface NesoOptions {
  readonly http: HttpClient;
  /** Default: `https://api.carbonintensity.org.uk`. */
  readonly url?: string;
  readonly now?: () => number;
}

/**
 * The carbon intensity of Great Britain by its grid's operator, without a key: average, direct emissions. Zone `GB`, and
 * `GB-1` to `GB-17` for the operator's regions, whose values are model output and so estimates.
 */
export function createNeso(options: NesoOptions): GridProvider {
  const { http, url = "https://api.carbonintensity.org.uk", now = Date.now } = options;
  const root = url.replace(/\/$/, "");

  async function ask(zone: string, window: string, fromMs: number): Promise<GridAnswer> {
    const region = /^GB-([1-9]|1[0-7])$/.exec(zone)?.[1];
    if (region === undefined && zone !== "GB") {
      return { status: "failed", error: `${zone} is not GB or GB-1 to GB-17` };
    }
    const path =
      region === undefined
        ? `intensity/${window}`
        : `regional/intensity/${window}/regionid/${region}`;
    const answer = await http.get(new URL(`${root}/${path}`), { accept: "application/json" });
    if (answer.status !== "success") return answer;
    return readAnswer(answer.text, region, fromMs, now());
  }

  return {
    series: {
      provider: "neso",
      signal: "average",
      basis: "direct",
      mix: "consumption",
      datasetVersion: "v2",
      licence: "CC-BY-4.0",
      isRedistributable: true,
    },
    stepMs: STEP_MS,
    longestRangeMs: 14 * DAY_MS,
    range: (zone, fromMs, toMs) => ask(zone, `${timeOf(fromMs)}/${timeOf(toMs)}`, fromMs),
    forecast: (zone) => ask(zone, `${timeOf(now())}/fw48h`, now()),
  };
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

function readAnswer(
  text: string,
  region: string | undefined,
  fromMs: number,
  nowMs: number,
): GridAnswer {
  const body = asMap(parseJson(text));
  const { data: regions } = body;
  const { data, regionid } = region === undefined ? body : asMap([regions].flat()[0]);
  if (region !== undefined && String(regionid) !== region) {
    return { status: "failed", error: `asked for region ${region}, got ${String(regionid)}` };
  }
  if (data === undefined) return { status: "failed", error: "the answer has no data" };
  const sieve = createPointSieve();
  for (const row of [data].flat()) {
    const { from, to, intensity } = asMap(row);
    const { actual, forecast } = asMap(intensity);
    const beginMs = Date.parse(String(from));
    // The answer begins with the half hour that ends at its start.
    if (beginMs + STEP_MS <= fromMs) continue;
    const isEstimate = region !== undefined && beginMs + STEP_MS <= nowMs;
    const modelled = isEstimate ? "estimated" : "forecast";
    sieve.take(
      {
        fromMs: beginMs,
        toMs: Date.parse(String(to)),
        quality: typeof actual === "number" ? "measured" : modelled,
      },
      actual ?? forecast,
    );
  }
  return sieve.answer();
}
