import { otlpType } from "../conformance/otlp-proto.ts";
import type { FleetSpan } from "./serve.ts";

/** An ExportTraceServiceRequest of spans, one resource a service, made by an encoder that is not ours. */
export function encodeSpans(spans: readonly FleetSpan[]): Uint8Array {
  const type = otlpType("ExportTraceServiceRequest");
  const services = [...new Set(spans.map(({ service }) => service))];
  const message = {
    resourceSpans: services.map((service) => ({
      resource: { attributes: [textAttribute("service.name", service)] },
      scopeSpans: [
        {
          scope: { name: service },
          spans: spans.filter((span) => span.service === service).map(spanMessage),
        },
      ],
    })),
  };
  return type.encode(type.fromObject(message)).finish();
}

function spanMessage(span: FleetSpan): Record<string, unknown> {
  return {
    traceId: Buffer.from(span.traceId, "hex"),
    spanId: Buffer.from(span.spanId, "hex"),
    ...(span.parentSpanId === "" ? {} : { parentSpanId: Buffer.from(span.parentSpanId, "hex") }),
    name: span.name,
    kind: 2,
    startTimeUnixNano: String(span.startUnixNano),
    endTimeUnixNano: String(span.endUnixNano),
    attributes: Object.entries(span.attributes).map(([key, value]) => textAttribute(key, value)),
  };
}

function textAttribute(key: string, value: string): Record<string, unknown> {
  return { key, value: { stringValue: value } };
}
