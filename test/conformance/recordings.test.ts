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
import { jsonLinesOf, recordingNames, requestsOf } from "../read-recordings.ts";
import { decodeMessage } from "./otlp-proto.ts";
import { placedSpans, requestTree } from "./request-tree.ts";

const scanner = createTraceScanner({ names: [], keys: [] });

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

describe("requests recorded from real engines", () => {
  it.each(recordingNames)("regrouped, keep every span as it was: %s", (name) => {
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

  it.each(recordingNames)("lose every third span and nothing else: %s", (name) => {
    for (const body of requestsOf(name, "traces")) {
      const table = scanner.scan(body, "protobuf");
      const rest = withoutSpans(table, (i) => i % 3 === 0);
      const tree = rest === undefined ? [] : requestTree(rest, () => true);
      expect(tree).toEqual(requestTree(body, (i) => i % 3 !== 0));
    }
  });

  it.each(recordingNames)("read the same in JSON as in protobuf: %s", (name) => {
    const fromJson = jsonLinesOf(name).flatMap((line) =>
      rowsOf(scanner.scan(Buffer.from(line), "json")),
    );
    const bodies = requestsOf(name, "traces");
    const fromProtobuf = bodies.flatMap((body) => rowsOf(scanner.scan(body, "protobuf")));
    expect(fromJson).toEqual(fromProtobuf);
  });

  const withMetrics = recordingNames.filter((name) => requestsOf(name, "metrics").length > 0);
  it.each(withMetrics)("give the data points an independent decoder finds: %s", (name) => {
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
