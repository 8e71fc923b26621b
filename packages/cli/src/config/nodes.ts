import { z } from "zod";

/** A device of a machine; watts override those of its model. */
export interface DeviceConfig {
  readonly id: string;
  readonly model?: string;
  readonly idleWatts?: number;
  readonly maxWatts?: number;
  readonly maxTokensPerSecond?: number;
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
  readonly devices: readonly DeviceConfig[];
}

const text = z.string().min(1);

const device = z
  .strictObject({
    id: text,
    model: text.exactOptional(),
    idle_watts: z.number().nonnegative().exactOptional(),
    max_watts: z.number().positive().exactOptional(),
    max_tokens_per_second: z.number().positive().exactOptional(),
  })
  .transform(
    ({ id, model, idle_watts, max_watts, max_tokens_per_second }): DeviceConfig => ({
      id,
      ...(model === undefined ? {} : { model }),
      ...(idle_watts === undefined ? {} : { idleWatts: idle_watts }),
      ...(max_watts === undefined ? {} : { maxWatts: max_watts }),
      ...(max_tokens_per_second === undefined ? {} : { maxTokensPerSecond: max_tokens_per_second }),
    }),
  );

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
        devices: z.array(device).default([]),
      })
      .transform(
        ({ cloud_provider, cloud_region, ...node }): NodeConfig => ({
          ...node,
          ...(cloud_provider === undefined ? {} : { cloudProvider: cloud_provider }),
          ...(cloud_region === undefined ? {} : { cloudRegion: cloud_region }),
        }),
      ),
  )
  .default([]);
