import type { Encoding } from "@wattspan/otlp";
import type { Log } from "../log.ts";
import type { Pipeline, PipelineJournal } from "../pipeline.ts";
import type { Accept, Signal } from "../receive/accept.ts";
import type { Telemetry } from "../telemetry.ts";
import { createKeyMaker, eraseKept, lastKeyOf } from "./erase-old.ts";
import { createGroupCommit } from "./group-commit.ts";
import { createGuard } from "./guard-entrance.ts";
import { createJournal } from "./keep-journal.ts";
import { observeSpool } from "./observe-spool.ts";
import { openStore } from "./open-store.ts";
import { createOutbox } from "./outbox.ts";
import { restorePipeline } from "./restore-pipeline.ts";
import type { SpoolExporter } from "./send-in-order.ts";

/** Where and how much is kept on the disk. */
export interface SpoolSettings {
  /** Made with access for this user alone. */
  readonly directory: string;
  /** Past it senders are told to come again later. */
  readonly maxBytes: number;
  /** A request that no backend took for so long is given up, ms. */
  readonly maxAgeMs: number;
  /** `disk`: acknowledged once it survives a power cut; `system`: once it survives the end of the process. */
  readonly sync: "disk" | "system";
}

/** Options of `openSpool`. */
export interface SpoolOptions extends SpoolSettings {
  /** How long a pipeline needs what it was given, ms. */
  readonly keepMs: number;
  readonly exporters: readonly SpoolExporter[];
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** Keeps on the disk what came until nothing needs it, and what leaves until it arrived. */
export interface Spool {
  /** For the pipeline: its clock, its journal, and its exit. */
  readonly now: () => number;
  readonly journal: PipelineJournal;
  send(signal: Signal, encoding: Encoding, body: Uint8Array, items: number): boolean;
  /** Gives a new pipeline what was kept; to be called before anything else reaches it. */
  restore(pipeline: Pipeline): Promise<void>;
  /** An entrance that acknowledges what is safe, and sends senders away while the spool is full or cannot be written. */
  guard(accept: Accept): Accept;
  /** Sends what waits, erases what is old. */
  tick(): void;
  isFull(): boolean;
  close(): Promise<void>;
}

/** Opens the spool, made where there is none. Throws an Error that says what to do where it cannot be used. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, telemetry, log, exporters, keepMs, maxBytes, maxAgeMs } = options;
  const store = await openStore(directory, log);
  const { tables } = store;
  const { kept, told } = tables.of;
  const group = createGroupCommit(tables, options.sync === "disk");
  /** The time of the record that a pipeline is given again; undefined once it is at work. */
  let restoringMs: number | undefined;
  const now = (): number => restoringMs ?? Date.now();
  const isRestoring = (): boolean => restoringMs !== undefined;
  const counts = observeSpool(tables, telemetry);
  function sayCut(records: number): void {
    counts.cut(records);
    log.error("damaged records were cut", { about: "spool", records });
  }

  const journal = createJournal({
    told,
    group,
    isRestoring,
    nextKey: createKeyMaker(lastKeyOf(kept)),
  });
  const outbox = createOutbox({
    tables,
    group,
    exporters,
    now,
    onTooOld(signal, items) {
      telemetry.droppedItems.add({ signal, reason: "too_old" }, items);
      log.error("requests dropped", { about: "spool too_old" });
    },
    onDamaged: () => sayCut(1),
  });
  const entrance = createGuard({ tables, group, maxBytes, directory, telemetry, log });

  return {
    now,
    journal,
    send(signal, encoding, body, items) {
      if (!isRestoring()) outbox.send(signal, encoding, body, items);
      return true;
    },
    async restore(pipeline) {
      const startedMs = performance.now();
      const sinceMs = Date.now() - keepMs;
      restoringMs = sinceMs;
      const { records, damaged } = await restorePipeline(kept, pipeline, sinceMs, (ms) => {
        restoringMs = ms;
      });
      restoringMs = undefined;
      journal.forgetBefore(sinceMs);
      for (const key of damaged) group.add({ table: "kept", key });
      if (damaged.length > 0) sayCut(damaged.length);
      store.proven();
      outbox.pump();
      if (records === 0) return;
      const ms = Math.round(performance.now() - startedMs);
      log.info("took up where the spool ends", { records, held: pipeline.heldCount, ms });
    },
    guard: entrance.guard,
    tick() {
      const nowMs = Date.now();
      entrance.tick(nowMs);
      outbox.pump();
      eraseKept(kept, group, nowMs - keepMs);
      outbox.dropBefore(nowMs - maxAgeMs);
    },
    isFull: entrance.isFull,
    async close() {
      await group.close();
      await store.close();
    },
  };
}
