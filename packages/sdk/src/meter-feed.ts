import { instantOfMs, type MeterSink } from "@wattspan/footprint";
import { createClockWatch } from "./clock-watch.ts";
import type { ResolvedOptions } from "./footprint-options.ts";
import type { WorkerLedger } from "./worker-ledger.ts";

/** Longest that a flush waits for the meter, ms. */
const FLUSH_MS = 2000;

/** The meter of a worker and its clock, bound to the ledger; none of its calls throws. */
export interface MeterFeed {
  start(): void;
  noteOpenPhases(count: number): void;
  /** Marks figures around a step of the wall clock. */
  checkClock(): void;
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Creates the feed of `options.meter`; without one it does nothing. */
export function createMeterFeed(options: ResolvedOptions, ledger: WorkerLedger): MeterFeed {
  const { meter, log, now } = options;
  // A clock that is not the system's is its owner's concern.
  const stepped =
    now === Date.now ? createClockWatch(now, () => performance.now()) : () => undefined;
  let isLost = false;
  let noted = 0;

  const sink: MeterSink = {
    onDevices: (devices) => ledger.addDevices(devices),
    onReadings: (readings) => ledger.addReadings(readings, now()),
    onSharedUse: (use) => ledger.addSharedUse(use),
    onLost(reason) {
      if (isLost) return;
      isLost = true;
      log("error", `meter ${meter?.name} gives no readings: ${reason}`);
    },
    onFound() {
      if (!isLost) return;
      isLost = false;
      log("warn", `meter ${meter?.name} gives readings again`);
    },
  };

  async function quietly(work: Promise<void> | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FLUSH_MS);
    });
    try {
      await Promise.race([work, late]);
    } catch (error) {
      sink.onLost(error instanceof Error ? error.message : String(error));
    }
    clearTimeout(timer);
  }

  return {
    start() {
      try {
        meter?.start(sink);
      } catch (error) {
        sink.onLost(error instanceof Error ? error.message : String(error));
      }
    },
    noteOpenPhases(count) {
      if (count === noted) return;
      noted = count;
      meter?.noteOpenPhases?.(count, instantOfMs(now()));
    },
    checkClock() {
      const step = stepped();
      if (step === undefined) return;
      ledger.mark("clock_step", instantOfMs(step.fromMs), instantOfMs(step.toMs));
      log(
        "warn",
        `the clock stepped by ${Math.round(step.stepMs)} ms: figures around it are partial`,
      );
    },
    flush: () => (meter === undefined ? Promise.resolve() : quietly(meter.flush())),
    shutdown: () => (meter === undefined ? Promise.resolve() : quietly(meter.shutdown())),
  };
}
