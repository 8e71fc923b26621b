import { stringText } from "./json/write-value.ts";
import type { Encoding } from "./span-table.ts";
import {
  type BackWriter,
  closeMessage,
  createBackWriter,
  putByte,
  putInt64,
  putText,
  sizeOf,
  takeBytes,
} from "./wire/write-back.ts";

/** The kinds of telemetry OTLP carries to a receiver. */
export type Signal = "traces" | "metrics" | "logs";

const REJECTED: Readonly<Record<Signal, string>> = {
  traces: "rejectedSpans",
  metrics: "rejectedDataPoints",
  logs: "rejectedLogRecords",
};

/** A `google.rpc.Status`, the body of every answer that is no success; `code` is a gRPC code. */
export function statusBody(encoding: Encoding, code: number, message: string): Uint8Array {
  if (encoding === "json") return textBytes(`{"code":${code},"message":${stringText(message)}}`);
  const writer = createBackWriter(message.length + 16);
  putNumberAndText(writer, code, message);
  return takeBytes(writer);
}

/**
 * The answer to an export that was taken: empty where all of it was, else with the count of what was
 * rejected and why; a count of 0 with a message is a warning.
 */
export function exportResponse(
  encoding: Encoding,
  signal: Signal,
  rejectedCount: number,
  message = "",
): Uint8Array {
  const isFull = rejectedCount === 0 && message === "";
  if (encoding === "json") {
    if (isFull) return textBytes("{}");
    const count = `"${REJECTED[signal]}":"${rejectedCount}"`;
    return textBytes(`{"partialSuccess":{${count},"errorMessage":${stringText(message)}}}`);
  }
  const writer = createBackWriter(message.length + 32);
  if (isFull) return takeBytes(writer);
  putNumberAndText(writer, rejectedCount, message);
  closeMessage(writer, 0, 0x0a);
  return takeBytes(writer);
}

function putNumberAndText(writer: BackWriter, number: number, text: string): void {
  const size = sizeOf(writer);
  if (text !== "") {
    putText(writer, text);
    closeMessage(writer, size, 0x12);
  }
  if (number === 0) return;
  putInt64(writer, BigInt(number));
  putByte(writer, 0x08);
}

function textBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}
