import type { PhaseName } from "@wattspan/footprint";
import { createByteReader, RecordError } from "./byte-reader.ts";
import { createByteWriter } from "./byte-writer.ts";

/** Version of the records in the topic `phases`. */
const VERSION = 1;

/** A phase as the device role needs it; what only the trace role needs stays there. */
export interface PhaseRecord {
  /** 16 hex digits. */
  readonly id: string;
  readonly phase: PhaseName;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  /** Absent where unknown, NaN where implausible. */
  readonly processedTokens?: number;
  /** That its trace is seen, above 0 and at most 1, as the trace says; absent where it does not. */
  readonly probability?: number;
  readonly includesQueueing: boolean;
  readonly queue: string;
  readonly node: string;
  /** All devices of the phase, those in other partitions too: weights and shares rest on all of them. */
  readonly devices: readonly { readonly id: string; readonly share?: number }[];
}

/** What a partition of `spans` says to a partition of `phases`. */
export type PhaseMessage =
  /** A phase as it is known after the record at `spansOffset`. */
  | {
      readonly kind: "phase";
      readonly spansPartition: number;
      readonly spansOffset: number;
      readonly phase: PhaseRecord;
    }
  /** There is no such phase any more. */
  | {
      readonly kind: "removed";
      readonly spansPartition: number;
      readonly spansOffset: number;
      readonly id: string;
    }
  /** Every phase of spans that came before `atMs` has been written. */
  | { readonly kind: "watermark"; readonly spansPartition: number; readonly atMs: number };

const KINDS = ["phase", "removed", "watermark"] as const;
const PHASES: readonly PhaseName[] = ["prefill", "decode", "mixed", "kv_transfer"];
const QUEUEING = 1;
const TOKENS = 2;
const PROBABILITY = 4;

/**
 * The message in bytes: version, kind, partition of `spans`, then offset and phase, offset and id, or milliseconds.
 * Numbers are varints, doubles and nanoseconds 8 bytes little endian, texts UTF-8 after their length.
 */
export function encodePhaseMessage(message: PhaseMessage): Uint8Array {
  const writer = createByteWriter(VERSION);
  writer.byte(KINDS.indexOf(message.kind));
  writer.count(message.spansPartition);
  if (message.kind === "watermark") {
    writer.count(message.atMs);
    return writer.finish();
  }
  writer.count(message.spansOffset);
  if (message.kind === "removed") {
    writer.id(message.id);
    return writer.finish();
  }
  const { phase } = message;
  writer.id(phase.id);
  writer.byte(PHASES.indexOf(phase.phase));
  writer.byte(
    (phase.includesQueueing ? QUEUEING : 0) |
      (phase.processedTokens === undefined ? 0 : TOKENS) |
      (phase.probability === undefined ? 0 : PROBABILITY),
  );
  writer.unixNano(phase.startUnixNano);
  writer.unixNano(phase.endUnixNano);
  if (phase.processedTokens !== undefined) writer.double(phase.processedTokens);
  if (phase.probability !== undefined) writer.double(phase.probability);
  writer.text(phase.queue);
  writer.text(phase.node);
  writer.count(phase.devices.length);
  for (const { id, share } of phase.devices) {
    writer.text(id);
    // Shares are above 0: 0 stands for "as much as each of the others".
    writer.double(share ?? 0);
  }
  return writer.finish();
}

/** Reads a message; throws `RecordError` for one that is broken or of another version. */
export function decodePhaseMessage(record: Uint8Array): PhaseMessage {
  const reader = createByteReader(record, VERSION);
  const kind = KINDS[reader.byte()];
  const spansPartition = reader.count();
  if (kind === "watermark") return { kind, spansPartition, atMs: reader.count() };
  const spansOffset = reader.count();
  if (kind === "removed") return { kind, spansPartition, spansOffset, id: reader.id() };
  if (kind === undefined) throw new RecordError("is of an unknown kind");
  const id = reader.id();
  const phase = PHASES[reader.byte()];
  if (phase === undefined) throw new RecordError("names an unknown phase");
  const flags = reader.byte();
  const startUnixNano = reader.unixNano();
  const endUnixNano = reader.unixNano();
  const tokens = (flags & TOKENS) === 0 ? {} : { processedTokens: reader.double() };
  const probability = (flags & PROBABILITY) === 0 ? {} : { probability: reader.double() };
  const queue = reader.text();
  const node = reader.text();
  const devices = Array.from({ length: reader.count() }, () => {
    const device = reader.text();
    const share = reader.double();
    return share === 0 ? { id: device } : { id: device, share };
  });
  const includesQueueing = (flags & QUEUEING) !== 0;
  return {
    kind,
    spansPartition,
    spansOffset,
    phase: {
      id,
      phase,
      startUnixNano,
      endUnixNano,
      ...tokens,
      ...probability,
      includesQueueing,
      queue,
      node,
      devices,
    },
  };
}
