import { randomUUID } from "node:crypto";
import type { TraceNote } from "../trace/recall-trace.ts";
import type { LogRecord } from "./group-reader.ts";
import type { TopicWriter } from "./topic-writer.ts";
import type { Batch, OutRequest } from "./trace-task.ts";

/** What was said before, as the journal of one partition tells it. */
interface Recalled {
  /** Latest word on each trace, by id. */
  readonly notes: ReadonlyMap<string, TraceNote>;
  /** Requests that were written down and may not have been sent, in order, with their keys. */
  readonly unsent: readonly { readonly key: string; readonly requests: readonly OutRequest[] }[];
  /** Records of `spans` before this offset were told and forwarded. */
  readonly doneBefore: number;
}

/** Writes down what leaves before it leaves, and marks it once it is acknowledged. */
export interface BatchJournal {
  /** Resolves once the batch is safe; gives its key. */
  write(batch: Batch): Promise<string>;
  /** The batch of this key is acknowledged: it will not be sent again. */
  mark(key: string): void;
  /** Records of `spans` before this offset are told and forwarded. */
  setDone(spansOffset: number): void;
  /** Forgets batches whose traces are too old to change, written before `beforeMs`. */
  expire(beforeMs: number): void;
}

/** What reads a journal back. */
export interface JournalReplay {
  take(record: LogRecord): void;
  recalled(): Recalled;
  /** Keys of batches with the time they were written, for a journal that goes on. */
  entries(): ReadonlyMap<string, JournalEntry>;
}

/** A batch that was written down. */
interface JournalEntry {
  readonly atMs: number;
  readonly noteParts: number;
  readonly bodyParts: number;
}

/** The last record of a batch: what there is of it. */
interface Head extends JournalEntry {
  readonly requests: readonly {
    readonly encoding: OutRequest["encoding"];
    readonly bytes: number;
  }[];
}

const DONE_KEY = "done";
/** Brokers take messages of up to 1 MB by default. */
const PART_BYTES = 600_000;

/**
 * Creates the journal of a partition in a compacted topic. A batch is the records `<batch>/note/<part>` (JSON),
 * `<batch>/body/<part>` (OTLP) and last `<batch>/head`: without that nothing of it was sent. `<batch>/sent` marks it,
 * and its bodies go; its notes stay until its traces are too old to change.
 */
export function createBatchJournal(
  topicWriter: TopicWriter,
  place: { topic: string; partition: number },
  before: ReadonlyMap<string, JournalEntry>,
): BatchJournal {
  const run = randomUUID().slice(0, 8);
  const entries = new Map<string, JournalEntry>(before);
  let next = 0;

  const put = (key: string, value: Uint8Array | null): void =>
    topicWriter.put({ ...place, key, value });

  function putParts(key: string, bytes: Uint8Array): number {
    const parts = Math.ceil(bytes.length / PART_BYTES);
    for (let part = 0; part < parts; part++) {
      put(`${key}/${part}`, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
    }
    return parts;
  }

  function forgetParts(key: string, parts: number): void {
    for (let part = 0; part < parts; part++) put(`${key}/${part}`, null);
  }

  return {
    async write({ requests, notes }) {
      const key = `${run}-${next++}`;
      const bodies = Buffer.concat(requests.map(({ body }) => body));
      const head: Head = {
        atMs: Date.now(),
        noteParts: putParts(`${key}/note`, Buffer.from(JSON.stringify(notes))),
        bodyParts: putParts(`${key}/body`, bodies),
        requests: requests.map(({ encoding, body }) => ({ encoding, bytes: body.length })),
      };
      put(`${key}/head`, Buffer.from(JSON.stringify(head)));
      entries.set(key, head);
      await topicWriter.safe();
      return key;
    },
    mark(key) {
      put(`${key}/sent`, Buffer.from("1"));
      forgetParts(`${key}/body`, entries.get(key)?.bodyParts ?? 0);
    },
    setDone(spansOffset) {
      put(DONE_KEY, Buffer.from(String(spansOffset)));
    },
    expire(beforeMs) {
      for (const [key, { atMs, noteParts }] of entries) {
        if (atMs >= beforeMs) continue;
        entries.delete(key);
        put(`${key}/head`, null);
        forgetParts(`${key}/note`, noteParts);
        put(`${key}/sent`, null);
      }
    },
  };
}

/** Reads a journal from its beginning. */
export function createJournalReplay(): JournalReplay {
  const values = new Map<string, Uint8Array>();
  const heads = new Map<string, Head>();
  let doneBefore = 0;

  function partsOf(key: string, count: number): Buffer | undefined {
    const parts = Array.from({ length: count }, (_, part) => values.get(`${key}/${part}`));
    const found = parts.filter((part) => part !== undefined);
    return found.length === count ? Buffer.concat(found) : undefined;
  }

  return {
    take({ key = "", value }) {
      if (value === undefined) {
        values.delete(key);
        heads.delete(key.slice(0, -"/head".length));
      } else if (key === DONE_KEY) {
        doneBefore = Math.max(doneBefore, Number(textOf(value)));
      } else if (key.endsWith("/head")) {
        heads.set(key.slice(0, -"/head".length), JSON.parse(textOf(value)) as Head);
      } else values.set(key, value);
    },
    recalled() {
      const notes = new Map<string, TraceNote>();
      const unsent: { key: string; requests: OutRequest[] }[] = [];
      for (const [key, head] of heads) {
        const written = partsOf(`${key}/note`, head.noteParts);
        if (written === undefined) continue;
        for (const note of JSON.parse(written.toString()) as TraceNote[]) {
          notes.set(note.traceId, note);
        }
        const bodies = partsOf(`${key}/body`, head.bodyParts);
        if (values.has(`${key}/sent`) || bodies === undefined) continue;
        unsent.push({ key, requests: cut(bodies, head) });
      }
      return { notes, unsent, doneBefore };
    },
    entries: () => heads,
  };
}

function cut(bodies: Buffer, { requests }: Head): OutRequest[] {
  let at = 0;
  return requests.map(({ encoding, bytes }) => {
    const from = at;
    at += bytes;
    return { encoding, body: bodies.subarray(from, at) };
  });
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
