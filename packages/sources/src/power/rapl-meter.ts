import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Instant, MeterSink, PowerMeter } from "@wattspan/footprint";
import { systemNow } from "./system-now.ts";

/** Options of `createRaplMeter`. */
export interface RaplMeterOptions {
  /** Default `/sys/class/powercap`. */
  readonly folder?: string;
  /** Default 200 ms; a counter of 262 kJ wraps every 15 minutes at 300 W. */
  readonly everyMs?: number;
  readonly now?: () => Instant;
}

/** One counter file in microjoules, made cumulative. */
interface Zone {
  readonly path: string;
  readonly rangeMicrojoules: number;
  last: number | undefined;
  total: number;
}

/** CPU packages with their memory, as the kernel's powercap tree has them (Intel and AMD RAPL). */
interface Package {
  readonly id: string;
  readonly zones: readonly Zone[];
}

/** Ids of the CPU packages whose counters this process may read; they are root's alone on most systems. */
export function raplPackages(folder = "/sys/class/powercap"): readonly string[] {
  return findPackages(folder).map(({ id }) => id);
}

/**
 * Reads RAPL: one device a CPU package, its memory included. A counter that falls has wrapped once; more than one
 * wrap between two readings cannot be seen.
 */
export function createRaplMeter(options: RaplMeterOptions = {}): PowerMeter {
  const now = options.now ?? systemNow;
  const folder = options.folder ?? "/sys/class/powercap";
  let packages: readonly Package[] = [];
  let sink: MeterSink | undefined;
  let timer: NodeJS.Timeout | undefined;

  function poll(): void {
    if (sink === undefined) return;
    try {
      const at = now();
      const readings = packages.map(({ id, zones }) => ({
        id,
        kind: "counter" as const,
        value: zones.reduce((sum, zone) => sum + advance(zone), 0) / 1e6,
        at,
      }));
      sink.onReadings(readings);
      sink.onFound();
    } catch (error) {
      sink.onLost((error as Error).message);
    }
  }

  return {
    name: "rapl",
    start(given) {
      sink = given;
      packages = findPackages(folder);
      if (packages.length === 0) {
        sink.onLost(`no readable energy_uj under ${folder}`);
        return;
      }
      sink.onDevices(packages.map(({ id }) => ({ id })));
      poll();
      timer = setInterval(poll, options.everyMs ?? 200).unref();
    },
    async flush() {
      poll();
    },
    async shutdown() {
      clearInterval(timer);
      sink = undefined;
    },
  };
}

function advance(zone: Zone): number {
  const value = readNumber(zone.path);
  const { last, rangeMicrojoules } = zone;
  if (last !== undefined) {
    zone.total += value >= last ? value - last : rangeMicrojoules - last + value;
  }
  zone.last = value;
  return zone.total;
}

/** `package-*` zones and the `dram` zones in them; `psys`, `core` and `uncore` overlap them. */
function findPackages(folder: string): readonly Package[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder).sort();
  } catch {
    return [];
  }
  return names
    .filter((name) => /^[a-z-]+:\d+$/.test(name))
    .flatMap((name): Package[] => {
      const id = readText(join(folder, name, "name"));
      const zone = readZone(join(folder, name));
      if (zone === undefined || !id?.startsWith("package-")) return [];
      const memory = names
        .filter((inner) => inner.startsWith(`${name}:`))
        .filter((inner) => readText(join(folder, inner, "name")) === "dram")
        .map((inner) => readZone(join(folder, inner)))
        .filter((inner) => inner !== undefined);
      return [{ id, zones: [zone, ...memory] }];
    });
}

function readZone(folder: string): Zone | undefined {
  const path = join(folder, "energy_uj");
  try {
    readNumber(path);
    const rangeMicrojoules = readNumber(join(folder, "max_energy_range_uj"));
    return { path, rangeMicrojoules, last: undefined, total: 0 };
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}

function readNumber(path: string): number {
  const value = Number(readFileSync(path, "utf8"));
  if (!Number.isFinite(value)) throw new Error(`${path} holds no number`);
  return value;
}
