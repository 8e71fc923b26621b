import {
  attributeOf,
  attributesOf,
  copySpan,
  createTraceScanner,
  type Encoding,
  encodeTraces,
  endUnixNanoOf,
  flagsOf,
  kindOf,
  nameOf,
  OtlpError,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scopeNameOf,
  startUnixNanoOf,
  traceIdOf,
  traceStateOf,
  withoutSpans,
} from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyRequest } from "./arbitrary-request.ts";
import { writeJson } from "./write-json.ts";
import { writeRequest } from "./write-request.ts";

const scanner = createTraceScanner({ names: ["prefill"], keys: ["model"] });

const wounds = fc.array(
  fc.record({
    kind: fc.constantFrom("set", "flip", "cut", "drop", "double", "insert", "letter", "letter"),
    place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    byte: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff, 0x22, 0x5c, 0x7b, 0x5d)),
    size: fc.integer({ min: 1, max: 12 }),
  }),
  { minLength: 1, maxLength: 2 },
);

it.each([
  ["protobuf", writeRequest],
  ["json", writeJson],
] as const)("a wounded request gives a typed error or whole spans: %s", (encoding, write) => {
  const seen = { accepted: 0, refused: 0 };
  fc.assert(
    fc.property(anyRequest, wounds, (request, cuts) => {
      const body = cuts.reduce((bytes, cut) => wound(bytes, cut), write(request));
      let table: SpanTable;
      try {
        table = scanner.scan(body, encoding);
      } catch (error) {
        expect(error).toBeInstanceOf(OtlpError);
        const { code, offset } = error as OtlpError;
        expect(code).toBe("malformed");
        expect(offset).toBeGreaterThanOrEqual(0);
        expect(offset).toBeLessThanOrEqual(body.length);
        seen.refused += 1;
        return;
      }
      seen.accepted += 1;
      expectWhole(table, encoding);
    }),
    { numRuns: 1500 },
  );
  expect(Math.min(seen.accepted, seen.refused)).toBeGreaterThan(20);
});

interface Wound {
  readonly kind: string;
  readonly place: number;
  readonly byte: number;
  readonly size: number;
}

function wound(bytes: Uint8Array, { kind, place, byte, size }: Wound): Uint8Array {
  const at = Math.floor(place * bytes.length);
  const before = bytes.slice(0, at);
  const after = bytes.slice(at);
  if (kind === "cut") return before;
  if (kind === "drop") return joined([before, after.slice(size)]);
  if (kind === "double") return joined([before, after.slice(0, size), after]);
  if (kind === "insert") return joined([before, Uint8Array.of(byte), after]);
  const changed = bytes.slice();
  if (kind === "letter") {
    // A change that leaves JSON's own signs alone: the text stays JSON, what it says does not.
    const letter = bytes.findIndex((old, i) => i >= at && /\w/.test(String.fromCharCode(old)));
    if (letter >= 0) changed[letter] = "0g-1Aez".charCodeAt(size % 7);
  } else if (at < bytes.length) {
    changed[at] = kind === "set" ? byte : (bytes[at] ?? 0) ^ (1 << (size % 8));
  }
  return changed;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Everything that can be asked of a table works; what leaves it can be scanned with nothing rejected. */
function expectWhole(table: SpanTable, encoding: Encoding): void {
  const { count } = table;
  const rows = rowsOf(table);
  const held = Array.from({ length: count }, (_, i) => copySpan(table, i));
  const rest = withoutSpans(table, () => false);
  const half = withoutSpans(table, (i) => i % 2 === 0);
  const add = [{ key: "model", value: 1.5 }];
  const [out] = encodeTraces(held.map((span) => ({ span, add })));
  if (rest !== undefined) {
    const again = scanner.scan(rest, encoding);
    expect(again.rejected).toEqual([]);
    expect(rowsOf(again)).toEqual(rows);
  }
  if (half !== undefined) {
    const again = scanner.scan(half, encoding);
    expect(rowsOf(again)).toEqual(rows.filter((_, i) => i % 2 === 1));
  }
  if (out !== undefined) {
    const again = scanner.scan(out.body, encoding);
    expect([again.count, again.rejected.length]).toEqual([count, 0]);
    for (let i = 0; i < count; i++) expect(attributeOf(again, i, "model")).toBe(1.5);
  }
}

function rowsOf(table: SpanTable): unknown[][] {
  const readers = [
    traceIdOf,
    parentSpanIdOf,
    nameOf,
    kindOf,
    startUnixNanoOf,
    endUnixNanoOf,
    attributesOf,
    resourceAttributesOf,
    scopeNameOf,
    traceStateOf,
    flagsOf,
  ];
  return Array.from({ length: table.count }, (_, i) => readers.map((read) => read(table, i)));
}
