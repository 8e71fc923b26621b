import { createHash } from "node:crypto";
import type { Signal, Verdict } from "../receive/accept.ts";
import { createKeyMaker, keyAt, lastKeyOf } from "./erase-old.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Table } from "./open-tables.ts";

/**
 * Remembers which requests were acknowledged, or nearly: a sender that got no answer sends again, byte for byte, and what
 * was taken once need not be taken twice.
 */
export interface RememberedRequests {
  /** What tells a request from all others. */
  sealOf(signal: Signal, body: Uint8Array): string;
  /** The verdict on the same request before, or its promise while it is being written. */
  verdictOn(seal: string): Verdict | Promise<Verdict> | undefined;
  /** A request taken whole in this turn; forgotten again where `verdict` turns out to be a refusal. */
  remember(seal: string, atMs: number, verdict: Promise<Verdict>): void;
  forgetBefore(beforeMs: number): void;
}

const SEAL_BYTES = 16;
const TAKEN: Verdict = { status: "accepted", rejected: 0 };
/** Most requests remembered; more a second than this allows, and the oldest are forgotten early. */
const MAX_REMEMBERED = 200_000;

/** Creates the memory over its table, by time. */
export function createRememberedRequests(table: Table, group: GroupCommit): RememberedRequests {
  const nextKey = createKeyMaker(lastKeyOf(table));
  const writing = new Map<string, Promise<Verdict>>();
  /** Keys of the table by seal, the oldest first. */
  const known = new Map<string, number>();
  for (const { key, value } of table.getRange()) known.set(value.toString("latin1"), key as number);

  function forget(seal: string, key: number): void {
    known.delete(seal);
    group.add({ table: "received", key });
  }

  return {
    sealOf: (signal, body) =>
      createHash("sha256").update(signal).update(body).digest().toString("latin1", 0, SEAL_BYTES),
    verdictOn: (seal) => writing.get(seal) ?? (known.has(seal) ? TAKEN : undefined),
    remember(seal, atMs, verdict) {
      const key = nextKey(atMs);
      const value = Buffer.from(seal, "latin1");
      group.add({ table: "received", key, value, isRefusable: true });
      writing.set(seal, verdict);
      void verdict.then(({ status }) => {
        writing.delete(seal);
        if (status === "accepted") known.set(seal, key);
      });
    },
    forgetBefore(beforeMs) {
      const before = keyAt(beforeMs);
      for (const [seal, key] of known) {
        if (key >= before && known.size <= MAX_REMEMBERED) return;
        forget(seal, key);
      }
    },
  };
}
