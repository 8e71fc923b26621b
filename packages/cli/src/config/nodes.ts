import type { HostRule, MarketFactor, WaterUse } from "@wattspan/footprint";
import type { Price } from "@wattspan/gateway";
import type { BoardInstance } from "@wattspan/sources";
import { z } from "zod";
import { unixNano } from "./instant-text.ts";

/** A device of a machine; watts override those of its model. */
export interface DeviceConfig {
  readonly id: string;
  readonly model?: string;
  readonly idleWatts?: number;
  readonly maxWatts?: number;
  readonly maxTokensPerSecond?: number;
  /** Parts of a board that has the only meter. */
  readonly instances?: readonly BoardInstance[];
}

/** A machine: where it stands, and what meters it has. */
export interface NodeConfig {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly zone?: string;
  /** Where `zone` is not given, the zone comes from the cloud region, else from the country. */
  readonly cloudProvider?: string;
  readonly cloudRegion?: string;
  readonly country?: string;
  readonly pue?: number;
  readonly water?: WaterUse;
  readonly market?: MarketFactor;
  readonly ghgScope?: 2 | 3.1;
  readonly price?: Price;
  readonly devices: readonly DeviceConfig[];
  /** CPUs and memory with meters, shared by the phases on the machine. */
  readonly host?: { readonly devices: readonly DeviceConfig[]; readonly rule: HostRule };
}

const text = z.string().min(1);

const instance = z
  .strictObject({
    id: text,
    profile: z
      .string()
      .regex(/^[1-9]g\./, "not a MIG profile such as 1g.6gb")
      .exactOptional(),
    slices: z.int().positive().exactOptional(),
    gpu_instance: z.union([z.int().nonnegative(), text]).exactOptional(),
  })
  .refine(({ profile, slices }) => (profile === undefined) !== (slices === undefined), {
    message: "has either a profile, such as 1g.6gb, or slices",
  })
  .transform(
    ({ id, profile = "", slices, gpu_instance }): BoardInstance => ({
      id,
      slices: slices ?? Number(profile[0]),
      ...(gpu_instance === undefined ? {} : { gpuInstance: String(gpu_instance) }),
    }),
  );

const device = z
  .strictObject({
    id: text,
    model: text.exactOptional(),
    idle_watts: z.number().nonnegative().exactOptional(),
    max_watts: z.number().positive().exactOptional(),
    max_tokens_per_second: z.number().positive().exactOptional(),
    instances: z.array(instance).min(1).exactOptional(),
  })
  .transform(
    ({ id, model, idle_watts, max_watts, max_tokens_per_second, instances }): DeviceConfig => ({
      id,
      ...(instances === undefined ? {} : { instances }),
      ...(model === undefined ? {} : { model }),
      ...(idle_watts === undefined ? {} : { idleWatts: idle_watts }),
      ...(max_watts === undefined ? {} : { maxWatts: max_watts }),
      ...(max_tokens_per_second === undefined ? {} : { maxTokensPerSecond: max_tokens_per_second }),
    }),
  );

const hostDevice = z
  .strictObject({
    id: text,
    idle_watts: z.number().nonnegative().exactOptional(),
    max_watts: z.number().positive().exactOptional(),
  })
  .transform(
    ({ id, idle_watts, max_watts }): DeviceConfig => ({
      id,
      ...(idle_watts === undefined ? {} : { idleWatts: idle_watts }),
      ...(max_watts === undefined ? {} : { maxWatts: max_watts }),
    }),
  );

const market = z
  .strictObject({
    g_per_kwh: z.number().nonnegative(),
    instrument: text,
    valid_to: unixNano.exactOptional(),
  })
  .transform(
    ({ g_per_kwh, instrument, valid_to }): MarketFactor => ({
      gramsPerKwh: g_per_kwh,
      instrument,
      ...(valid_to === undefined ? {} : { validToUnixNano: valid_to }),
    }),
  );

const water = z
  .strictObject({
    site_l_per_kwh: z.number().nonnegative(),
    grid_l_per_kwh: z.number().nonnegative(),
  })
  .transform(
    ({ site_l_per_kwh, grid_l_per_kwh }): WaterUse => ({
      siteLitresPerKwh: site_l_per_kwh,
      gridLitresPerKwh: grid_l_per_kwh,
    }),
  );

const price = z
  .strictObject({
    currency: z.string().regex(/^[A-Z]{3}$/, "not an ISO 4217 code such as EUR"),
    per_kwh: z.number().nonnegative(),
  })
  .transform(({ currency, per_kwh }): Price => ({ currency, perKwh: per_kwh }));

/** Section `nodes`. */
export const nodesConfig: z.ZodType<readonly NodeConfig[]> = z
  .array(
    z
      .strictObject({
        name: text,
        aliases: z.array(text).default([]),
        zone: text.exactOptional(),
        cloud_provider: text.exactOptional(),
        cloud_region: text.exactOptional(),
        country: z
          .string()
          .regex(/^[A-Za-z]{2,3}$/, "not an ISO 3166 code of two or three letters")
          .exactOptional(),
        pue: z.number().exactOptional(),
        water: water.exactOptional(),
        market: market.exactOptional(),
        ghg_scope: z.literal([2, 3.1]).exactOptional(),
        price: price.exactOptional(),
        devices: z.array(device).default([]),
        host: z
          .strictObject({
            devices: z.array(hostDevice).min(1),
            rule: z.enum(["weight", "time"]).default("weight"),
          })
          .exactOptional(),
      })
      .transform(
        ({ cloud_provider, cloud_region, ghg_scope, ...node }): NodeConfig => ({
          ...node,
          ...(ghg_scope === undefined ? {} : { ghgScope: ghg_scope }),
          ...(cloud_provider === undefined ? {} : { cloudProvider: cloud_provider }),
          ...(cloud_region === undefined ? {} : { cloudRegion: cloud_region }),
        }),
      ),
  )
  .default([]);
