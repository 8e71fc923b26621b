import { type Field, readFields } from "./read-fields.ts";

/** What a 200 says about items that the backend left out; `rejected` 0 with a message is a warning. */
export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

/** The partial success in an OTLP response body; undefined where there is none, `garbled` where the body is no response. */
export function readPartialSuccess(
  body: Uint8Array,
  contentType: string,
): PartialSuccess | "garbled" | undefined {
  if (body.byteLength === 0) return undefined;
  if (isJson(contentType)) return partialFromJson(body);
  const response = readFields(body);
  if (!response) return "garbled";
  const partial = bytesOf(response, 1);
  if (!partial) return undefined;
  const fields = readFields(partial);
  if (!fields) return "garbled";
  return partialOf(varintOf(fields, 1), textOf(fields, 2));
}

/** The message of a google.rpc.Status, or the start of a text body; empty if there is none. */
export function readErrorMessage(body: Uint8Array, contentType: string): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 300)).toString();
  if (isJson(contentType)) {
    const { message } = asObject<{ message: unknown }>(parseJson(body));
    return typeof message === "string" ? message.slice(0, 300) : text(body);
  }
  if (!contentType.includes("protobuf")) return text(body);
  return textOf(readFields(body) ?? [], 2).slice(0, 300);
}

function partialFromJson(body: Uint8Array): PartialSuccess | "garbled" | undefined {
  const response = parseJson(body);
  if (typeof response !== "object" || response === null) return "garbled";
  const { partialSuccess } = asObject<{ partialSuccess: unknown }>(response);
  const partial = asObject<PartialJson>(partialSuccess);
  const rejected =
    partial.rejectedSpans ?? partial.rejectedDataPoints ?? partial.rejectedLogRecords ?? 0;
  const message = partial.errorMessage;
  return partialOf(Number(rejected), typeof message === "string" ? message : "");
}

// A negative int64 reads as a huge varint; neither is a count.
function partialOf(rejected: number, message: string): PartialSuccess | undefined {
  const count = Number.isSafeInteger(rejected) && rejected > 0 ? rejected : 0;
  return count === 0 && message === ""
    ? undefined
    : { rejected: count, message: message.slice(0, 300) };
}

function isJson(contentType: string): boolean {
  return contentType.includes("json");
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    return undefined;
  }
}

interface PartialJson {
  readonly rejectedSpans: unknown;
  readonly rejectedDataPoints: unknown;
  readonly rejectedLogRecords: unknown;
  readonly errorMessage: unknown;
}

function asObject<T extends object>(value: unknown): Partial<T> {
  return typeof value === "object" && value !== null ? value : {};
}

function bytesOf(fields: readonly Field[], number: number): Uint8Array | undefined {
  const field = fields.findLast((each) => each.number === number && "bytes" in each);
  return field && "bytes" in field ? field.bytes : undefined;
}

function varintOf(fields: readonly Field[], number: number): number {
  const field = fields.findLast((each) => each.number === number && "varint" in each);
  return field && "varint" in field ? field.varint : 0;
}

function textOf(fields: readonly Field[], number: number): string {
  return Buffer.from(bytesOf(fields, number) ?? []).toString();
}
