import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createInflate } from "./inflate.ts";

it("gives back what was compressed, in any number at a time", async () => {
  const inflate = createInflate({ maxBytes: 10_000, concurrency: 2 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }),
      async (bodies) => {
        const inflated = await Promise.all(bodies.map((body) => inflate(gzipSync(body))));
        expect(inflated.map((each) => each.status === "inflated" && [...each.body])).toEqual(
          bodies.map((body) => [...body]),
        );
      },
    ),
    { numRuns: 30 },
  );
});

it("reads all members, and goes on after bad bodies", async () => {
  const inflate = createInflate({ maxBytes: 100, concurrency: 1 });
  const members = Buffer.concat([gzipSync("a".repeat(60)), gzipSync("b".repeat(60))]);
  const bodies = [members, Buffer.from("no gzip"), gzipSync("good")];
  const statuses = await Promise.all(
    bodies.map((body) => inflate(body).then((each) => each.status)),
  );
  expect(statuses).toEqual(["too_large", "malformed", "inflated"]);
});
