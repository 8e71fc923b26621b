import type { Encoding } from "@wattspan/otlp";
import type { PipelineOptions } from "../pipeline-options.ts";
import { createBacklog } from "../send/backlog.ts";
import { afterCalls } from "../send/fan-out.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { LogRecord } from "./group-reader.ts";
import {
  type BatchJournal,
  createBatchJournal,
  createJournalReplay,
  type JournalReplay,
} from "./journal.ts";
import type { KafkaTopics } from "./kafka-options.ts";
import { decodeEnergy } from "./records/energy-record.ts";
import { encodePhaseMessage } from "./records/phase-record.ts";
import type { StartOffsets } from "./start-offsets.ts";
import type { Worker } from "./start-role.ts";
import { createStreamClock } from "./stream-clock.ts";
import type { TopicWriter } from "./topic-writer.ts";
import {
  type Batch,
  createTraceTask,
  type OutRequest,
  type TraceTask,
  type TraceTaskOptions,
} from "./trace-task.ts";

/** Sends traces on; false where there is no room now. `onSettled` is called once they are acknowledged. */
type Deliver = (encoding: Encoding, body: Uint8Array, onSettled: () => void) => boolean;

/** Topics of the trace role. */
type TraceTopic = "spans" | "energies" | "journal";

/** One partition of the trace role: first its journal is read, then energies, then spans. */
export interface TraceWorker extends Worker<TraceTopic> {
  /** Absent until the journal has been read. */
  readonly task: TraceTask | undefined;
}

/** What a worker needs. */
export interface TraceWorkerOptions {
  readonly pipeline: PipelineOptions;
  readonly topics: KafkaTopics;
  readonly partition: number;
  readonly devicePartitions: number;
  readonly starts: Readonly<Record<TraceTopic, StartOffsets>>;
  readonly topicWriter: TopicWriter;
  readonly deliver: Deliver;
  readonly observer: TraceTaskOptions["observer"] & {
    onRejected?(reasons: readonly string[]): void;
    onUnreadable?(topic: string, error: Error): void;
  };
}

const WATERMARK_EVERY_MS = 1000;
const EXPIRE_EVERY_MS = 60_000;
/** Spans are not read while more than this waits for the backend: they are safe where they are. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** Creates the worker; nothing is read or sent yet. */
export function createTraceWorker(options: TraceWorkerOptions): TraceWorker {
  const { topics, partition, topicWriter, deliver, observer, starts } = options;
  const { maxHeldBytes = Infinity } = options.pipeline.join;
  // Room for more is made at once: a release looks at every trace.
  const join = { ...options.pipeline.join, maxHeldBytes: 0.9 * maxHeldBytes };
  const pipeline = { ...options.pipeline, join };
  /** Until it is read. */
  let replay: JournalReplay | undefined = createJournalReplay();
  const clock = createStreamClock(starts.spans.high === starts.spans.from);
  const checkpoints = createCheckpoints<{ spans: number; energies: number }>();
  const next = {
    spans: starts.spans.from,
    energies: starts.energies.from,
    journal: starts.journal.low,
  };
  /** Offsets of records whose spans that went straight on are not acknowledged. */
  const forwarding = new Set<number>();
  const backlog = createBacklog(deliver);
  let unsentBytes = 0;
  let task: TraceTask | undefined;
  let journal: BatchJournal | undefined;
  let doneBefore = 0;
  let doneWritten = 0;
  let watermarkMs = 0;
  let expiredMs = 0;
  /** Spans are read without a pause since then. */
  let readSinceMs = Date.now();

  function send(request: OutRequest, onSettled: () => void): void {
    unsentBytes += request.body.length;
    backlog.send(request.encoding, request.body, () => {
      unsentBytes -= request.body.length;
      onSettled();
    });
  }

  /** Sends what is in the journal under this key, and marks it once all of it is acknowledged. */
  function sendBatch(key: string, requests: readonly OutRequest[]): void {
    const onSettled = afterCalls(requests.length, () => journal?.mark(key));
    for (const request of requests) send(request, onSettled);
  }

  function leave(batch: Batch): void {
    void journal?.write(batch).then((key) => sendBatch(key, batch.requests));
  }

  /** The journal is read: the work goes on where others left it. */
  function begin(read: JournalReplay): void {
    const recalled = read.recalled();
    replay = undefined;
    doneBefore = recalled.doneBefore;
    task = createTraceTask(pipeline, {
      partition,
      devicePartitions: options.devicePartitions,
      doneBefore,
      notes: recalled.notes,
      observer,
    });
    const place = { topic: topics.journal, partition };
    journal = createBatchJournal(topicWriter, place, read.entries());
    for (const { key, requests } of recalled.unsent) sendBatch(key, requests);
  }

  function tell(): void {
    for (const { partition: to, message } of task?.takeTold() ?? []) {
      topicWriter.put({ topic: topics.phases, partition: to, value: encodePhaseMessage(message) });
    }
  }

  function takeSpans({ offset, atMs, value }: LogRecord): void {
    if (task === undefined || value === undefined) return;
    const { forward, rejected } = task.takeSpans(value, offset, atMs);
    if (rejected.length > 0) observer.onRejected?.(rejected);
    tell();
    if (task.stage.heldBytes > maxHeldBytes && isLive()) {
      clock.read(atMs, false);
      release(clock.atMs(Number.NEGATIVE_INFINITY));
    }
    if (forward === undefined) return;
    forwarding.add(offset);
    send(forward, () => forwarding.delete(offset));
  }

  function takeEnergy({ atMs, value }: LogRecord): void {
    if (value === undefined) return;
    try {
      task?.takeEnergy(decodeEnergy(value), atMs);
    } catch (error) {
      observer.onUnreadable?.(topics.energies, error as Error);
    }
  }

  /** Says how far spans have been read, after the phases that came of them. */
  function mark(nowMs: number): void {
    watermarkMs = nowMs;
    const message = { kind: "watermark", spansPartition: partition, atMs: nowMs } as const;
    for (let to = 0; to < options.devicePartitions; to++) {
      topicWriter.put({ topic: topics.phases, partition: to, value: encodePhaseMessage(message) });
    }
    const toldBefore = next.spans;
    void topicWriter.safe().then(() => {
      const [unsettled = toldBefore] = forwarding;
      doneBefore = Math.max(doneBefore, Math.min(toldBefore, unsettled));
      if (doneBefore === doneWritten) return;
      doneWritten = doneBefore;
      journal?.setDone(doneBefore);
    });
  }

  function expire(nowMs: number): void {
    expiredMs = nowMs;
    const batch = task?.expire(nowMs);
    if (batch !== undefined) leave(batch);
    journal?.expire(nowMs - keptMs);
  }

  /** A trace may be told of for so long after its first span. */
  const keptMs = join.keepMs + 2 * join.maxPhaseMs;
  const isRestored = (): boolean => task !== undefined && next.energies >= starts.energies.high;
  const isFull = (): boolean => unsentBytes > MAX_UNSENT_BYTES;
  /** What others told is read again: from here on it is told and sent. */
  const isLive = (): boolean => isRestored() && next.spans >= doneBefore;

  function release(nowMs: number): void {
    for (let batch = task?.release(nowMs); batch !== undefined; batch = task?.release(nowMs)) {
      leave(batch);
    }
  }

  return {
    get reads() {
      if (next.journal < starts.journal.high) return new Set(["journal"] as const);
      if (!isRestored()) return new Set(["energies"] as const);
      return new Set(isFull() ? (["energies"] as const) : (["energies", "spans"] as const));
    },
    nextOf: (topic) => next[topic],
    take(topic, records, isCaughtUp) {
      const last = records.at(-1);
      if (last === undefined) return;
      for (const record of records) {
        // After a seek a broker gives the whole batch that the offset lies in.
        if (record.offset < next[topic]) continue;
        next[topic] = record.offset + 1;
        if (topic === "journal") replay?.take(record);
        else if (topic === "energies") takeEnergy(record);
        else takeSpans(record);
      }
      if (topic === "spans") clock.read(last.atMs, isCaughtUp);
    },
    tick(fetchedMs) {
      if (replay !== undefined && next.journal >= starts.journal.high) begin(replay);
      backlog.drain();
      if (!isRestored() || isFull()) readSinceMs = Date.now();
      if (!isLive()) return;
      const nowMs = clock.atMs(fetchedMs > readSinceMs ? fetchedMs : Number.NEGATIVE_INFINITY);
      if (!Number.isFinite(nowMs)) return;
      release(nowMs);
      if (nowMs - expiredMs >= EXPIRE_EVERY_MS) expire(nowMs);
      if (nowMs - watermarkMs >= WATERMARK_EVERY_MS) mark(nowMs);
      checkpoints.note(nowMs, () => ({ spans: next.spans, energies: next.energies }));
    },
    checkpoint() {
      const found = checkpoints.take(clock.atMs(Number.NEGATIVE_INFINITY) - keptMs);
      return found && { atMs: found.atMs, next: found.position };
    },
    get task() {
      return task;
    },
  };
}
