import { join } from "node:path";
import type { EmissionFactor, Instant, IntensitySource } from "@wattspan/footprint";
import {
  createEia,
  createElectricityMaps,
  createEntsoe,
  createFallback,
  createFixedIntensity,
  createHttpClient,
  createLiveIntensity,
  createNeso,
  createStaticIntensity,
  createWattTime,
  type GridProvider,
  type HttpClient,
  type LiveIntensity,
  type RefreshOutcome,
  readIntensityCsv,
} from "@wattspan/sources";
import type { Environment } from "./config/expand-environment.ts";
import { chainOf, type GridConfig, type GridProviderName } from "./config/grid.ts";
import type { Problem } from "./config/problem.ts";

/** Sources of emission factors as configured, and what keeps them fresh. */
export interface Grid {
  /** All sources as one. */
  readonly intensity: IntensitySource;
  /** Each source, in the order of the chain. */
  readonly sources: readonly IntensitySource[];
  readonly hasProviders: boolean;
  /** Fetches what the providers lack in `[from, to)`; never rejects. */
  refresh(zones: readonly string[], from: Instant, to: Instant): Promise<readonly RefreshOutcome[]>;
  /** Ends what is being fetched. */
  shutdown(): void;
}

/** What a grid is opened with beside its configuration. */
export interface GridSurroundings {
  readonly env: Environment;
  readonly readFile: (path: string) => Promise<string>;
  readonly now?: () => number;
}

/** Environment variables of each provider's keys; of several names the first that is set counts. */
const KEYS: Readonly<Record<GridProviderName, readonly (readonly string[])[]>> = {
  electricity_maps: [["ELECTRICITY_MAPS_API_KEY", "ELECTRICITYMAPS_API_KEY"]],
  watttime: [["WATTTIME_USER", "WATTTIME_USERNAME"], ["WATTTIME_PASSWORD"]],
  neso: [],
  entso_e: [["ENTSOE_API_KEY"]],
  eia: [["EIA_API_KEY"]],
};

/** Keys that are not in the environment. */
export function gridKeyProblems(grid: GridConfig, env: Environment): readonly Problem[] {
  return chainOf(grid).flatMap((name) =>
    (isProvider(name) ? KEYS[name] : [])
      .filter((names) => keyOf(names, env) === "")
      .map(([first]) => ({ path: "grid", message: `${name} needs ${first} in the environment` })),
  );
}

/** Opens the sources; what is wrong with keys and files is returned, all of it at once. */
export async function openGrid(
  config: GridConfig,
  surroundings: GridSurroundings,
): Promise<{ readonly grid: Grid } | { readonly problems: readonly Problem[] }> {
  const { env, readFile, now = Date.now } = surroundings;
  const problems = [...gridKeyProblems(config, env)];
  const stop = new AbortController();
  const sources: IntensitySource[] = [];
  const live: LiveIntensity[] = [];
  for (const name of chainOf(config)) {
    if (isProvider(name)) {
      const opened = openProvider(name, config, { env, now, signal: stop.signal });
      live.push(opened);
      sources.push(opened);
    } else if (name === "csv") {
      const files = await openFiles(config, readFile, now());
      sources.push(...files.sources);
      problems.push(...files.problems);
    } else sources.push(name === "static" ? createStaticIntensity() : createFixedIntensity(config));
  }
  if (problems.length > 0) return { problems };
  return {
    grid: {
      intensity: createFallback(sources, fallbackOptions(config)),
      sources,
      hasProviders: live.length > 0,
      async refresh(zones, from, to) {
        const all = await Promise.all(live.map((source) => source.refresh(zones, from, to)));
        return all.flat();
      },
      shutdown: () => stop.abort(),
    },
  };
}

/** The sources that need neither network nor file; undefined where there is none. */
export function offlineIntensity(config: GridConfig): IntensitySource | undefined {
  const sources = chainOf(config).flatMap((name) => {
    if (name === "static") return [createStaticIntensity()];
    return name === "fixed" ? [createFixedIntensity(config)] : [];
  });
  return sources.length === 0 ? undefined : createFallback(sources, fallbackOptions(config));
}

function fallbackOptions(config: GridConfig): {
  signal: EmissionFactor["signal"];
  basis: EmissionFactor["basis"];
  lastZones: readonly string[];
} {
  const isMarginal = config.source === "watttime";
  return {
    signal: isMarginal ? "marginal" : "average",
    basis: isMarginal ? "direct" : config.basis,
    lastZones: config.hasWorldFallback ? ["WORLD"] : [],
  };
}

function openProvider(
  name: GridProviderName,
  config: GridConfig,
  { env, now, signal }: { env: Environment; now: () => number; signal: AbortSignal },
): LiveIntensity {
  const keys = KEYS[name].map((names) => keyOf(names, env));
  const http = createHttpClient({ secrets: keys, signal, now });
  const { url, zones = new Map<string, string>() } = config.providers.get(name) ?? {};
  const address = url === undefined ? {} : { url };
  const provider = providerOf(name, { http, now, ...address }, keys, config.basis);
  const { signal: kind, basis } = provider.series;
  const folder =
    config.cache === undefined ? undefined : join(config.cache, `${name}-${kind}-${basis}`);
  return createLiveIntensity({
    provider: renamed(provider, zones),
    now,
    ...(folder === undefined ? {} : { cacheFolder: folder }),
  });
}

function providerOf(
  name: GridProviderName,
  common: { http: HttpClient; now: () => number; url?: string },
  [key = "", password = ""]: readonly string[],
  basis: GridConfig["basis"],
): GridProvider {
  switch (name) {
    case "electricity_maps":
      return createElectricityMaps({ ...common, token: key, basis });
    case "watttime":
      return createWattTime({ ...common, user: key, password });
    case "neso":
      return createNeso(common);
    case "entso_e":
      return createEntsoe({ ...common, token: key });
    case "eia":
      return createEia({ ...common, key });
  }
}

/** The provider, asked by its own names of zones. */
function renamed(provider: GridProvider, zones: ReadonlyMap<string, string>): GridProvider {
  const nameOf = (zone: string): string => zones.get(zone) ?? zone;
  const { forecast } = provider;
  return {
    ...provider,
    range: (zone, fromMs, toMs) => provider.range(nameOf(zone), fromMs, toMs),
    ...(forecast === undefined ? {} : { forecast: (zone: string) => forecast(nameOf(zone)) }),
  };
}

async function openFiles(
  config: GridConfig,
  readFile: GridSurroundings["readFile"],
  nowMs: number,
): Promise<{ sources: IntensitySource[]; problems: Problem[] }> {
  const sources: IntensitySource[] = [];
  const problems: Problem[] = [];
  for (const [index, { path, basis = config.basis, ...rest }] of config.files.entries()) {
    const where = `grid.files[${index}].path`;
    try {
      const read = readIntensityCsv({ text: await readFile(path), nowMs, basis, ...rest });
      sources.push(read.source);
      const [first] = read.problems;
      if (read.points > 0) continue;
      const because = first === undefined ? "" : `: line ${first.line} ${first.message}`;
      problems.push({ path: where, message: `${path} has no two values${because}` });
    } catch (error) {
      problems.push({ path: where, message: (error as Error).message });
    }
  }
  return { sources, problems };
}

function isProvider(name: string): name is GridProviderName {
  return Object.hasOwn(KEYS, name);
}

function keyOf(names: readonly string[], env: Environment): string {
  return names.map((name) => env[name] ?? "").find((value) => value !== "") ?? "";
}
