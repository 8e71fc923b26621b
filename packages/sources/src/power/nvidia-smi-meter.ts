import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import {
  type DeviceReading,
  elapsedNs,
  type Instant,
  type MeteredDevice,
  type MeterSink,
  type PowerMeter,
} from "@wattspan/footprint";
import { parseNvidiaSmiCsv } from "./nvidia-smi-csv.ts";
import { createPowerTimer, type PowerTimer } from "./power-sensor.ts";
import { systemNow } from "./system-now.ts";

/** Fields asked for, with the instant power where the driver knows it and without. */
const HEAD = ["timestamp", "uuid", "name", "enforced.power.limit"] as const;
const MODERN = [...HEAD, "power.draw.instant", "power.draw"] as const;
const OLD = [...HEAD, "power.draw"] as const;
/** A row's own time is not believed further than this from its arrival, ns. */
const MAX_SKEW_NS = 5e9;
const FIRST_RESTART_MS = 1000;
const LAST_RESTART_MS = 30_000;

/** Options of `createNvidiaSmiMeter`. */
export interface NvidiaSmiMeterOptions {
  /** Default `nvidia-smi`, found on the path. */
  readonly command?: string;
  /** Default 100 ms, the sensor's own period. */
  readonly everyMs?: number;
  /** Wait before the first restart of a failed child; doubles up to 30 s. Default 1 s. */
  readonly restartMs?: number;
  readonly now?: () => Instant;
}

/**
 * Reads power from one long-lived `nvidia-smi --loop-ms` child, which is started again when it ends. It gives watts
 * only: there is no energy field.
 */
export function createNvidiaSmiMeter(options: NvidiaSmiMeterOptions = {}): PowerMeter {
  const now = options.now ?? systemNow;
  const command = options.command ?? "nvidia-smi";
  const firstRestartMs = options.restartMs ?? FIRST_RESTART_MS;
  const known = new Map<string, MeteredDevice>();
  /** Devices that have an instant power keep to it. */
  const instant = new Set<string>();
  const timers = new Map<string, PowerTimer>();
  const waiting = new Set<() => void>();
  let fields: readonly string[] = MODERN;
  let sink: MeterSink | undefined;
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let restartMs = firstRestartMs;
  let complaint = "";

  function launch(): void {
    complaint = "";
    const args = [
      `--query-gpu=${fields.join(",")}`,
      "--format=csv,noheader,nounits",
      `--loop-ms=${options.everyMs ?? 100}`,
    ];
    const started = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // Rows have local times without a zone.
      env: { ...process.env, TZ: "UTC" },
    });
    child = started;
    let isOver = false;
    const finish = (reason: string): void => {
      if (isOver) return;
      isOver = true;
      if (child === started) child = undefined;
      relaunch(complaint === "" ? reason : complaint);
    };
    started.on("error", (error) => finish(error.message));
    started.on("close", (code, signal) => finish(`${command} ended with ${signal ?? code}`));
    started.unref();
    for (const pipe of [started.stdout, started.stderr]) {
      (pipe as unknown as { unref?(): void }).unref?.();
      createInterface({ input: pipe }).on("line", take);
    }
  }

  function relaunch(reason: string): void {
    if (sink === undefined) return;
    if (fields === MODERN && /not a valid field/i.test(reason)) {
      fields = OLD;
      launch();
      return;
    }
    sink.onLost(reason);
    settle();
    timer = setTimeout(launch, restartMs).unref();
    restartMs = Math.min(LAST_RESTART_MS, restartMs * 2);
  }

  function take(line: string): void {
    if (sink === undefined) return;
    const reading = readRow(line);
    if (reading === undefined) {
      if (line.trim() !== "") complaint = line.trim();
      return;
    }
    restartMs = firstRestartMs;
    note(line, reading.id);
    const time = timerOf(reading.id)(reading.at);
    if (time !== undefined) sink.onReadings([{ ...reading, ...time }]);
    sink.onFound();
    settle();
  }

  /** The timer of a device that is noted. */
  function timerOf(id: string): PowerTimer {
    const field = instant.has(id) ? "instant" : "average";
    const key = `${field} ${id}`;
    const timer = timers.get(key) ?? createPowerTimer(field, known.get(id)?.model);
    timers.set(key, timer);
    return timer;
  }

  function readRow(line: string): DeviceReading | undefined {
    const uuid = line.split(",")[1]?.trim() ?? "";
    const columns = instant.has(uuid)
      ? fields.map((field) => (field === "power.draw" ? "unused" : field))
      : fields;
    const parsed = parseNvidiaSmiCsv(line, { node: "-", columns, utcOffsetMinutes: 0 });
    const found = parsed.readings[0];
    if (found === undefined) return undefined;
    const instantText = line.split(",")[HEAD.length];
    if (fields === MODERN && Number.isFinite(Number(instantText))) instant.add(uuid);
    const arrived = now();
    const isBelieved = Math.abs(elapsedNs(found.at, arrived)) < MAX_SKEW_NS;
    const at = isBelieved ? found.at : arrived;
    return { id: uuid, kind: "power", value: found.value, at };
  }

  function note(line: string, id: string): void {
    if (known.has(id)) return;
    const cells = line.split(",").map((cell) => cell.trim());
    const maxWatts = Number(cells[3]);
    known.set(id, {
      id,
      ...(cells[2] ? { model: cells[2] } : {}),
      ...(maxWatts > 0 ? { maxWatts } : {}),
    });
    sink?.onDevices([...known.values()]);
  }

  function settle(): void {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }

  return {
    name: "nvidia-smi",
    start(given) {
      sink = given;
      launch();
    },
    /** Waits for the next row. */
    flush() {
      if (child === undefined) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.add(resolve);
      });
    },
    async shutdown() {
      sink = undefined;
      clearTimeout(timer);
      settle();
      child?.kill();
    },
  };
}
