/** A field of a protobuf message: a varint as a number, or bytes. */
export type Field =
  | { readonly number: number; readonly varint: number }
  | { readonly number: number; readonly bytes: Uint8Array };

/** Varint and length-delimited fields of a small protobuf message; undefined where it is none. Varints beyond 2^53 are rounded. */
export function readFields(message: Uint8Array): readonly Field[] | undefined {
  const fields: Field[] = [];
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = Math.floor(tag.value / 8);
    if (!(number > 0)) return undefined;
    const part = readValue(message, tag.end, number, tag.value % 8);
    if (!part) return undefined;
    if (part.field) fields.push(part.field);
    at = part.end;
  }
  return fields;
}

function readValue(
  message: Uint8Array,
  at: number,
  number: number,
  wireType: number,
): { readonly field?: Field; readonly end: number } | undefined {
  if (wireType === 1) return skip(message, at + 8);
  if (wireType === 5) return skip(message, at + 4);
  if (wireType !== 0 && wireType !== 2) return undefined;
  const { value, end } = readVarint(message, at);
  if (Number.isNaN(value)) return undefined;
  if (wireType === 0) return { field: { number, varint: value }, end };
  if (end + value > message.length) return undefined;
  return { field: { number, bytes: message.subarray(end, end + value) }, end: end + value };
}

function skip(message: Uint8Array, end: number): { readonly end: number } | undefined {
  return end <= message.length ? { end } : undefined;
}

const maxVarintBytes = 10;

/** The value is NaN where the varint is cut off or too long. */
function readVarint(message: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let length = 0; length < maxVarintBytes; length += 1) {
    const byte = message[start + length];
    if (byte === undefined) break;
    value += (byte % 128) * 128 ** length;
    if (byte < 128) return { value, end: start + length + 1 };
  }
  return { value: Number.NaN, end: start };
}
