import type { FixedTier } from "@wattspan/sources";
import { z } from "zod";
import { positiveDurationMs } from "./duration.ts";

const sourceNames = [
  "static",
  "fixed",
  "csv",
  "electricity_maps",
  "watttime",
  "neso",
  "entso_e",
  "eia",
] as const;

/** Where emission factors can come from. */
export type GridSourceName = (typeof sourceNames)[number];

/** A file of values of one zone. */
interface GridFileConfig {
  readonly path: string;
  readonly zone: string;
  readonly timeColumn?: string;
  readonly valueColumn?: string;
  readonly unit: "g/kWh" | "kg/MWh" | "lb/MWh";
  readonly basis?: "lifecycle" | "direct";
  readonly licence?: string;
}

/** How a provider is reached, and what it calls our zones. */
interface GridProviderConfig {
  readonly url?: string;
  readonly zones: ReadonlyMap<string, string>;
}

/** Providers over the network. */
export type GridProviderName = "electricity_maps" | "watttime" | "neso" | "entso_e" | "eia";

/** Where emission factors come from. */
export interface GridConfig {
  readonly source: GridSourceName;
  /** Tried where `source` has nothing as good. */
  readonly fallback: readonly GridSourceName[];
  /** The world's average stands in for zones without any. */
  readonly hasWorldFallback: boolean;
  readonly basis: "lifecycle" | "direct";
  /** Folder for values of providers. */
  readonly cache?: string;
  readonly refreshIntervalMs: number;
  readonly gramsPerKwh: ReadonlyMap<string, number>;
  /** What kind of average the operator says the values are. */
  readonly tier: FixedTier;
  readonly files: readonly GridFileConfig[];
  /** `PROVIDER/REGION` to zone. */
  readonly regions: ReadonlyMap<string, string>;
  readonly providers: ReadonlyMap<GridProviderName, GridProviderConfig>;
}

const text = z.string().min(1);
const basis = z.enum(["lifecycle", "direct"]);

const file = z.strictObject({
  path: text,
  zone: text,
  time_column: text.exactOptional(),
  value_column: text.exactOptional(),
  unit: z.enum(["g/kWh", "kg/MWh", "lb/MWh"]).default("g/kWh"),
  basis: basis.exactOptional(),
  licence: text.exactOptional(),
});

const url = z.string().refine((given) => /^https?:\/\//.test(given) && URL.canParse(given), {
  message: "not an http or https URL",
});

const provider = z.strictObject({
  url: url.exactOptional(),
  zones: z.record(text, text).default({}),
});

const grid = z.strictObject({
  source: z.enum(sourceNames).default("static"),
  fallback: z.array(z.enum([...sourceNames, "world"])).exactOptional(),
  basis: basis.exactOptional(),
  cache: text.exactOptional(),
  refresh_interval: positiveDurationMs.default(900_000),
  grams_per_kwh: z.record(text, z.number().positive()).exactOptional(),
  tier: z.enum(["yearly_zone", "yearly_subregion", "yearly_country", "world"]).exactOptional(),
  files: z.array(file).min(1).exactOptional(),
  regions: z.record(text, text).default({}),
  electricity_maps: provider.exactOptional(),
  watttime: provider.exactOptional(),
  neso: provider.exactOptional(),
  entso_e: provider.exactOptional(),
  eia: provider.exactOptional(),
});

type Given = z.output<typeof grid>;

/** Section `grid`. */
export const gridConfig: z.ZodType<GridConfig> = grid
  .default(grid.parse({}))
  .superRefine((given, context) => {
    for (const { path, message } of conflictsOf(given)) {
      context.addIssue({ code: "custom", path: [path], message });
    }
  })
  .transform((given) => {
    const { source, refresh_interval, grams_per_kwh = {}, tier = "yearly_zone" } = given;
    const fallback = fallbackOf(given);
    return {
      source,
      fallback: fallback.filter((name) => name !== "world"),
      hasWorldFallback: fallback.includes("world"),
      // The British operator has direct emissions only.
      basis: given.basis ?? (source === "neso" ? "direct" : "lifecycle"),
      ...(given.cache === undefined ? {} : { cache: given.cache }),
      refreshIntervalMs: refresh_interval,
      gramsPerKwh: new Map(Object.entries(grams_per_kwh)),
      tier,
      files: (given.files ?? []).map(({ time_column, value_column, ...rest }) => ({
        ...rest,
        ...(time_column === undefined ? {} : { timeColumn: time_column }),
        ...(value_column === undefined ? {} : { valueColumn: value_column }),
      })),
      regions: new Map(Object.entries(given.regions)),
      providers: providersOf(given),
    };
  });

const DOES_NOT_GO = "does not go with the other settings here";

/** Sources in the order they are tried. */
export function chainOf({ source, fallback }: GridConfig): readonly GridSourceName[] {
  return [...new Set([source, ...fallback])];
}

/** Values of one's own and marginal ones stand alone unless told otherwise; others fall back to the yearly tables. */
function fallbackOf({ source, fallback }: Given): NonNullable<Given["fallback"]> {
  return fallback ?? (["static", "fixed", "watttime"].includes(source) ? [] : ["static"]);
}

function conflictsOf(given: Given): readonly { path: keyof Given; message: string }[] {
  const chain = new Set<string>([given.source, ...fallbackOf(given)]);
  const isMixed = chain.has("watttime") && chain.size > 1;
  const wrong = Object.keys(given.regions).filter((region) => !/^[^/]+\/[^/]+$/.test(region));
  return [
    ...ownKeyConflicts(given, chain.has("fixed"), ["grams_per_kwh", "tier"]),
    ...ownKeyConflicts(given, chain.has("csv"), ["files"]),
    ...(isMixed
      ? [
          {
            path: given.source === "watttime" ? ("fallback" as const) : ("source" as const),
            message: "watttime has marginal factors, which do not mix with average ones",
          },
        ]
      : []),
    ...wrong.map((region) => ({
      path: "regions" as const,
      message: `${JSON.stringify(region)} is not PROVIDER/REGION`,
    })),
  ];
}

/** Keys of one source: none may be there without it, and the first must be there with it. */
function ownKeyConflicts(
  given: Given,
  isUsed: boolean,
  keys: readonly (keyof Given)[],
): readonly { path: keyof Given; message: string }[] {
  const isGiven = (key: keyof Given): boolean => given[key] !== undefined;
  if (!isUsed) {
    return keys.filter(isGiven).map((path) => ({ path, message: DOES_NOT_GO }));
  }
  return keys
    .slice(0, 1)
    .filter((key) => !isGiven(key))
    .map((path) => ({ path, message: "is missing" }));
}

function providersOf(given: Given): GridConfig["providers"] {
  const names = ["electricity_maps", "watttime", "neso", "entso_e", "eia"] as const;
  return new Map(
    names.map((name) => {
      const { url: address, zones = {} } = given[name] ?? {};
      const reached = address === undefined ? {} : { url: address };
      return [name, { ...reached, zones: new Map(Object.entries(zones)) }];
    }),
  );
}
