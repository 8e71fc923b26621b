import fc from "fast-check";
import { expect, it } from "vitest";
import { keyAt } from "./key-at.ts";

it("gives every key as it is, however many share a slot", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary", maxLength: 80 }), { maxLength: 50 }),
      (keys) => {
        for (const key of [...keys, ...keys]) {
          const bytes = Buffer.from(`<${key}>`);
          const well = Buffer.from(key).toString();
          expect(keyAt(bytes, 1, bytes.length - 1)).toBe(well);
          expect(keyAt(new Uint8Array(bytes), 1, bytes.length - 1)).toBe(well);
        }
      },
    ),
  );
});
