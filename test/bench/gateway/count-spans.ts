/** Spans of an OTLP/protobuf request of traces. */
export function countSpans(body: Uint8Array): number {
  const cursor = { at: 0 };
  return countAt(body, cursor, body.length, 0);
}

/** Field numbers from a request down to its spans. */
const path = [1, 2, 2];

function countAt(body: Uint8Array, cursor: { at: number }, end: number, depth: number): number {
  let count = 0;
  while (cursor.at < end) {
    const tag = varint(body, cursor);
    const wire = tag % 8;
    if (wire === 0) varint(body, cursor);
    else if (wire === 1) cursor.at += 8;
    else if (wire === 5) cursor.at += 4;
    else {
      const length = varint(body, cursor);
      const next = cursor.at + length;
      if (Math.floor(tag / 8) === path[depth])
        count += depth === path.length - 1 ? 1 : countAt(body, cursor, next, depth + 1);
      cursor.at = next;
    }
  }
  return count;
}

function varint(body: Uint8Array, cursor: { at: number }): number {
  let value = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = body[cursor.at++] as number;
    value += (byte % 128) * factor;
    if (byte < 128) return value;
  }
}
