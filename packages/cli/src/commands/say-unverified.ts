import type { Log } from "@wattspan/gateway";
import { gridWarnings } from "../config/check-grid.ts";
import { meterWarnings } from "../config/check-meters.ts";
import type { FileConfig } from "../config/config.ts";

/** Says of every source in use that was never tried on what the real thing says, once each. */
export function sayUnverified(config: FileConfig, log: Log): void {
  for (const { path, message } of [...meterWarnings(config), ...gridWarnings(config)]) {
    log.warn(message, { about: path });
  }
}
