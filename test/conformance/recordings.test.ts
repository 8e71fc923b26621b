import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  attributesOf,
  copySpan,
  createTraceScanner,
  encodeTraces,
  endUnixNanoOf,
  kindOf,
  nameOf,
  parentSpanIdOf,
  resourceAttributesOf,
  type SpanTable,
  scanMetrics,
  scopeNameOf,
  spanIdOf,
  startUnixNanoOf,
  traceIdOf,
  withoutSpans,
} from "@wattspan/otlp";
import { describe, expect, it } from "vitest";
import { decodeMessage } from "./otlp-proto.ts";
import { placedSpans, requestTree } from "./request-tree.ts";

// Requests that real engines sent; where they are not at hand these tests are skipped.
const folder = fileURLToPath(new URL("../../../shared/data/serving-traces/", import.meta.url));
const recorded = existsSync(folder)
  ? readdirSync(folder).filter((name) => existsSync(`${folder}${name}/otlp`))
  : [];

const scanner = createTraceScanner({ names: [], keys: [] });

function requestsOf(name: string, signal: "traces" | "metrics"): Uint8Array[] {
  return readdirSync(`${folder}${name}/otlp`)
    .filter((file) => file.includes(`-${signal}-`) && file.endsWith(".pb"))
    .sort()
    .map((file) => new Uint8Array(readFileSync(`${folder}${name}/otlp/${file}`)));
}

function rowsOf(table: SpanTable): object[] {
  return Array.from({ length: table.count }, (_, i) => ({
    traceId: traceIdOf(table, i),
    spanId: spanIdOf(table, i),
    parentSpanId: parentSpanIdOf(table, i),
    name: nameOf(table, i),
    kind: kindOf(table, i),
    startUnixNano: startUnixNanoOf(table, i),
    endUnixNano: endUnixNanoOf(table, i),
    attributes: attributesOf(table, i),
    resource: resourceAttributesOf(table, i),
    scope: scopeNameOf(table, i),
  }));
}

it.skipIf(recorded.length > 0)("recordings are not at hand: their tests are skipped", () => {
  expect(recorded).toEqual([]);
});

describe.skipIf(recorded.length === 0)("requests recorded from real engines", () => {
  it.each(recorded)("regrouped, keep every span as it was: %s", (name) => {
    const bodies = requestsOf(name, "traces");
    const held = bodies.flatMap((body) => {
      const table = scanner.scan(body, "protobuf");
      return Array.from({ length: table.count }, (_, i) => copySpan(table, i));
    });
    const before = bodies.flatMap(placedSpans).map((span) => JSON.stringify(span));
    const after = encodeTraces(held.map((span) => ({ span })))
      .flatMap(({ body }) => placedSpans(body))
      .map((span) => JSON.stringify(span));
    expect(before.length).toBeGreaterThan(0);
    expect(after.sort()).toEqual(before.sort());
  });

  it.each(recorded)("lose every third span and nothing else: %s", (name) => {
    for (const body of requestsOf(name, "traces")) {
      const table = scanner.scan(body, "protobuf");
      const rest = withoutSpans(table, (i) => i % 3 === 0);
      const tree = rest === undefined ? [] : requestTree(rest, () => true);
      expect(tree).toEqual(requestTree(body, (i) => i % 3 !== 0));
    }
  });

  it.each(recorded)("read the same in JSON as in protobuf: %s", (name) => {
    const lines = readFileSync(`${folder}${name}/traces.otlp.jsonl`, "utf8").trim().split("\n");
    const fromJson = lines.flatMap((line) => rowsOf(scanner.scan(Buffer.from(line), "json")));
    const bodies = requestsOf(name, "traces");
    const fromProtobuf = bodies.flatMap((body) => rowsOf(scanner.scan(body, "protobuf")));
    expect(fromJson).toEqual(fromProtobuf);
  });

  it.each(recorded)("give the data points an independent decoder finds: %s", (name) => {
    for (const body of requestsOf(name, "metrics")) {
      const points = scanMetrics(body, "protobuf", () => true);
      expect(
        points.map(({ metric, value, timeUnixNano }) => [metric, value, timeUnixNano]),
      ).toEqual(decodedPoints(body));
    }
  });
});

interface Decoded {
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics?: readonly { readonly metrics?: readonly DecodedMetric[] }[];
  }[];
}

interface DecodedMetric {
  readonly name: string;
  readonly gauge?: DecodedData;
  readonly sum?: DecodedData;
}

interface DecodedData {
  readonly dataPoints?: readonly {
    readonly asDouble?: number;
    readonly asInt?: string;
    readonly timeUnixNano: string;
  }[];
}

function decodedPoints(body: Uint8Array): [string, number, bigint][] {
  const { resourceMetrics = [] } = decodeMessage("ExportMetricsServiceRequest", body) as Decoded;
  const metrics = resourceMetrics.flatMap(({ scopeMetrics = [] }) =>
    scopeMetrics.flatMap((scope) => scope.metrics ?? []),
  );
  return metrics.flatMap(({ name, gauge, sum }) =>
    ((gauge ?? sum)?.dataPoints ?? []).map(
      ({ asDouble, asInt, timeUnixNano }): [string, number, bigint] => [
        name,
        asDouble ?? Number(asInt),
        BigInt(timeUnixNano),
      ],
    ),
  );
}
