import type { Encoding } from "@wattspan/otlp";
import type { Log } from "../log.ts";
import type { Signal } from "../receive/accept.ts";
import type { Telemetry } from "../telemetry.ts";
import { type BackendHealth, createBackendHealth } from "./backend-health.ts";
import {
  type ExporterSettings,
  type ResolvedSettings,
  resolveSettings,
} from "./exporter-options.ts";
import { createOutcomeLedger, type OutcomeLedger } from "./outcome-ledger.ts";
import { createSendLoop, type SendLoop } from "./send-loop.ts";
import { createSendQueue, type OnSettled, type SendQueue } from "./send-queue.ts";

/** Options of `createOtlpHttpExporter`. */
export interface OtlpHttpExporterOptions extends ExporterSettings {
  /** Names the backend in metrics and log lines. */
  readonly name: string;
  readonly telemetry: Telemetry;
  readonly log: Log;
  /** Wall clock in ms, for a Retry-After that is a date. */
  readonly now?: () => number;
  /** Clock that never jumps, ms. */
  readonly elapsedMs?: () => number;
  /** In [0, 1), spreads the retries. */
  readonly random?: () => number;
}

/** Sends requests to one backend from a bounded queue, several at a time, in no order. */
export interface OtlpHttpExporter {
  readonly name: string;
  /** Signals that have an endpoint; others are counted as dropped. */
  readonly signals: ReadonlySet<Signal>;
  /** Whether a signal has an endpoint, and the backend did not answer 404 there the last time. */
  takes(signal: Signal): boolean;
  /**
   * Takes over `body`; false where the queue is full or shut down, and the caller keeps it. `itemCount`: its spans, points
   * or records. A caller that is told keeps it until then: what is left at the end is not lost.
   */
  offer(
    signal: Signal,
    encoding: Encoding,
    body: Uint8Array,
    itemCount?: number,
    onSettled?: OnSettled,
  ): boolean;
  /** A full queue is this backend's loss alone. */
  readonly dropsWhenFull: boolean;
  /** False means that the next `offer` is taken, whatever its size. */
  isFull(): boolean;
  /** 0 when empty, 1 or more when full. */
  saturation(): number;
  isDown(): boolean;
  /** True when all that was offered before is settled within `withinMs`. */
  flush(withinMs: number): Promise<boolean>;
  /** Takes nothing more, sends for `withinMs`, then drops and counts the rest; safe twice. Gives the requests dropped. */
  shutdown(withinMs: number): Promise<{ readonly undelivered: number }>;
}

/** Ready at once; throws when the settings are wrong, listing all problems. */
export function createOtlpHttpExporter(options: OtlpHttpExporterOptions): OtlpHttpExporter {
  const { name, telemetry, log, elapsedMs = () => performance.now() } = options;
  const settings = resolveSettings(name, options);
  const queue = createSendQueue(settings.queue);
  const ledger = createOutcomeLedger({ backend: name, telemetry, log });
  const { downAfterMs } = settings;
  const health = createBackendHealth({ backend: name, log, downAfterMs, now: elapsedMs });
  const loop = createSendLoop({
    settings,
    queue,
    ledger,
    health,
    now: options.now ?? Date.now,
    elapsedMs,
    random: options.random ?? Math.random,
  });
  telemetry.observeQueue(name, () => ({
    bytes: queue.sizeBytes(),
    requests: queue.unsettled().length,
  }));
  return exporterOver({ name, settings, queue, ledger, health, loop, log });
}

interface Parts {
  readonly name: string;
  readonly settings: ResolvedSettings;
  readonly queue: SendQueue;
  readonly ledger: OutcomeLedger;
  readonly health: BackendHealth;
  readonly loop: SendLoop;
  readonly log: Log;
}

function exporterOver(parts: Parts): OtlpHttpExporter {
  const { name, settings, queue, ledger, health, loop, log } = parts;
  let stopped: Promise<{ undelivered: number }> | undefined;
  return {
    name,
    signals: new Set(settings.urls.keys()),
    dropsWhenFull: settings.dropsWhenFull,
    takes: (signal) => settings.urls.has(signal) && !loop.isMissing(signal),
    offer(signal, encoding, body, itemCount, onSettled) {
      if (stopped !== undefined) return false;
      const item = {
        signal,
        encoding,
        sizeBytes: body.byteLength,
        ...(itemCount === undefined ? {} : { itemCount }),
        ...(onSettled === undefined ? {} : { onSettled }),
        payload: body,
        isCompressed: false,
      };
      const isEmpty = body.byteLength === 0;
      const isMissing = !settings.urls.has(signal);
      if (isMissing && !isEmpty)
        ledger.dropped(item, "no_endpoint", "no endpoint is configured for this signal");
      if (isMissing || isEmpty) {
        void onSettled?.();
        return true;
      }
      if (!queue.offer(item)) {
        log.warn("queue is full", { about: name, bytes: queue.sizeBytes() });
        return false;
      }
      loop.pump();
      return true;
    },
    isFull: () => stopped !== undefined || queue.saturation() >= 1,
    saturation: queue.saturation,
    isDown: health.isDown,
    flush: (withinMs) => settlesWithin(queue, withinMs),
    shutdown(withinMs) {
      stopped ??= stop(parts, withinMs);
      return stopped;
    },
  };
}

async function stop(parts: Parts, withinMs: number): Promise<{ undelivered: number }> {
  const { queue, loop, ledger } = parts;
  loop.hurry();
  await settlesWithin(queue, withinMs);
  await loop.abort();
  const left = queue.unsettled().filter(({ onSettled }) => onSettled === undefined);
  for (const item of left) {
    ledger.dropped(item, "shutdown", "not delivered before the end");
    queue.settle(item);
  }
  return { undelivered: left.length };
}

function settlesWithin(queue: SendQueue, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    void queue.settled().then(() => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}
