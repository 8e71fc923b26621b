import type { ResourceGroup, ScopeGroup } from "../group-spans.ts";
import type { OutSpan } from "../out-span.ts";
import { spliceSpan } from "./splice-span.ts";
import { newSpanText } from "./write-span.ts";

/** An ExportTraceServiceRequest of these groups in JSON. */
export function encodeGroups(groups: readonly ResourceGroup[]): Uint8Array {
  const chunks: Uint8Array[] = [];
  putText(chunks, '{"resourceSpans":[');
  for (const [i, { resourceBytes, scopes }] of groups.entries()) {
    putText(chunks, i === 0 ? "{" : ",{");
    putMembers(chunks, resourceBytes);
    putText(chunks, '"scopeSpans":[');
    for (const [k, scope] of scopes.entries()) putScope(chunks, scope, k);
    putText(chunks, "]}");
  }
  putText(chunks, "]}");
  return new Uint8Array(Buffer.concat(chunks));
}

function putScope(chunks: Uint8Array[], { scopeBytes, spans }: ScopeGroup, index: number): void {
  putText(chunks, index === 0 ? "{" : ",{");
  putMembers(chunks, scopeBytes);
  putText(chunks, '"spans":[');
  for (const [i, out] of spans.entries()) {
    if (i > 0) putText(chunks, ",");
    putSpan(chunks, out);
  }
  putText(chunks, "]}");
}

function putSpan(chunks: Uint8Array[], out: OutSpan): void {
  if ("create" in out) putText(chunks, newSpanText(out.create));
  else for (const part of spliceSpan(out)) chunks.push(part);
}

function putMembers(chunks: Uint8Array[], members: Uint8Array): void {
  if (members.length === 0) return;
  chunks.push(members);
  putText(chunks, ",");
}

function putText(chunks: Uint8Array[], text: string): void {
  chunks.push(Buffer.from(text, "utf8"));
}
