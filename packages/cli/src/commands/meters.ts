import { setTimeout as sleep } from "node:timers/promises";
import { meterProblems } from "../config/check-meters.ts";
import { parseDurationMs } from "../config/duration.ts";
import { describeMeters, isComplete, type MetersReport } from "../describe-meters.ts";
import { type CommandSpec, parseOptions } from "../parse-args.ts";
import { startMeters } from "../start-meters.ts";
import { printMeters } from "./print-meters.ts";
import { readConfig } from "./read-config.ts";
import type { Streams } from "./streams.ts";

const LOOK_MS = 50;

const metersCommand: CommandSpec = {
  name: "meters",
  summary: "Reads the configured meters for a moment: devices, sources, update periods and watts.",
  options: {
    config: {
      type: "string",
      isRepeatable: true,
      valueName: "FILE",
      summary: "A configuration file; later files go over earlier ones.",
    },
    wait: {
      type: "string",
      valueName: "TIME",
      summary: "How long to wait for readings, default 10s; a counter needs two.",
    },
    json: { type: "boolean", summary: "Writes one JSON object instead of text." },
  },
};

/** `wattspan meters`: 0 where every source answered, 1 where one did not or none is configured, 2 usage. */
export async function runMeters(args: readonly string[], streams: Streams): Promise<number> {
  const options = parseOptions(args, metersCommand);
  if (options.status === "help") {
    streams.stdout(options.text);
    return 0;
  }
  const waitMs =
    options.status === "parsed" ? parseDurationMs(options.strings.get("wait")?.[0] ?? "10s") : 0;
  if (options.status === "usage" || waitMs === undefined) {
    streams.stderr(options.status === "usage" ? options.text : "--wait is no duration, e.g. 10s\n");
    return 2;
  }
  const config = await readConfig(options.strings.get("config") ?? [], streams, meterProblems);
  if (config === undefined) return 1;
  if (config.meters.sources.length === 0) {
    streams.stderr("wattspan meters: no meters.sources are configured\n");
    return 1;
  }
  const fleet = startMeters(config, () => {});
  let report: MetersReport = describeMeters(fleet);
  for (const until = Date.now() + waitMs; Date.now() < until && !isComplete(report); ) {
    await sleep(LOOK_MS);
    report = describeMeters(fleet);
  }
  await fleet.shutdown();
  if (options.flags.has("json")) streams.stdout(`${JSON.stringify(report, null, 2)}\n`);
  else printMeters(report, streams.stdout);
  return report.sources.every(({ state }) => state === "found") ? 0 : 1;
}
