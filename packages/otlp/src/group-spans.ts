import { hashBytes, isSame } from "./intern-envelope.ts";
import { encodeScope as encodeJsonScope } from "./json/write-span.ts";
import type { OutSpan, Scope } from "./out-span.ts";
import type { Encoding } from "./span-table.ts";
import { encodeScope } from "./wire/write-span.ts";

/** Spans that go out under one scope, in the order they came. */
export interface ScopeGroup {
  readonly scopeBytes: Uint8Array;
  readonly spans: OutSpan[];
}

/** Scopes that go out under one resource. */
export interface ResourceGroup {
  readonly resourceBytes: Uint8Array;
  readonly scopes: readonly ScopeGroup[];
}

/** Finds things by their bytes: at once where the same array comes again, else by what is in it. */
interface ByteIndex<Value> {
  readonly byIdentity: Map<Uint8Array, Value>;
  readonly byHash: Map<number, { readonly bytes: Uint8Array; readonly value: Value }[]>;
}

interface OpenResource {
  readonly resourceBytes: Uint8Array;
  readonly scopes: ScopeGroup[];
  readonly index: ByteIndex<ScopeGroup>;
}

/** The spans of one encoding by resource and scope, both in the order they first came. */
export function groupSpans(
  spans: readonly OutSpan[],
  encoding: Encoding,
): readonly ResourceGroup[] {
  const resources: OpenResource[] = [];
  const index: ByteIndex<OpenResource> = createIndex();
  const ourScopes = new Map<Scope, Uint8Array>();
  for (const out of spans) {
    const held = "span" in out ? out.span : out.beside;
    if (held.encoding !== encoding) continue;
    const { resourceBytes } = held.envelope;
    let resource = find(index, resourceBytes);
    if (resource === undefined) {
      resource = { resourceBytes, scopes: [], index: createIndex() };
      resources.push(resource);
      add(index, resourceBytes, resource);
    }
    const scopeBytes =
      "span" in out ? held.envelope.scopeBytes : bytesOf(ourScopes, out.scope, encoding);
    let scope = find(resource.index, scopeBytes);
    if (scope === undefined) {
      scope = { scopeBytes, spans: [] };
      resource.scopes.push(scope);
      add(resource.index, scopeBytes, scope);
    }
    scope.spans.push(out);
  }
  return resources;
}

function bytesOf(known: Map<Scope, Uint8Array>, scope: Scope, encoding: Encoding): Uint8Array {
  let bytes = known.get(scope);
  if (bytes === undefined) {
    bytes = encoding === "json" ? encodeJsonScope(scope) : encodeScope(scope);
    known.set(scope, bytes);
  }
  return bytes;
}

function createIndex<Value>(): ByteIndex<Value> {
  return { byIdentity: new Map(), byHash: new Map() };
}

function find<Value>(index: ByteIndex<Value>, bytes: Uint8Array): Value | undefined {
  const known = index.byIdentity.get(bytes);
  if (known !== undefined) return known;
  const equals = index.byHash.get(hashBytes(bytes))?.find((entry) => isSame(entry.bytes, bytes));
  if (equals !== undefined) index.byIdentity.set(bytes, equals.value);
  return equals?.value;
}

function add<Value>(index: ByteIndex<Value>, bytes: Uint8Array, value: Value): void {
  index.byIdentity.set(bytes, value);
  const hash = hashBytes(bytes);
  const entries = index.byHash.get(hash);
  if (entries === undefined) index.byHash.set(hash, [{ bytes, value }]);
  else entries.push({ bytes, value });
}
