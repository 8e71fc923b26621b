import { z } from "zod";

/** What is written about the process's own state. */
export interface LogConfig {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "plain" | "json";
}

/** Section `log`. */
export const logConfig: z.ZodType<LogConfig> = z
  .strictObject({
    level: z.enum(["debug", "info", "warn", "error"]).default("info"),
    format: z.enum(["plain", "json"]).default("plain"),
  })
  .prefault({});
