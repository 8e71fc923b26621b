import { isRepeated } from "../is-repeated.ts";
import type { NewSpan, Scope } from "../out-span.ts";
import { parseId } from "../parse-id.ts";
import { attributeText, stringText } from "./write-value.ts";

/** JSON of a span of ours; throws `RangeError` for an id that is none. */
export function newSpanText(span: NewSpan): string {
  const fields = [`"traceId":${idText(span.traceId, 16)}`, `"spanId":${idText(span.spanId, 8)}`];
  if (span.traceState !== undefined && span.traceState !== "") {
    fields.push(`"traceState":${stringText(span.traceState)}`);
  }
  if (span.parentSpanId !== "") fields.push(`"parentSpanId":${idText(span.parentSpanId, 8)}`);
  if (span.flags !== undefined) fields.push(`"flags":${span.flags >>> 0}`);
  fields.push(
    `"name":${stringText(span.name)}`,
    `"kind":${span.kind}`,
    `"startTimeUnixNano":"${BigInt.asUintN(64, span.startUnixNano)}"`,
    `"endTimeUnixNano":"${BigInt.asUintN(64, span.endUnixNano)}"`,
  );
  const attributes = span.attributes.filter((_, i) => !isRepeated(span.attributes, i));
  if (attributes.length > 0) {
    fields.push(`"attributes":[${attributes.map(attributeText).join()}]`);
  }
  if (span.links !== undefined && span.links.length > 0) {
    const links = span.links.map(
      (link) => `{"traceId":${idText(link.traceId, 16)},"spanId":${idText(link.spanId, 8)}}`,
    );
    fields.push(`"links":[${links.join()}]`);
  }
  return `{${fields.join()}}`;
}

/** The members of the ScopeSpans that has this scope, but its spans. */
export function encodeScope(scope: Scope): Uint8Array {
  const version = scope.version === "" ? "" : `,"version":${stringText(scope.version)}`;
  const schemaUrl = scope.schemaUrl === "" ? "" : `,"schemaUrl":${stringText(scope.schemaUrl)}`;
  const text = `"scope":{"name":${stringText(scope.name)}${version}}${schemaUrl}`;
  return new Uint8Array(Buffer.from(text, "utf8"));
}

function idText(id: string, length: number): string {
  return `"${Buffer.from(parseId(id, length)).toString("hex")}"`;
}
