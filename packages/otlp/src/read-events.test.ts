import { describe, expect, it } from "vitest";
import { eventsOf } from "./read-events.ts";
import { createTraceScanner } from "./scan-trace.ts";

const text = (value: string): object => ({ stringValue: value });
const span = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "with events",
  startTimeUnixNano: "1",
  endTimeUnixNano: "2",
  attributes: [{ key: "name", value: text("not an event") }],
  events: [
    {
      timeUnixNano: "1",
      name: "received \u00e9",
      attributes: [{ key: "model", value: text("llama") }],
    },
    { attributes: [] },
    null,
    { name: "done", attributes: [{ key: "tokens", value: { intValue: "9007199254740993" } }] },
  ],
};

const expected = [
  { name: "received é", attributes: new Map([["model", "llama"]]) },
  { name: "", attributes: new Map() },
  { name: "done", attributes: new Map([["tokens", 9007199254740993n]]) },
];

/** Protobuf by hand: `number` and the bytes of a length-delimited field. */
const part = (number: number, bytes: Uint8Array): number[] => [
  number * 8 + 2,
  bytes.length,
  ...bytes,
];
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);
const pair = (key: string, value: readonly number[]): number[] =>
  part(3, Uint8Array.from([...part(1, utf8(key)), ...part(2, Uint8Array.from(value))]));

describe("eventsOf", () => {
  const scanner = createTraceScanner({ names: [], keys: [] });

  it("reads names and attributes in JSON", () => {
    const request = {
      resourceSpans: [{ scopeSpans: [{ spans: [span, { ...span, events: 7 }] }] }],
    };
    const table = scanner.scan(utf8(JSON.stringify(request)), "json");
    expect(eventsOf(table, 0)).toEqual(expected);
    expect(eventsOf(table, 1)).toEqual([]);
    expect(() => eventsOf(table, 2)).toThrow(RangeError);
  });

  it("reads the same in protobuf", () => {
    const big = [3 * 8, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    const body = part(
      1,
      Uint8Array.from(
        part(
          2,
          Uint8Array.from(
            part(
              2,
              Uint8Array.from([
                ...part(1, new Uint8Array(16).fill(1)),
                ...part(2, new Uint8Array(8).fill(2)),
                ...part(
                  11,
                  Uint8Array.from([
                    ...part(2, utf8("received é")),
                    ...pair("model", part(1, utf8("llama"))),
                  ]),
                ),
                ...part(11, new Uint8Array(0)),
                ...part(11, Uint8Array.from([...part(2, utf8("done")), ...pair("tokens", big)])),
              ]),
            ),
          ),
        ),
      ),
    );
    const table = scanner.scan(Uint8Array.from(body), "protobuf");
    expect(table.count).toBe(1);
    expect(eventsOf(table, 0)).toEqual(expected);
  });
});
