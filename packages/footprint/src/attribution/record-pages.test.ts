import { expect, it } from "vitest";
import { createRecordPages, pageOf, placeOf } from "./record-pages.ts";

const DOUBLES = 3;
const COUNT = 2500;

it("keeps records apart over pages, and gives released ones before it grows", () => {
  const pages = createRecordPages(DOUBLES);
  expect(pages.byteLength).toBe(0);
  const write = (record: number): void => {
    const page = pages.doubles[pageOf(record)] as Float64Array;
    page.fill(record, placeOf(record, DOUBLES), placeOf(record, DOUBLES) + DOUBLES);
  };
  const taken = Array.from({ length: COUNT }, () => pages.take());
  expect(new Set(taken).size).toBe(COUNT);
  for (const record of taken) write(record);
  const read = (record: number): readonly number[] => {
    const at = placeOf(record, DOUBLES);
    return [...(pages.doubles[pageOf(record)] as Float64Array).subarray(at, at + DOUBLES)];
  };
  expect(taken.filter((record) => read(record).some((value) => value !== record))).toEqual([]);
  const held = pages.byteLength;
  expect(held).toBeGreaterThanOrEqual(COUNT * DOUBLES * 8);
  expect(held).toBe(pages.words.reduce((bytes, page) => bytes + page.byteLength, 0));

  const released = taken.filter((record) => record % 3 === 0);
  for (const record of released) pages.release(record);
  const again = released.map(() => pages.take());
  expect(again.sort((a, b) => a - b)).toEqual(released);
  expect(pages.byteLength).toBe(held);
});
