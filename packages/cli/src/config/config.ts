import type { SamplingOptions, SpoolSettings } from "@wattspan/gateway";
import { z } from "zod";
import { type AdminConfig, adminConfig } from "./admin.ts";
import { type AttributionConfig, attributionConfig } from "./attribution.ts";
import { type EngineConfig, enginesConfig } from "./engines.ts";
import { type ExportersConfig, exportersConfig } from "./exporters.ts";
import { type GridConfig, gridConfig } from "./grid.ts";
import { type JoinConfig, joinConfig } from "./join.ts";
import { type KafkaConfig, kafkaConfig } from "./kafka.ts";
import { type LogConfig, logConfig } from "./log.ts";
import { type MemoryConfig, memoryConfig } from "./memory.ts";
import { type MetersConfig, metersConfig } from "./meters.ts";
import { type MetricsConfig, metricsConfig } from "./metrics.ts";
import { type NodeConfig, nodesConfig } from "./nodes.ts";
import { type ReceiversConfig, receiversConfig } from "./receivers.ts";
import { samplingConfig } from "./sampling.ts";
import { type SitesConfig, sitesConfig } from "./sites.ts";
import { spoolConfig } from "./spool.ts";
import { type WorkerConfig, workersConfig } from "./workers.ts";

/** What configuration files say, with every default filled in. */
export interface FileConfig {
  readonly receivers: ReceiversConfig;
  readonly exporters: ExportersConfig;
  readonly nodes: readonly NodeConfig[];
  readonly workers: readonly WorkerConfig[];
  readonly grid: GridConfig;
  readonly attribution: AttributionConfig;
  readonly meters: MetersConfig;
  /** Engines whose counters the gateway reads itself. */
  readonly engines: readonly EngineConfig[];
  /** Which part of the traces arrives. */
  readonly sampling: SamplingOptions;
  readonly join: JoinConfig;
  /** How much each span says. */
  readonly attributes: "minimal" | "standard" | "full";
  /** Dimension name to the attribute keys it is read from, first found wins. */
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  /** Keys of attributes that are taken off before anything is held, written or sent. */
  readonly redact: readonly string[];
  /** Absent: what waits is lost with the process. */
  readonly spool?: SpoolSettings;
  readonly memory: MemoryConfig;
  readonly kafka: KafkaConfig;
  readonly sites: SitesConfig;
  readonly metrics: MetricsConfig;
  readonly admin: AdminConfig;
  readonly log: LogConfig;
}

/** A whole configuration: files first, then the environment, then defaults. */
export interface Config extends FileConfig {
  /** At least one. */
  readonly exporters: ExportersConfig;
  /** Who named the exporters. */
  readonly exportersFrom: "files" | "environment" | "default";
}

/** The configuration file; every key is optional and none may be unknown. */
export const fileConfig: z.ZodType<FileConfig> = z.strictObject({
  receivers: receiversConfig,
  exporters: exportersConfig,
  nodes: nodesConfig,
  workers: workersConfig,
  grid: gridConfig,
  attribution: attributionConfig,
  meters: metersConfig,
  engines: enginesConfig,
  sampling: samplingConfig,
  join: joinConfig,
  attributes: z.enum(["minimal", "standard", "full"]).default("standard"),
  dimensions: z
    .record(z.string().min(1), z.array(z.string().min(1)).min(1))
    .default({ tenant: ["tenant.id", "user.id"] }),
  redact: z.array(z.string().min(1)).default([]),
  spool: spoolConfig.exactOptional(),
  memory: memoryConfig,
  kafka: kafkaConfig,
  sites: sitesConfig,
  metrics: metricsConfig,
  admin: adminConfig,
  log: logConfig,
});
