import { type RawField, rawFields } from "./otlp-proto.ts";

/** A span of a request with everything that stands around it. */
export interface PlacedSpan {
  /** Fields of the ResourceSpans but its scopes, and of the ScopeSpans but its spans, in hex. */
  readonly resource: string;
  readonly scope: string;
  readonly fields: readonly RawField[];
  readonly hex: string;
}

/** The spans of a protobuf request in their order, found without the code under test. */
export function placedSpans(body: Uint8Array): PlacedSpan[] {
  const spans: PlacedSpan[] = [];
  for (const resource of listed(rawFields(body), 1)) {
    const resourceFields = rawFields(resource.content);
    for (const scope of listed(resourceFields, 2)) {
      const scopeFields = rawFields(scope.content);
      for (const span of listed(scopeFields, 2)) {
        spans.push({
          resource: others(resourceFields),
          scope: others(scopeFields),
          fields: rawFields(span.content),
          hex: Buffer.from(span.content).toString("hex"),
        });
      }
    }
  }
  return spans;
}

type Tree = string | readonly Tree[];

/** A protobuf request as nested lists of field bytes, without the spans not kept and what is empty then. */
export function requestTree(body: Uint8Array, isKept: (i: number) => boolean): readonly Tree[] {
  let count = 0;
  const scopeTree = (scope: RawField): readonly Tree[] => {
    if (!isListed(scope, 2)) return [scope.hex];
    const kept = rawFields(scope.content).filter((span) => !isListed(span, 2) || isKept(count++));
    return listed(kept, 2).length === 0 ? [] : [kept.map(({ hex }) => hex)];
  };
  return rawFields(body).flatMap((resource): readonly Tree[] => {
    if (!isListed(resource, 1)) return [resource.hex];
    const inner = rawFields(resource.content).flatMap(scopeTree);
    return inner.some((part) => typeof part !== "string") ? [inner] : [];
  });
}

function listed(fields: readonly RawField[], number: number): RawField[] {
  return fields.filter((field) => isListed(field, number));
}

function isListed(field: RawField, number: number): boolean {
  return field.number === number && field.wire === 2;
}

function others(fields: readonly RawField[]): string {
  return fields
    .filter((field) => !isListed(field, 2))
    .map(({ hex }) => hex)
    .join("");
}
