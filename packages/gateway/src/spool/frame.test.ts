import fc from "fast-check";
import { expect, it } from "vitest";
import { decodeFrame, encodeFrame, type Frame } from "./frame.ts";

const frames: fc.Arbitrary<Frame> = fc.record({
  kind: fc.constantFrom("traces", "metrics", "logs", "readings", "told"),
  encoding: fc.constantFrom("protobuf", "json"),
  items: fc.nat(2 ** 31),
  atMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  body: fc.uint8Array({ maxLength: 200 }),
});

it("comes back as it was", () => {
  fc.assert(
    fc.property(frames, (frame) => {
      const read = decodeFrame(encodeFrame(frame));
      expect({ ...read, body: [...(read?.body ?? [])] }).toEqual({
        ...frame,
        body: [...frame.body],
      });
    }),
  );
});

it("does not come back with a bit changed, or cut short", () => {
  fc.assert(
    fc.property(frames, fc.nat(), fc.nat(7), (frame, place, bit) => {
      const bytes = encodeFrame(frame);
      const changed = Buffer.from(bytes);
      const at = place % bytes.length;
      changed[at] = (changed[at] as number) ^ (1 << bit);
      // Bytes 2 and 3 say nothing, and are in the checksum too.
      expect(decodeFrame(changed)).toBeUndefined();
      expect(decodeFrame(bytes.subarray(0, at))).toBeUndefined();
    }),
  );
});
