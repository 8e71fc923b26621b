import { exportResponse, statusBody } from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readErrorMessage, readPartialSuccess } from "./read-reply.ts";

const mediaType = { protobuf: "application/x-protobuf", json: "application/json; charset=utf-8" };
const encodings = fc.constantFrom("protobuf", "json");
const texts = fc.string({ maxLength: 200, unit: "grapheme" });

describe("readPartialSuccess", () => {
  it("reads what a receiver writes, in both encodings", () => {
    const signals = fc.constantFrom("traces", "metrics", "logs");
    fc.assert(
      fc.property(encodings, signals, fc.nat(), texts, (encoding, signal, rejected, message) => {
        const body = exportResponse(encoding, signal, rejected, message);
        const isNone = rejected === 0 && message === "";
        expect(readPartialSuccess(body, mediaType[encoding])).toEqual(
          isNone ? undefined : { rejected, message: message.slice(0, 300) },
        );
      }),
    );
  });

  it.each([
    ["0a0408031200", { rejected: 3, message: "" }],
    ["0a04080310ff01", "garbled"],
    ["0a0512036f6b31", { rejected: 0, message: "ok1" }],
    // rejected_spans: -1
    ["0a0b08ffffffffffffffffff01", undefined],
    // rejected_spans: 2^40
    ["0a0708808080808020", { rejected: 2 ** 40, message: "" }],
    ["0a00", undefined],
    // an unknown varint, fixed64 and fixed32 before it
    ["10011901020304050607081d010203040a020802", { rejected: 2, message: "" }],
    ["0a", "garbled"],
    ["ff", "garbled"],
    ["07", "garbled"],
  ])("reads the bytes %s", (hex, partial) => {
    expect(readPartialSuccess(Buffer.from(hex, "hex"), mediaType.protobuf)).toEqual(partial);
  });

  it.each([
    ['{"partialSuccess":{"rejectedSpans":"3"}}', { rejected: 3, message: "" }],
    [
      '{"partialSuccess":{"rejectedDataPoints":4,"errorMessage":"no"}}',
      { rejected: 4, message: "no" },
    ],
    ['{"partialSuccess":{"rejectedSpans":"many","errorMessage":7}}', undefined],
    ['{"partialSuccess":null}', undefined],
    ["[]", undefined],
    ["{}", undefined],
    ["", undefined],
    ["null", "garbled"],
    ["<html>", "garbled"],
  ])("reads %s", (json, partial) => {
    expect(readPartialSuccess(Buffer.from(json), mediaType.json)).toEqual(partial);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), encodings, (body, encoding) => {
        readPartialSuccess(body, mediaType[encoding]);
        expect(typeof readErrorMessage(body, mediaType[encoding])).toBe("string");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("readErrorMessage", () => {
  it("reads a google.rpc.Status, or the start of a text", () => {
    fc.assert(
      fc.property(encodings, texts, (encoding, message) => {
        const body = statusBody(encoding, 3, message);
        expect(readErrorMessage(body, mediaType[encoding])).toBe(message.slice(0, 300));
      }),
    );
    expect(readErrorMessage(Buffer.from("<html>".repeat(100)), "text/html")).toHaveLength(300);
    expect(readErrorMessage(Buffer.from("oops"), mediaType.json)).toBe("oops");
  });
});
