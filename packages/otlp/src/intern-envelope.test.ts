import { expect, it } from "vitest";
import { createEnvelopeStore, hashBytes, internEnvelope, internPart } from "./intern-envelope.ts";

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

it("gives one copy of equal bytes and one envelope of equal parts", () => {
  const store = createEnvelopeStore();
  const resource = internPart(store, bytesOf("resource"));
  const scope = internPart(store, bytesOf("scope"));
  expect(internPart(store, bytesOf("resource"))).toBe(resource);
  const envelope = internEnvelope(store, "protobuf", resource, scope);
  expect(internEnvelope(store, "protobuf", resource, scope)).toBe(envelope);
  expect(internEnvelope(store, "json", resource, scope)).not.toBe(envelope);
  expect(internEnvelope(store, "protobuf", scope, resource)).not.toBe(envelope);
});

it("tells bytes of one hash apart", () => {
  // These two words have the same 32-bit FNV-1a hash.
  expect(hashBytes(bytesOf("costarring"))).toBe(hashBytes(bytesOf("liquid")));
  const store = createEnvelopeStore();
  internPart(store, bytesOf("costarring"));
  expect(Buffer.from(internPart(store, bytesOf("liquid"))).toString()).toBe("liquid");
});

it("stays small however many envelopes come by", () => {
  const store = createEnvelopeStore();
  for (let i = 0; i < 20_000; i++) {
    const resource = internPart(store, bytesOf(`resource ${i}`));
    internEnvelope(store, "protobuf", resource, internPart(store, bytesOf(`scope ${i % 7}`)));
  }
  expect(store.count).toBeLessThanOrEqual(4096);
  expect(store.parts.size).toBeLessThanOrEqual(4096);
});

it("stays small however large they are", () => {
  const store = createEnvelopeStore();
  for (let i = 0; i < 40; i++) internPart(store, new Uint8Array(1024 * 1024).fill(i));
  const bytes = [...store.parts.values()].reduce((sum, part) => sum + part.length, 0);
  expect(bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
});
