import {
  asMap,
  createPointSieve,
  type GridAnswer,
  type GridProvider,
  parseJson,
} from "./grid-provider.ts";
import type { HttpAnswer, HttpClient } from "./http-client.ts";

const STEP_MS = 300_000;
const DAY_MS = 24 * 3_600_000;
/** A token holds for 30 minutes. */
const TOKEN_MS = 25 * 60_000;
const KG_PER_LB = 0.45359237;
const SIGNAL = "co2_moer";

/** Options of `createWattTime`. */
export interface WattTimeOptions {
  readonly http: HttpClient;
  readonly user: string;
  readonly password: string;
  /** Default: `https://api.watttime.org`. */
  readonly url?: string;
  readonly now?: () => number;
}

/** Grams per kilowatt-hour of a rate in pounds per megawatt-hour. */
export function gramsPerKwhOfPounds(lbPerMwh: number): number {
  // lb/MWh x 453.59237 g/lb / 1000 kWh/MWh.
  return lbPerMwh * KG_PER_LB;
}

/** WattTime, API v3: marginal carbon dioxide, a series of its own. Zones are WattTime's regions. */
export function createWattTime(options: WattTimeOptions): GridProvider {
  const { http, user, password, url = "https://api.watttime.org", now = Date.now } = options;
  const root = url.replace(/\/$/, "");
  let session: { token: string; untilMs: number } | undefined;

  async function logIn(): Promise<HttpAnswer> {
    if (session !== undefined && now() < session.untilMs) {
      return { status: "success", text: session.token };
    }
    const basic = Buffer.from(`${user}:${password}`).toString("base64");
    const answer = await http.get(new URL(`${root}/login`), { authorization: `Basic ${basic}` });
    if (answer.status !== "success") return answer;
    const { token } = asMap(parseJson(answer.text));
    if (typeof token !== "string") return { status: "failed", error: "login gave no token" };
    session = { token, untilMs: now() + TOKEN_MS };
    return { status: "success", text: token };
  }

  async function ask(path: string, query: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const target = new URL(`${root}/v3/${path}`);
    for (const [key, value] of Object.entries(query)) target.searchParams.set(key, value);
    for (let attempt = 1; ; attempt++) {
      const token = await logIn();
      if (token.status !== "success") return token;
      const answer = await http.get(target, { authorization: `Bearer ${token.text}` });
      const isExpired = answer.status === "failed" && answer.httpStatus === 401;
      if (!isExpired || attempt > 1) return answer;
      session = undefined;
    }
  }

  return {
    series: {
      provider: "watttime",
      signal: "marginal",
      basis: "direct",
      mix: "consumption",
      gas: "CO2",
      datasetVersion: "v3",
      licence: "WattTime data licence",
      isRedistributable: false,
    },
    stepMs: STEP_MS,
    longestRangeMs: 30 * DAY_MS,
    async range(region, fromMs, toMs) {
      const answer = await ask("historical", {
        region,
        start: new Date(fromMs).toISOString(),
        // Both ends are inclusive.
        end: new Date(toMs - STEP_MS).toISOString(),
        signal_type: SIGNAL,
        include_imputed_marker: "true",
      });
      return answer.status === "success" ? readAnswer(answer.text, region, false) : answer;
    },
    async forecast(region) {
      const answer = await ask("forecast", { region, signal_type: SIGNAL });
      return answer.status === "success" ? readAnswer(answer.text, region, true) : answer;
    },
  };
}

function readAnswer(text: string, region: string, isForecast: boolean): GridAnswer {
  const { meta, data } = asMap(parseJson(text));
  if (!Array.isArray(data)) return { status: "failed", error: "the answer has no data" };
  const about = asMap(meta);
  const wanted = { region, signal_type: SIGNAL, units: "lbs_co2_per_mwh" };
  for (const [key, value] of Object.entries(wanted)) {
    if (about[key] === value) continue;
    return { status: "failed", error: `asked for ${key} ${value}, got ${String(about[key])}` };
  }
  const { data_point_period_seconds: seconds = STEP_MS / 1000, model } = about;
  const { date } = asMap(model);
  const sieve = createPointSieve();
  for (const row of data) {
    const { point_time, imputed_data_used, value } = asMap(row);
    const fromMs = Date.parse(String(point_time));
    const quality = imputed_data_used === true ? "estimated" : "measured";
    sieve.take(
      {
        fromMs,
        toMs: fromMs + Number(seconds) * 1000,
        quality: isForecast ? "forecast" : quality,
        ...(typeof date === "string" ? { version: `v3, model ${date}` } : {}),
      },
      typeof value === "number" ? gramsPerKwhOfPounds(value) : value,
    );
  }
  return sieve.answer();
}
