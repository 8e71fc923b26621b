import { mock } from "node:test";
import type { TracerProvider } from "@opentelemetry/sdk-trace";
import type { Request, StartRequest } from "./requests.ts";
import type { Worker } from "./workers.ts";

const STEP_MS = 50;
const BASE_MS = Date.UTC(2026, 10, 24);
const PREFILL_STEPS = 4;
const REQUEST_STEPS = 40;

/** How long a run is and how fast requests come. */
export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

interface Running {
  readonly request: Request;
  /** How far into a step its events are, ms: no two at one time, as in life. */
  readonly offsetMs: number;
  steps: number;
}

/** Plays requests at a steady rate in virtual time until all is exported; CPU microseconds of all of it. */
export async function runWorker(
  createWorker: () => Worker,
  createRequests: (provider: TracerProvider) => StartRequest,
  { perSecond, seconds }: Load,
): Promise<number> {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: BASE_MS });
  const clock = startVirtualClock();
  const worker = createWorker();
  const start = createRequests(worker.provider);
  let running: Running[] = [];
  let started = 0;
  const began = process.cpuUsage();
  for (let ms = 0; ms < seconds * 1000; ms += STEP_MS) {
    mock.timers.tick(STEP_MS);
    clock.tick();
    worker.read();
    const from = Date.now() - STEP_MS;
    running = running.filter((each) => !advance(each, from));
    for (; started < (ms / 1000) * perSecond; started++) {
      const offsetMs = (started * 0.618_034 * STEP_MS) % STEP_MS;
      running.push({ request: start(from + offsetMs), offsetMs, steps: 0 });
    }
    // Batches are exported between steps.
    await new Promise((resolve) => setImmediate(resolve));
    await worker.exporter.idle();
  }
  for (const { request } of running) request.end(Date.now());
  mock.timers.reset();
  await worker.provider.shutdown();
  const { user, system } = process.cpuUsage(began);
  clock.stop();
  return user + system;
}

/** One more step; whether the request has ended. */
function advance(running: Running, fromMs: number): boolean {
  const atMs = fromMs + running.offsetMs;
  running.steps++;
  if (running.steps === PREFILL_STEPS) running.request.firstToken(atMs);
  if (running.steps < REQUEST_STEPS) return false;
  running.request.end(atMs);
  return true;
}

/** The monotonic clock keeps up with the mocked one, and goes on inside a step. */
function startVirtualClock(): { tick(): void; stop(): void } {
  const real = performance.now.bind(performance);
  let virtualMs = real();
  let stepMs = virtualMs;
  performance.now = () => virtualMs + Math.min(STEP_MS, real() - stepMs);
  return {
    tick() {
      virtualMs += STEP_MS;
      stepMs = real();
    },
    stop() {
      performance.now = real;
    },
  };
}
