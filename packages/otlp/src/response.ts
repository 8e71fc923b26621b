import type { Encoding } from "./span-table.ts";
import { putVarint, varintSize } from "./wire/write-varint.ts";

/** The kinds of telemetry OTLP carries to a receiver. */
export type Signal = "traces" | "metrics" | "logs";

const REJECTED_FIELD: Readonly<Record<Signal, string>> = {
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
  logs: "rejectedLogRecords",
};

/** Body of an error answer: `google.rpc.Status` with a gRPC status code. */
export function statusBody(encoding: Encoding, code: number, message: string): Uint8Array {
  if (encoding === "json") return jsonOf({ code, message });
  return joined([varintField(1, code), textField(2, message)]);
}

/** Body of an answer to an export request; `rejectedCount` 0 with a message is a warning. */
export function exportResponse(
  encoding: Encoding,
  signal: Signal,
  rejectedCount: number,
  message = "",
): Uint8Array {
  const isPartial = rejectedCount > 0 || message !== "";
  if (encoding === "json") {
    const partialSuccess = {
      [REJECTED_FIELD[signal]]: String(rejectedCount),
      errorMessage: message,
    };
    return jsonOf(isPartial ? { partialSuccess } : {});
  }
  if (!isPartial) return new Uint8Array(0);
  return bytesField(1, joined([varintField(1, rejectedCount), textField(2, message)]));
}

function jsonOf(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function varintField(number: number, value: number): Uint8Array {
  if (value === 0) return new Uint8Array(0);
  const bytes = [number * 8];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function textField(number: number, text: string): Uint8Array {
  return text === "" ? new Uint8Array(0) : bytesField(number, new TextEncoder().encode(text));
}

function bytesField(number: number, content: Uint8Array): Uint8Array {
  const head = 1 + varintSize(content.length);
  const bytes = new Uint8Array(head + content.length);
  bytes[0] = number * 8 + 2;
  putVarint(bytes, 1, content.length);
  bytes.set(content, head);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
