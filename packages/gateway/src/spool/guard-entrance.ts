import type { Log } from "../log.ts";
import { type Accept, busy, type Signal, type Verdict } from "../receive/accept.ts";
import { countItems } from "../receive/count-items.ts";
import type { Telemetry } from "../telemetry.ts";
import type { GroupCommit } from "./group-commit.ts";
import { type Tables, usedBytesOf } from "./open-tables.ts";
import { createRememberedRequests } from "./remember-requests.ts";

/** Takes requests while there is room for them, and acknowledges them once they are safe. */
export interface Guard {
  guard(accept: Accept): Accept;
  isFull(): boolean;
  /** Tries again what could not be written, and forgets requests that no sender repeats any more. */
  tick(nowMs: number): void;
}

/** Options of `createGuard`; `directory` names the spool in log lines. */
export interface GuardOptions {
  readonly tables: Tables;
  readonly group: GroupCommit;
  readonly maxBytes: number;
  readonly directory: string;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** After a failed write it is tried again this often, ms. */
const RETRY_MS = 1000;
/** Most bytes that wait to be written: what comes faster than the disk takes it. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
/** Senders repeat a request for so long; the Collector gives up after 5 minutes. */
const REMEMBER_MS = 600_000;

/** Creates the guard of one spool. */
export function createGuard(options: GuardOptions): Guard {
  const { tables, group, maxBytes, directory, telemetry, log } = options;
  const remembered = createRememberedRequests(tables.of.received, group);
  let wasFull = false;
  let triedMs = 0;

  function isFull(): boolean {
    const pending = group.pendingBytes;
    const full = pending >= MAX_PENDING_BYTES || usedBytesOf(tables) + pending >= maxBytes;
    if (full && !wasFull)
      log.warn("the spool is full: senders are told to wait", { about: directory });
    wasFull = full;
    return full;
  }

  function mayWrite(nowMs: number): boolean {
    if (group.failure === undefined) return true;
    if (nowMs - triedMs < RETRY_MS) return false;
    triedMs = nowMs;
    return true;
  }

  const unwritable = (reason: string | undefined): Verdict =>
    busy(`the spool cannot be written: ${reason}`);

  function refuse({ message }: Error): Verdict {
    log.warn("the spool cannot be written", { about: directory, error: message });
    return unwritable(message);
  }

  function again(signal: Signal, items: number): void {
    telemetry.droppedItems.add({ signal, reason: "repeated" }, items);
  }

  return {
    isFull,
    guard: (accept) => (signal, encoding, body) => {
      const nowMs = Date.now();
      if (isFull()) return busy("the spool is full");
      if (!mayWrite(nowMs)) return unwritable(group.failure);
      const seal = remembered.sealOf(signal, body);
      const before = remembered.verdictOn(seal);
      if (before !== undefined) {
        again(signal, countItems(signal, encoding, body));
        return before;
      }
      const verdict = accept(signal, encoding, body);
      if (verdict instanceof Promise || verdict.status !== "accepted") return verdict;
      const safe = group.safe().then(() => verdict, refuse);
      // What was left out of it was counted, and the sender told: only whole requests are known again.
      if (verdict.rejected === 0) remembered.remember(seal, nowMs, safe);
      return safe;
    },
    tick(nowMs) {
      if (mayWrite(nowMs)) group.retry();
      remembered.forgetBefore(nowMs - REMEMBER_MS);
    },
  };
}
