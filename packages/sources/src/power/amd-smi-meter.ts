import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Instant, PowerMeter } from "@wattspan/footprint";
import { type AmdSmiSample, parseAmdSmiList, parseAmdSmiMetric } from "./amd-smi-json.ts";
import type { PlacedReading, PlacedSink } from "./meter-table.ts";
import { createPolled } from "./polled.ts";
import { systemNow } from "./system-now.ts";
import { type CounterTrust, createCounterTrust } from "./trust-counter.ts";

const run = promisify(execFile);

/** Options of `createAmdSmiMeter`. */
export interface AmdSmiMeterOptions {
  /** Default `amd-smi`, found on the path. */
  readonly command?: string;
  /** Default 1 s; each reading starts a process. */
  readonly intervalMs?: number;
  readonly timeoutMs?: number;
  readonly now?: () => Instant;
}

/**
 * Reads AMD devices of this machine with `amd-smi metric --json`: the energy counter once it was found to agree with
 * power, else power. A die without values of its own (every second one of an MI250) is no device. Unverified.
 */
export function createAmdSmiMeter(options: AmdSmiMeterOptions = {}): PowerMeter {
  const now = options.now ?? systemNow;
  const command = options.command ?? "amd-smi";
  const trusts = new Map<number, CounterTrust>();
  const lastJoules = new Map<number, number>();
  let ids: ReadonlyMap<number, string> = new Map();

  async function ask(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(command, [...args, "--json"], {
      timeout: options.timeoutMs ?? 5000,
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  }

  async function read(sinkNow: () => PlacedSink | undefined): Promise<boolean> {
    try {
      if (ids.size === 0) {
        ids = parseAmdSmiList(await ask("list"));
        sinkNow()?.onDevices([...ids.values()].map((id) => ({ id })));
      }
      const asked = now();
      const samples = parseAmdSmiMetric(await ask("metric", "--power", "--energy"));
      const at = now();
      const readings = samples.flatMap((sample) => readingOf(sample, asked, at) ?? []);
      const hasValues = samples.some(
        ({ gpu, joules, watts }) => ids.has(gpu) && (joules ?? watts) !== undefined,
      );
      if (!hasValues) throw new Error(`${command} gives no power or energy`);
      if (readings.length > 0) sinkNow()?.onReadings(readings);
      sinkNow()?.onFound();
      return true;
    } catch (error) {
      sinkNow()?.onLost((error as Error).message.split("\n")[0] ?? "");
      return false;
    }
  }

  function readingOf(
    { gpu, joules, watts }: AmdSmiSample,
    asked: Instant,
    at: Instant,
  ): PlacedReading | undefined {
    const id = ids.get(gpu);
    if (id === undefined) return undefined;
    const place = {
      id,
      scope: "gpu",
      nodeNames: [],
      table: "amd-smi",
      earliest: asked,
      at,
    } as const;
    const trust = trusts.get(gpu) ?? createCounterTrust();
    trusts.set(gpu, trust);
    if (joules !== undefined && watts !== undefined) trust.add(joules, watts, at);
    if (joules !== undefined && trust.verdict !== "broken") {
      // A counter without power beside it cannot be checked and is believed.
      if (watts !== undefined && trust.verdict === "undecided") return undefined;
      if (lastJoules.get(gpu) === joules) return undefined;
      lastJoules.set(gpu, joules);
      return { ...place, kind: "counter", value: joules };
    }
    return watts === undefined ? undefined : { ...place, kind: "power", value: watts };
  }

  return createPolled("amd-smi", options.intervalMs ?? 1000, read);
}
