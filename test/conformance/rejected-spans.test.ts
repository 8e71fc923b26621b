import {
  attributesOf,
  createTraceScanner,
  nameOf,
  resourceAttributesOf,
  type SpanTable,
  spanIdOf,
  withoutSpans,
} from "@wattspan/otlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyRequest, modelSpans } from "./arbitrary-request.ts";
import { placedSpans, requestTree } from "./request-tree.ts";
import { writeRequest } from "./write-request.ts";

const scanner = createTraceScanner({ names: [], keys: [] });
const someSpans = anyRequest.filter((request) => modelSpans(request).length > 0);

it("in protobuf, what is wrong inside a span stays inside it", () => {
  let rejected = 0;
  fc.assert(
    fc.property(
      someSpans,
      fc.nat(),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
      (request, pick, changes) => {
        const body = writeRequest(request);
        const before = rowsOf(scanner.scan(body, "protobuf"));
        const broken = pick % before.length;
        const span = Buffer.from(placedSpans(body)[broken]?.hex ?? "", "hex");
        const start = spanStart(body, span, broken);
        for (const [at, byte] of changes) body[start + (at % span.length)] = byte;
        const table = scanner.scan(body, "protobuf");
        rejected += table.rejected.length;
        expect(table.count + table.rejected.length).toBe(before.length);
        const after = rowsOf(table);
        if (table.rejected.length === 1) after.splice(broken, 0, []);
        expect(after.filter((_, i) => i !== broken)).toEqual(before.filter((_, i) => i !== broken));
        if (table.rejected.length === 0) return;
        const rest = withoutSpans(table, () => false);
        const tree = rest === undefined ? [] : requestTree(rest, () => true);
        const expected = requestTree(body, (i) => i !== broken);
        if (rest !== undefined) expect(tree).toEqual(expected);
        else expect(table.count).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
  expect(rejected).toBeGreaterThan(20);
});

// Where the content of span `index` begins: its bytes may stand in the request more than once.
function spanStart(body: Uint8Array, span: Uint8Array, index: number): number {
  const same = placedSpans(body)
    .slice(0, index)
    .filter(({ hex }) => hex === Buffer.from(span).toString("hex")).length;
  let start = Buffer.from(body).indexOf(span);
  for (let skip = 0; skip < same; skip++) start = Buffer.from(body).indexOf(span, start + 1);
  return start;
}

const GOOD = '"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"';

describe("in JSON, a span that says what no span can say is rejected alone", () => {
  it.each([
    ["trace id of zeros", `"traceId":"${"0".repeat(32)}","spanId":"b7ad6b7169203331"`],
    ["trace id too short", '"traceId":"0af765","spanId":"b7ad6b7169203331"'],
    ["trace id no hex", `"traceId":"${"g".repeat(32)}","spanId":"b7ad6b7169203331"`],
    ["trace id a number", '"traceId":1,"spanId":"b7ad6b7169203331"'],
    ["span id missing", '"traceId":"0af7651916cd43dd8448eb211c80319c"'],
    ["span id null", '"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":null'],
    ["parent id too long", `${GOOD},"parentSpanId":"b7ad6b71692033310"`],
    ["name a number", `${GOOD},"name":7`],
    ["kind a word", `${GOOD},"kind":"SPAN_KIND_SERVER"`],
    ["start before 1970", `${GOOD},"startTimeUnixNano":"-1"`],
    ["end beyond 64 bits", `${GOOD},"endTimeUnixNano":18446744073709551616`],
    ["end a fraction", `${GOOD},"endTimeUnixNano":1.5`],
    ["attributes an object", `${GOOD},"attributes":{}`],
    ["an attribute null", `${GOOD},"attributes":[null]`],
    ["a key a number", `${GOOD},"attributes":[{"key":1}]`],
    ["a value bare", `${GOOD},"attributes":[{"key":"a","value":1}]`],
    ["an int beyond 64 bits", attribute('{"intValue":"9223372036854775808"}')],
    ["an int a word", attribute('{"intValue":"many"}')],
    ["a bool a string", attribute('{"boolValue":"true"}')],
    ["a double a word", attribute('{"doubleValue":"much"}')],
    ["a string a number", attribute('{"stringValue":1}')],
    ["an array bare", attribute('{"arrayValue":[]}')],
    ["a broken value in a list", attribute('{"arrayValue":{"values":[{"intValue":"x"}]}}')],
  ])("%s", (_, broken) => {
    const good = `{${GOOD},"name":"good"}`;
    const spans = (list: string): string =>
      `{"resourceSpans":[{"scopeSpans":[{"spans":[${list}]}]}]}`;
    const table = scanner.scan(Buffer.from(spans(`${good},{${broken}},${good}`)), "json");
    expect([table.count, table.rejected.length]).toEqual([2, 1]);
    expect(nameOf(table, 1)).toBe("good");
    const rest = Buffer.from(withoutSpans(table, () => false) ?? []).toString();
    expect(rest).toBe(spans(`${good},${good}`));
  });
});

function attribute(value: string): string {
  return `${GOOD},"attributes":[{"key":"a","value":${value}}]`;
}

function rowsOf(table: SpanTable): unknown[][] {
  return Array.from({ length: table.count }, (_, i) => [
    spanIdOf(table, i),
    nameOf(table, i),
    attributesOf(table, i),
    resourceAttributesOf(table, i),
  ]);
}
