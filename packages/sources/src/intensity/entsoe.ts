import { eicOf } from "./entsoe-areas.ts";
import { readGeneration } from "./entsoe-document.ts";
import { FUEL_FACTORS_SOURCE, type Fuel, mixIntensity } from "./fuel-factors.ts";
import { createPointSieve, type GridAnswer, type GridProvider } from "./grid-provider.ts";
import type { HttpClient } from "./http-client.ts";

const HOUR_MS = 3_600_000;

/** Production types of ENTSO-E's code list; others (B15, B17, B20) have no factor of their own. */
const FUELS: Readonly<Record<string, Fuel>> = {
  B01: "biomass",
  B02: "coal",
  B03: "gas",
  B04: "gas",
  B05: "coal",
  B06: "oil",
  B07: "oil",
  B08: "coal",
  B09: "geothermal",
  B11: "hydro",
  B12: "hydro",
  B14: "nuclear",
  B16: "solar",
  B18: "wind_offshore",
  B19: "wind_onshore",
};

/** Pumped storage gives back what was made before. */
const STORAGE = "B10";

/** Options of `createEntsoe`. */
export interface EntsoeOptions {
  readonly http: HttpClient;
  /** The security token. */
  readonly token: string;
  /** Default: `https://web-api.tp.entsoe.eu/api`. */
  readonly url?: string;
}

/**
 * ENTSO-E's generation by type, as the intensity of what a bidding zone's plants made: estimates that leave out imports.
 * Zones as Electricity Maps writes them, or the area's EIC.
 */
export function createEntsoe(options: EntsoeOptions): GridProvider {
  const { http, token, url = "https://web-api.tp.entsoe.eu/api" } = options;
  return {
    series: {
      provider: "entso_e",
      signal: "average",
      basis: "lifecycle",
      mix: "production",
      datasetVersion: `A75, ${FUEL_FACTORS_SOURCE}`,
      licence: "CC-BY-4.0",
      isRedistributable: true,
    },
    stepMs: HOUR_MS,
    longestRangeMs: 30 * 24 * HOUR_MS,
    async range(zone, fromMs, toMs) {
      const area = eicOf(zone);
      if (area === undefined) {
        return { status: "failed", error: `no bidding zone is known for ${zone}` };
      }
      const target = new URL(url);
      const query = {
        securityToken: token,
        documentType: "A75",
        processType: "A16",
        in_Domain: area,
        periodStart: timeOf(fromMs),
        periodEnd: timeOf(toMs),
      };
      for (const [key, value] of Object.entries(query)) target.searchParams.set(key, value);
      const answer = await http.get(target);
      if (answer.status !== "success") return answer;
      const read = readGeneration(answer.text, area);
      return typeof read === "string" ? { status: "failed", error: read } : mixOf(read);
    },
  };
}

/** `yyyymmddHHMM` in UTC. */
const timeOf = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 16).replace(/[-T:]/g, "");

/** Hours in which every type that the answer has is told from end to end. */
function mixOf(generation: ReadonlyMap<string, ReadonlyMap<number, number>>): GridAnswer {
  const hours = new Set([...generation.values()].flatMap((series) => [...series.keys()]));
  const sieve = createPointSieve();
  for (const hourMs of hours) {
    const energies = [...generation].map(([type, series]) => [type, series.get(hourMs)] as const);
    if (energies.some(([, energy]) => energy === undefined)) {
      sieve.reject("fuels_missing");
      continue;
    }
    const made = energies.filter(([type]) => type !== STORAGE);
    const grams = mixIntensity(made.map(([type, energy]) => [FUELS[type], energy ?? 0] as const));
    sieve.take({ fromMs: hourMs, toMs: hourMs + HOUR_MS, quality: "estimated" }, grams);
  }
  return sieve.answer();
}
