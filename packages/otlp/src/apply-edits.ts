import { putVarint, varintSize } from "./wire/write-varint.ts";

/** Changes to a run of bytes: three numbers each, where it starts and ends and the varint to put there. */
export type Edits = number[];

/** In place of a varint: nothing is put there. */
export const NOTHING = -1;

/** A copy of `bytes` with edits made, which have to be in order and must not overlap. */
export function applyEdits(bytes: Uint8Array, edits: Edits): Uint8Array {
  const out = new Uint8Array(sizeAfter(bytes.length, edits));
  let from = 0;
  let pos = 0;
  for (let edit = 0; edit < edits.length; edit += 3) {
    const start = edits[edit] as number;
    if (start > from) {
      out.set(bytes.subarray(from, start), pos);
      pos += start - from;
    }
    from = edits[edit + 1] as number;
    const varint = edits[edit + 2] as number;
    if (varint !== NOTHING) pos = putVarint(out, pos, varint);
  }
  if (from < bytes.length) out.set(bytes.subarray(from), pos);
  return out;
}

function sizeAfter(length: number, edits: Edits): number {
  let size = length;
  for (let edit = 0; edit < edits.length; edit += 3) {
    size += (edits[edit] as number) - (edits[edit + 1] as number);
    const varint = edits[edit + 2] as number;
    if (varint !== NOTHING) size += varintSize(varint);
  }
  return size;
}
