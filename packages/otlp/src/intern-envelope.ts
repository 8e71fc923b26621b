import type { Envelope } from "./held-span.ts";
import type { Encoding } from "./span-table.ts";

/** Envelopes and their parts already met, so that thousands of held spans share one copy. */
export interface EnvelopeStore {
  readonly parts: Map<number, Uint8Array>;
  readonly envelopes: Map<Uint8Array, Map<Uint8Array, Envelope>>;
  /** Things stored, and bytes of the parts. */
  count: number;
  bytes: number;
}

const MAX_COUNT = 4096;
const MAX_BYTES = 8 * 1024 * 1024;

/** A store of nothing yet. */
export function createEnvelopeStore(): EnvelopeStore {
  return { parts: new Map(), envelopes: new Map(), count: 0, bytes: 0 };
}

/** The stored copy of `bytes`, which is kept as that copy if there is none. */
export function internPart(store: EnvelopeStore, bytes: Uint8Array): Uint8Array {
  const hash = hashBytes(bytes);
  const known = store.parts.get(hash);
  if (known !== undefined && isSame(known, bytes)) return known;
  makeRoom(store, bytes.length);
  store.parts.set(hash, bytes);
  return bytes;
}

/** The envelope of two parts that `internPart` gave. */
export function internEnvelope(
  store: EnvelopeStore,
  encoding: Encoding,
  resourceBytes: Uint8Array,
  scopeBytes: Uint8Array,
): Envelope {
  const known = store.envelopes.get(resourceBytes)?.get(scopeBytes);
  if (known !== undefined && known.encoding === encoding) return known;
  makeRoom(store, 0);
  const envelope: Envelope = { encoding, resourceBytes, scopeBytes };
  const scopes = store.envelopes.get(resourceBytes);
  if (scopes === undefined) store.envelopes.set(resourceBytes, new Map([[scopeBytes, envelope]]));
  else scopes.set(scopeBytes, envelope);
  return envelope;
}

// Forgetting everything at once is enough: held spans keep what is theirs, and a fleet has few resources.
function makeRoom(store: EnvelopeStore, bytes: number): void {
  if (store.count >= MAX_COUNT || store.bytes + bytes > MAX_BYTES) {
    store.parts.clear();
    store.envelopes.clear();
    store.count = 0;
    store.bytes = 0;
  }
  store.count += 1;
  store.bytes += bytes;
}

/** 32-bit FNV-1a hash. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < bytes.length; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
  }
  return hash;
}

/** Whether two byte strings are equal. */
export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}
