import type { AttributeValue } from "@wattspan/otlp";
import type { EngineSpan } from "./dialect.ts";

/** What a test says of a span; times in milliseconds. */
export interface SpanDraft {
  readonly id: string;
  readonly parent?: string;
  readonly name: string;
  readonly ms: readonly [start: number, end: number];
  readonly with?: Readonly<Record<string, AttributeValue>>;
  readonly service?: string;
  readonly resource?: Readonly<Record<string, AttributeValue>>;
}

/** Start of all hand-made traces, ns since 1970. */
const T0 = 1_795_505_700_000_000_000n;

/** `T0` plus milliseconds. */
export function atMs(ms: number): bigint {
  return T0 + BigInt(Math.round(ms * 1e6));
}

/** A hand-made span. */
export function makeSpan(draft: SpanDraft): EngineSpan {
  const resource = { "service.name": draft.service ?? "some-service", ...draft.resource };
  return {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: draft.id,
    parentSpanId: draft.parent ?? "",
    name: draft.name,
    kind: 1,
    startUnixNano: atMs(draft.ms[0]),
    endUnixNano: atMs(draft.ms[1]),
    attributes: new Map(Object.entries(draft.with ?? {})),
    resourceAttributes: new Map(Object.entries(resource)),
    scopeName: "test",
  };
}
