import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TraceNote } from "../trace/recall-trace.ts";
import { createBatchJournal, createJournalReplay } from "./journal.ts";
import type { TopicRecord, TopicWriter } from "./topic-writer.ts";
import type { Batch } from "./trace-task.ts";

/** A writer whose records are safe at once. */
function startJournal() {
  const written: TopicRecord[] = [];
  const topicWriter: TopicWriter = {
    put: (record) => void written.push(record),
    write: async (records) => void written.push(...records),
    safe: () => Promise.resolve(),
    waitingBytes: 0,
  };
  const journal = createBatchJournal(topicWriter, { topic: "journal", partition: 2 }, new Map());
  return { journal, written };
}

function replayOf(written: readonly TopicRecord[]) {
  const replay = createJournalReplay();
  for (const [offset, { key, value }] of written.entries()) {
    replay.take({ offset, atMs: offset, key, value: value ?? undefined });
  }
  return replay;
}

/** What is left of a log once it has been compacted. */
function compacted(written: readonly TopicRecord[]): readonly TopicRecord[] {
  return written.filter(
    ({ key, value }, i) =>
      value !== null && !written.slice(i + 1).some((later) => later.key === key),
  );
}

const note = (traceId: string, revision = 0): TraceNote => ({
  traceId,
  seenMs: 1000,
  spanIds: ["1", "2"],
  phases: [
    {
      id: "p",
      besideId: "1",
      spanId: "2",
      state: "final",
      revision,
      status: "measured",
      pue: 1,
      energyJoules: 0.1,
    },
  ],
  totals: [],
  isSummedUp: false,
});

const batch = (text: string, notes: readonly TraceNote[]): Batch => ({
  requests: [
    { encoding: "protobuf", body: Buffer.from(text) },
    { encoding: "json", body: Buffer.from(`{"${text}":1}`) },
  ],
  notes,
});

describe("the send journal", () => {
  it("gives back what was not acknowledged, byte for byte, and the latest word on each trace", async () => {
    const { journal, written } = startJournal();
    const first = await journal.write(batch("a", [note("t"), note("u")]));
    const second = await journal.write(batch("b", [note("t", 1)]));
    journal.mark(first);
    journal.setDone(17);
    for (const log of [written, compacted(written)]) {
      const { notes, unsent, doneBefore } = replayOf(log).recalled();
      expect(doneBefore).toBe(17);
      expect(unsent.map(({ key }) => key)).toEqual([second]);
      expect(unsent[0]?.requests.map(({ encoding, body }) => [encoding, String(body)])).toEqual([
        ["protobuf", "b"],
        ["json", '{"b":1}'],
      ]);
      expect(notes.get("t")).toEqual(note("t", 1));
      expect(notes.get("u")).toEqual(note("u"));
    }
  });

  it("cuts what is larger than a broker takes, and knows it whole again", async () => {
    const { journal, written } = startJournal();
    const text = "x".repeat(2_000_000);
    await journal.write(batch(text, [note("t")]));
    for (const { value } of written) expect(value?.length).toBeLessThan(700_000);
    expect(String(replayOf(written).recalled().unsent[0]?.requests[0]?.body)).toBe(text);
  });

  it("has sent nothing of what was cut off while it was written", async () => {
    const { journal, written } = startJournal();
    await journal.write(batch("x".repeat(1_500_000), [note("t")]));
    fc.assert(
      fc.property(fc.nat(written.length - 1), (kept) => {
        const { notes, unsent } = replayOf(written.slice(0, kept)).recalled();
        expect([notes.size, unsent.length]).toEqual([0, 0]);
      }),
    );
  });

  it("goes on after a mark was cut off at any record: sent again whole, or not at all", async () => {
    const { journal, written } = startJournal();
    const key = await journal.write(batch("x".repeat(1_500_000), [note("t")]));
    const before = written.length;
    journal.mark(key);
    for (let kept = before; kept <= written.length; kept++) {
      const { notes, unsent } = replayOf(written.slice(0, kept)).recalled();
      expect(notes.get("t")).toEqual(note("t"));
      expect(unsent).toHaveLength(kept === before ? 1 : 0);
    }
  });

  it("forgets what is too old, in another process too", async () => {
    const { journal, written } = startJournal();
    const key = await journal.write(batch("a", [note("t")]));
    journal.mark(key);
    const next = startJournal();
    const place = { topic: "journal", partition: 2 };
    const topicWriter: TopicWriter = {
      put: (record) => void next.written.push(record),
      write: async (records) => void written.push(...records),
      safe: () => Promise.resolve(),
      waitingBytes: 0,
    };
    createBatchJournal(topicWriter, place, replayOf(written).entries()).expire(Date.now() + 1000);
    const log = compacted([...written, ...next.written]);
    expect(log).toEqual([]);
    expect(replayOf([...written, ...next.written]).recalled().notes.size).toBe(0);
  });
});
