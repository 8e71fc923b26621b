import { expect, it } from "vitest";
import { shareOfOthers } from "./share-of-others.ts";

const use = (pid: number, smPercent: number) => ({ pid, smPercent, atMicroseconds: 1 });

it("is 0 where nobody else has the device open", () => {
  expect(shareOfOthers([], [], [7])).toEqual({ othersShare: 0 });
  expect(shareOfOthers([7], [use(7, 50)], [7])).toEqual({ othersShare: 0 });
  expect(shareOfOthers([1], [use(1, 50)], [7])).toEqual({ othersShare: 0 });
});

it("is the others' part of busy time", () => {
  expect(shareOfOthers([7, 8, 9], [use(7, 50), use(8, 30), use(9, 20)], [7])).toEqual({
    othersShare: 0.5,
  });
  expect(shareOfOthers([7, 8], [], [7])).toEqual({ othersShare: 0 });
});

it("is not known where busy time or our own number is not", () => {
  expect(shareOfOthers([7, 8], undefined, [7])).toEqual({});
  expect(shareOfOthers([1, 2], [use(1, 10), use(2, 10)], [7])).toEqual({});
});
