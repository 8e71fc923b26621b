import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { makeReading, makeTrace } from "./make-load.ts";

/** How a request is sent. */
type Way = "protobuf" | "json" | "gzip" | "grpc";

/** A request as it is before it is changed. */
export interface Draft {
  readonly way: Way;
  readonly signal: "traces" | "metrics";
  readonly body: Buffer;
}

/** Requests of every way of sending, those of real engines among them. */
export function seedBodies(): readonly Draft[] {
  const nowMs = Date.now();
  const made = [0, 1].flatMap((number) => [
    ...makeTrace(number, nowMs, "protobuf"),
    ...makeTrace(number, nowMs, "json"),
    makeReading(nowMs, "protobuf"),
    makeReading(nowMs, "json"),
  ]);
  const recorded = recordedBodies();
  const plain = [
    ...made.map(({ signal, encoding, body }) => ({
      signal,
      way: encoding,
      body: Buffer.from(body),
    })),
    ...recorded.map((body) => ({ signal: "traces", way: "protobuf", body }) as const),
  ];
  return plain.flatMap((draft): readonly Draft[] =>
    draft.way === "json"
      ? [draft]
      : [
          draft,
          { ...draft, way: "gzip", body: gzipSync(draft.body) },
          { ...draft, way: "grpc", body: framed(draft.body) },
        ],
  );
}

/** Small requests of real engines. */
function recordedBodies(): readonly Buffer[] {
  const folder = fileURLToPath(new URL("../../packages/cli/recording/", atSource()));
  return readdirSync(folder)
    .filter((file) => file.endsWith(".pb"))
    .map((file) => readFileSync(join(folder, file)))
    .filter((body) => body.length < 20_000);
}

/** This file in the source tree, also where it runs compiled. */
function atSource(): string {
  return import.meta.url.replace("/test/dist/faults/", "/test/faults/");
}

function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** One to eight changes: a bit, a byte, a run cut out, doubled or filled, or the end cut off. */
export function mutate(body: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(body);
  const changes = 1 + Math.floor(random() * random() * 8);
  for (let change = 0; change < changes && bytes.length > 0; change++) {
    const at = Math.floor(random() * bytes.length);
    const to = Math.min(bytes.length, at + 1 + Math.floor(random() * random() * 64));
    const run = bytes.subarray(at, to);
    switch (Math.floor(random() * 6)) {
      case 0:
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
        break;
      case 1:
        bytes[at] = Math.floor(random() * 256);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, to), run, bytes.subarray(to)]);
        break;
      case 4:
        bytes = bytes.subarray(0, at);
        break;
      default:
        run.fill(random() < 0.5 ? 0xff : 0);
    }
  }
  return bytes;
}
