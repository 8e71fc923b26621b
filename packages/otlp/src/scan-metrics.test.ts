import { describe, expect, it } from "vitest";
import { OtlpError } from "./errors.ts";
import { scanMetrics } from "./scan-metrics.ts";

const all = (): boolean => true;

function request(metrics: string): Uint8Array {
  return Buffer.from(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[${metrics}]}]}]}`);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof OtlpError) return error.code;
    throw error;
  }
  return "none";
}

it("of JSON lists written twice the last counts", () => {
  const metric = (value: number): string =>
    `{"name":"m","gauge":{"dataPoints":[{"asDouble":9}],"dataPoints":[{"asDouble":${value}}]}}`;
  const scope = `{"metrics":[${metric(8)}],"metrics":[${metric(1)}]}`;
  const resource = `{"scopeMetrics":[{"metrics":[${metric(7)}]}],"scopeMetrics":[${scope}]}`;
  const text = `{"resourceMetrics":[{"scopeMetrics":[${scope}]}],"resourceMetrics":[${resource},${resource}]}`;
  const points = scanMetrics(Buffer.from(text), "json", all);
  expect(points.map(({ value }) => value)).toEqual([1, 1]);
});

it("of several kinds of data in one metric the last counts, in protobuf too", () => {
  const point = (number: number): string =>
    `0a0921${Buffer.from(new Float64Array([number]).buffer).toString("hex")}`;
  const part = (tag: string, number: number): string => `${tag}0b${point(number)}`;
  const metric = ["0a016d", part("2a", 1), part("3a", 2), part("2a", 3), part("2a", 4)].join("");
  const wrap = (tag: string, hex: string): string =>
    `${tag}${(hex.length / 2).toString(16).padStart(2, "0")}${hex}`;
  const body = Buffer.from(wrap("0a", wrap("12", wrap("12", metric))), "hex");
  const points = scanMetrics(body, "protobuf", all);
  expect(points.map(({ kind, value: figure }) => [kind, figure])).toEqual([
    ["gauge", 3],
    ["gauge", 4],
  ]);
});

describe("a point without a value is left out", () => {
  it.each([
    '{"name":"m","gauge":{"dataPoints":[{"timeUnixNano":"5"}]}}',
    '{"name":"m","gauge":{"dataPoints":[{"asDouble":null,"asInt":null}]}}',
    '{"name":"m","gauge":{"dataPoints":[{"asDouble":0,"flags":1}]}}',
    '{"name":"m","gauge":{}}',
    '{"name":"m","gauge":null}',
    '{"name":"m","histogram":{"dataPoints":[{"sum":1}]}}',
    '{"name":"m","gauge":{"dataPoints":[{"asInt":1}]},"histogram":{}}',
  ])("%s", (metric) => {
    expect(scanMetrics(request(metric), "json", all)).toEqual([]);
  });
});

it("does not look into metrics that nobody wants", () => {
  const body = request('{"name":"m","gauge":{"dataPoints":[{"asInt":"much"}]}}');
  expect(scanMetrics(body, "json", () => false)).toEqual([]);
  expect(codeOf(() => scanMetrics(body, "json", all))).toBe("malformed");
});

describe("refuses", () => {
  it.each([
    ["a point that is none", '{"name":"m","gauge":{"dataPoints":[1]}}'],
    ["a bad time", '{"name":"m","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"x"}]}}'],
    ["bad attributes", '{"name":"m","gauge":{"dataPoints":[{"asInt":1,"attributes":[1]}]}}'],
    ["a temporality in words", '{"name":"m","sum":{"aggregationTemporality":"DELTA"}}'],
    ["a name that is none", '{"name":1,"gauge":{}}'],
    ["a metric that is none", "1"],
  ])("%s", (_, metric) => {
    expect(codeOf(() => scanMetrics(request(metric), "json", all))).toBe("malformed");
  });

  it("what is over a limit", () => {
    const one = '{"name":"m","gauge":{"dataPoints":[{"asInt":1},{"asInt":2},{"asInt":3}]}}';
    expect(codeOf(() => scanMetrics(request(one), "json", all, { spans: 2 }))).toBe("too_many");
    expect(codeOf(() => scanMetrics(request(one), "json", all, { spans: 3 }))).toBe("none");
    expect(codeOf(() => scanMetrics(request(one), "json", all, { bodyBytes: 9 }))).toBe(
      "too_large",
    );
    const many = Uint8Array.of(10, 0, 10, 0, 10, 0);
    expect(codeOf(() => scanMetrics(many, "protobuf", all, { spans: 2 }))).toBe("too_many");
  });
});
