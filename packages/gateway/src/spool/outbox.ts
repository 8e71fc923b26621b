import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "../receive/accept.ts";
import { createKeyMaker, keyAt, lastKeyOf } from "./erase-old.ts";
import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { Tables } from "./open-tables.ts";
import { createSender, type Sender, type SpoolExporter } from "./send-in-order.ts";

/** Requests on their way: written down, then offered to every backend until each has them. */
export interface Outbox {
  /** Takes a request over; it is offered once it is safe. */
  send(signal: Signal, encoding: Encoding, body: Uint8Array, items: number): void;
  /** Offers what waits on the disk as far as there is room. */
  pump(): void;
  /** Gives up what came before `beforeMs`. */
  dropBefore(beforeMs: number): void;
}

/** What an outbox is made of. */
export interface OutboxOptions {
  readonly tables: Tables;
  readonly group: GroupCommit;
  readonly exporters: readonly SpoolExporter[];
  readonly now: () => number;
  readonly onTooOld: (signal: Signal, items: number) => void;
  readonly onDamaged: () => void;
}

/** Creates the outbox; what an earlier process left in it waits. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { tables, group, exporters, now } = options;
  const { outgoing, sent } = tables.of;
  const lastId = lastKeyOf(outgoing);
  const nextKey = createKeyMaker(lastId);
  /** Backends that have a request which others have not. */
  const marks = new Map<number, string[]>();
  for (const key of sent.getKeys()) {
    const [id, name] = key as [number, string];
    marks.set(id, [...(marks.get(id) ?? []), name]);
  }

  function read(id: number): Frame | undefined {
    const bytes = outgoing.get(id);
    const frame = bytes && decodeFrame(bytes);
    if (bytes !== undefined && frame === undefined) {
      options.onDamaged();
      erase(id);
    }
    return frame;
  }

  function erase(id: number): void {
    group.add({ table: "outgoing", key: id });
    for (const name of marks.get(id) ?? []) group.add({ table: "sent", key: [id, name] });
    marks.delete(id);
  }

  /** A backend has it, or will never take it; resolves when that is written down. */
  function settle(id: number, name: string): Promise<void> {
    if (senders.every((sender) => sender.name === name || sender.isSettled(id))) erase(id);
    else {
      marks.set(id, [...(marks.get(id) ?? []), name]);
      group.add({ table: "sent", key: [id, name], value: NOTHING });
    }
    return group.safe().catch(() => undefined);
  }

  const senders: readonly Sender[] = exporters.map((exporter) =>
    createSender({
      exporter,
      lastId,
      read,
      ids: (from) => outgoing.getKeys({ start: from }) as Iterable<number>,
      isMarked: (id) => marks.get(id)?.includes(exporter.name) === true,
      settle: (id) => settle(id, exporter.name),
    }),
  );

  return {
    send(signal, encoding, body, items) {
      const atMs = now();
      const key = nextKey(atMs);
      const frame: Frame = { kind: signal, encoding, items, atMs, body };
      const onSafe = (): void => {
        for (const sender of senders) sender.offer(key, frame);
      };
      group.add({ table: "outgoing", key, value: encodeFrame(frame), onSafe });
    },
    pump() {
      for (const sender of senders) sender.pump();
    },
    dropBefore(beforeMs) {
      const end = keyAt(beforeMs);
      for (const key of outgoing.getKeys({ end, limit: 1000 }) as Iterable<number>) {
        if (senders.some((sender) => sender.isOnItsWay(key))) continue;
        const frame = read(key);
        if (frame === undefined) continue;
        options.onTooOld(frame.kind as Signal, frame.items);
        erase(key);
      }
    },
  };
}

const NOTHING = Buffer.alloc(1);
