import { expect, it } from "vitest";
import { attributesOf, nameOf, parentSpanIdOf, spanIdOf } from "../read-span.ts";
import { createTraceScanner } from "../scan-trace.ts";
import { withoutSpans } from "../without-spans.ts";

const IDS = `"traceId":"${"01".repeat(16)}","spanId":"${"02".repeat(8)}"`;
const scanner = createTraceScanner({ names: [], keys: ["k"] });

function requestOf(...spans: readonly string[]): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${spans.join()}]}]}]}`;
}

it("takes null for a field that is not there, also after the field", () => {
  const text = requestOf(
    `{${IDS},"parentSpanId":"${"03".repeat(8)}","name":"a","kind":2,"attributes":[{"key":"k"}],
      "parentSpanId":null,"name":null,"kind":null,"attributes":null,"startTimeUnixNano":null}`,
  );
  const table = scanner.scan(Buffer.from(text), "json");
  expect([table.count, table.keyMask[0]]).toEqual([1, 0]);
  expect([parentSpanIdOf(table, 0), nameOf(table, 0)]).toEqual(["", ""]);
  expect(attributesOf(table, 0)).toEqual(new Map());
});

it("an alternative that is null leaves the one that is there", () => {
  const value = '{"stringValue":"v","intValue":null,"arrayValue":null}';
  const text = requestOf(`{${IDS},"attributes":[{"key":"k","value":${value}}]}`);
  const table = scanner.scan(Buffer.from(text), "json");
  expect(attributesOf(table, 0)).toEqual(new Map([["k", "v"]]));
});

it("a key that is null is an empty key", () => {
  const text = requestOf(`{${IDS},"attributes":[{"key":"k","key":null}]}`);
  const table = scanner.scan(Buffer.from(text), "json");
  expect(table.keyMask[0]).toBe(0);
  expect([...attributesOf(table, 0).keys()]).toEqual([""]);
});

it("a list written over leaves nothing of the first behind, whatever is cut later", () => {
  const good = `{${IDS}}`;
  const first = `"resourceSpans":[{"scopeSpans":[{"spans":[${good},{}]},{}]},{}]`;
  const second = requestOf("{}", good, "{}").slice(1);
  const table = scanner.scan(Buffer.from(`{${first},${second}`), "json");
  expect([table.count, table.rejected.length, spanIdOf(table, 0)]).toEqual([1, 2, "02".repeat(8)]);
  const rest = Buffer.from(withoutSpans(table, () => false) ?? []).toString();
  expect(rest).toBe(`{${first},${requestOf(good).slice(1)}`);
});

it("drops envelopes that are empty once spans are taken out, with their commas", () => {
  const span = (name: string): string => `{${IDS},"name":"${name}"}`;
  const scopeOf = (...names: string[]): string => `{"spans":[${names.map(span).join(" , ")}]}`;
  const resourceOf = (...scopes: string[]): string => `{"scopeSpans":[ ${scopes.join(" ,\n")} ]}`;
  const all = (...resources: string[]): string => `{"resourceSpans":[\n${resources.join(",")}\n]}`;
  const text = all(
    resourceOf(scopeOf("a", "b"), scopeOf("c")),
    resourceOf(scopeOf("d"), scopeOf(), scopeOf("e", "f", "g")),
    resourceOf(scopeOf("h")),
  );
  const without = (names: string): string => {
    const table = scanner.scan(Buffer.from(text), "json");
    const rest = withoutSpans(table, (i) => names.includes(nameOf(table, i)));
    return Buffer.from(rest ?? []).toString();
  };
  expect(without("ab")).toBe(
    all(
      resourceOf(scopeOf("c")),
      resourceOf(scopeOf("d"), scopeOf("e", "f", "g")),
      resourceOf(scopeOf("h")),
    ),
  );
  expect(without("abcdfgh")).toBe(all(resourceOf(scopeOf("e"))));
  expect(without("bceg")).toBe(
    all(resourceOf(scopeOf("a")), resourceOf(scopeOf("d"), scopeOf("f")), resourceOf(scopeOf("h"))),
  );
  expect(without("defgh")).toBe(all(resourceOf(scopeOf("a", "b"), scopeOf("c"))));
});
