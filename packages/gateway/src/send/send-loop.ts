import { setMaxListeners } from "node:events";
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "../receive/accept.ts";
import type { BackendHealth } from "./backend-health.ts";
import { compress } from "./compress.ts";
import type { ResolvedSettings } from "./exporter-options.ts";
import { type Judgement, judgeResult } from "./judge-result.ts";
import type { OutcomeLedger } from "./outcome-ledger.ts";
import { createPause, type Pause } from "./pause.ts";
import { post } from "./post.ts";
import { backoffMs } from "./retry-policy.ts";
import type { SendItem, SendQueue } from "./send-queue.ts";
import { tlsOptionsOf } from "./tls-options.ts";
import { version } from "./version.ts";

/** Takes requests from the queue and sends each until it is settled. */
export interface SendLoop {
  /** Starts sending what waits, as far as the concurrency allows. */
  pump(): void;
  /** Ends the backoffs of now; a pause the backend asked for stays. */
  hurry(): void;
  /** Whether the backend's last word on a signal was that it has no such path (404). */
  isMissing(signal: Signal): boolean;
  /** Breaks off what is on the wire, unsettled; resolves when nothing runs and the connections are closed. */
  abort(): Promise<void>;
}

/** Options of `createSendLoop`; both clocks in ms, `random` in [0, 1). */
export interface SendLoopOptions {
  readonly settings: ResolvedSettings;
  readonly queue: SendQueue;
  readonly ledger: OutcomeLedger;
  readonly health: BackendHealth;
  readonly now: () => number;
  readonly elapsedMs: () => number;
  readonly random: () => number;
}

/** An idle loop. */
export function createSendLoop(options: SendLoopOptions): SendLoop {
  const { settings, queue } = options;
  const state = openState(options);
  const running = new Set<Promise<void>>();
  const pump = (): void => {
    while (running.size < settings.concurrency && !state.abort.signal.aborted) {
      const item = queue.take();
      if (!item) return;
      const sending = deliver(state, item)
        .catch((error: unknown) => settleDropped(state, item, "failed", String(error)))
        .then(() => {
          running.delete(sending);
          pump();
        });
      running.add(sending);
    }
  };
  return {
    pump,
    hurry: state.pause.wakeAll,
    isMissing: (signal) => state.missing.has(signal),
    async abort() {
      state.abort.abort();
      state.pause.wakeAll();
      await Promise.all(running);
      state.http.destroy();
      state.https.destroy();
    },
  };
}

interface State extends SendLoopOptions {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  readonly abort: AbortController;
  readonly pause: Pause;
  /** Signals without a path at the backend. */
  readonly missing: Set<Signal>;
  /** The backend asked for silence until then, on the clock `elapsedMs`. */
  silentUntilMs: number;
}

function openState(options: SendLoopOptions): State {
  const pool = { keepAlive: true, maxSockets: options.settings.concurrency };
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  return {
    ...options,
    http: new HttpAgent(pool),
    https: new HttpsAgent({ ...pool, ...tlsOptionsOf(options.settings.tls) }),
    abort,
    pause: createPause(),
    missing: new Set(),
    silentUntilMs: 0,
  };
}

async function deliver(state: State, item: SendItem): Promise<void> {
  const { settings, pause } = state;
  if (settings.compression === "gzip") await compress(item);
  const startedMs = state.elapsedMs();
  for (let failures = 1; ; failures += 1) {
    await keepSilence(state);
    if (state.abort.signal.aborted) return;
    const judgement = await attempt(state, item);
    if (judgement.status !== "retryable") {
      await conclude(state, item, judgement);
      return;
    }
    if (state.abort.signal.aborted) return;
    if (!(await mayRetry(state, item, judgement, startedMs))) return;
    await pause.sleep(backoffMs(settings.retry, failures, state.random()));
  }
}

async function conclude(
  state: State,
  item: SendItem,
  judgement: Exclude<Judgement, { status: "retryable" }>,
): Promise<void> {
  const { health, ledger, pause } = state;
  if (judgement.status === "delivered") {
    state.missing.delete(item.signal);
    ledger.delivered(item, judgement.partial, judgement.isGarbled);
    if (health.succeeded()) pause.wakeAll();
    await settle(state, item);
    return;
  }
  const { httpStatus } = judgement;
  if (httpStatus === 404) state.missing.add(item.signal);
  // Many backends take traces and nothing else, and work.
  const isNoPath = httpStatus === 404 && item.signal !== "traces";
  if (!isAboutTheBody(httpStatus) && !isNoPath) health.failed(judgement.message);
  await settleDropped(state, item, "backend_refused", judgement.message);
}

async function mayRetry(
  state: State,
  item: SendItem,
  failure: Extract<Judgement, { status: "retryable" }>,
  startedMs: number,
): Promise<boolean> {
  const { settings, health, ledger, elapsedMs } = state;
  health.failed(failure.message);
  if (elapsedMs() - startedMs >= settings.retry.maxElapsedMs) {
    await settleDropped(state, item, "retries_exhausted", failure.message);
    return false;
  }
  ledger.retried(item, failure.reason);
  if (failure.retryAfterMs !== undefined)
    state.silentUntilMs = Math.max(state.silentUntilMs, elapsedMs() + failure.retryAfterMs);
  return true;
}

async function keepSilence(state: State): Promise<void> {
  for (;;) {
    const leftMs = state.silentUntilMs - state.elapsedMs();
    if (leftMs <= 0 || state.abort.signal.aborted) return;
    await state.pause.sleep(leftMs);
  }
}

const contentTypes: Readonly<Record<Encoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

const maxReplyBytes = 4 * 1024 * 1024;

async function attempt(state: State, item: SendItem): Promise<Judgement> {
  const { settings } = state;
  const url = settings.urls.get(item.signal);
  if (!url) return { status: "refused", httpStatus: 0, message: "no endpoint" };
  const result = await post({
    url,
    agent: url.protocol === "https:" ? state.https : state.http,
    headers: {
      "user-agent": `wattspan/${version}`,
      ...settings.headers,
      "content-type": contentTypes[item.encoding],
      ...(item.isCompressed ? { "content-encoding": "gzip" } : {}),
    },
    body: item.payload,
    timeoutMs: settings.timeoutMs,
    maxReplyBytes,
    abort: state.abort.signal,
  });
  return judgeResult(result, state.now());
}

// Other refusals, such as 401 or 404, meet every request.
function isAboutTheBody(httpStatus: number): boolean {
  return httpStatus === 400 || httpStatus === 413;
}

function settleDropped(
  state: State,
  item: SendItem,
  reason: "backend_refused" | "retries_exhausted" | "failed",
  message: string,
): Promise<void> {
  state.ledger.dropped(item, reason, message);
  return settle(state, item);
}

async function settle({ queue }: State, item: SendItem): Promise<void> {
  await item.onSettled?.();
  queue.settle(item);
}
