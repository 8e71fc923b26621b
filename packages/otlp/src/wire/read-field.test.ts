import { expect, it } from "vitest";
import { MALFORMED, TOO_DEEP } from "../fault.ts";
import { fieldsOf, readField } from "./read-field.ts";

function fieldsIn(...bytes: number[]): { found: string[]; fault: number } {
  const field = fieldsOf(Uint8Array.from(bytes), 0, bytes.length);
  const found: string[] = [];
  while (readField(field)) {
    found.push(`${field.number}/${field.wire} ${field.entry} ${field.from}-${field.to}`);
  }
  return { found, fault: field.fault };
}

it("walks fields of every wire type", () => {
  const { found, fault } = fieldsIn(
    ...[0x08, 0x96, 0x01],
    ...[0x11, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0x1a, 2, 0xaa, 0xbb],
    ...[0x25, 1, 2, 3, 4],
  );
  expect(found).toEqual(["1/0 0 1-3", "2/1 3 4-12", "3/2 12 14-16", "4/5 16 17-21"]);
  expect(fault).toBe(0);
});

it("takes a group with all that is in it as one field", () => {
  // Group 2 with a varint, a string that holds an end tag, and a group inside.
  const { found, fault } = fieldsIn(0x13, 0x08, 1, 0x1a, 1, 0x14, 0x1b, 0x1c, 0x14, 0x08, 7);
  expect(found).toEqual(["2/3 0 1-9", "1/0 9 10-11"]);
  expect(fault).toBe(0);
});

it("takes tags and lengths longer than they need be", () => {
  expect(fieldsIn(0x8a, 0x80, 0x00, 0x81, 0x00, 0x61).found).toEqual(["1/2 0 5-6"]);
});

it.each([
  ["field number 0", [0x02, 0]],
  ["wire type 6", [0x0e, 0]],
  ["wire type 7", [0x0f, 0]],
  ["a group's end without its start", [0x0c]],
  ["a group's end for another group", [0x0b, 0x14]],
  ["a group without end", [0x0b, 0x08, 1]],
  ["a string cut off", [0x0a, 2, 0x61]],
  ["a string without length", [0x0a]],
  ["a length beyond 64 bits", [0x0a, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0]],
  ["a fixed64 cut off", [0x09, 1, 2, 3]],
  ["a fixed32 cut off", [0x0d, 1, 2, 3]],
  ["a varint cut off", [0x08, 0x80]],
  ["a tag cut off", [0x80]],
  ["a tag beyond 32 bits", [0x82, 0x80, 0x80, 0x80, 0x10, 0]],
])("stops at %s", (_, bytes) => {
  const { found, fault } = fieldsIn(0x08, 1, ...bytes);
  expect(found).toEqual(["1/0 0 1-2"]);
  expect(fault).toBe(MALFORMED);
});

it("follows groups inside groups to a depth and no further", () => {
  const nested = (depth: number): number[] => [
    ...new Array<number>(depth).fill(0x0b),
    ...new Array<number>(depth).fill(0x0c),
  ];
  expect(fieldsIn(...nested(100)).fault).toBe(0);
  expect(fieldsIn(...nested(101)).fault).toBe(TOO_DEEP);
  expect(fieldsIn(...nested(5000)).fault).toBe(TOO_DEEP);
});
