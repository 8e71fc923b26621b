/** A small set of texts, to be found in bytes without making strings. */
export interface ByteMatcher {
  /** The texts as UTF-8, one after another. */
  readonly bytes: Uint8Array;
  /** Where text `i` begins; one more entry closes the last. */
  readonly starts: Uint32Array;
  /** First text of a hash slot and next one of the same slot, each plus one. */
  readonly heads: Uint16Array;
  readonly nexts: Uint16Array;
}

const SLOTS = 1024;

/** Texts ready to be matched; at most 32,767. Of equal texts the first is found. */
export function createByteMatcher(texts: readonly string[]): ByteMatcher {
  if (texts.length > 32_767) throw new RangeError("more than 32767 texts to match");
  const encoded = texts.map((text) => Buffer.from(text, "utf8"));
  const bytes = new Uint8Array(Buffer.concat(encoded));
  const starts = new Uint32Array(texts.length + 1);
  const heads = new Uint16Array(SLOTS);
  const nexts = new Uint16Array(texts.length);
  for (const [i, text] of encoded.entries()) {
    starts[i + 1] = (starts[i] as number) + text.length;
  }
  for (let i = texts.length - 1; i >= 0; i--) {
    const slot = slotOf(bytes, starts[i] as number, starts[i + 1] as number);
    nexts[i] = heads[slot] as number;
    heads[slot] = i + 1;
  }
  return { bytes, starts, heads, nexts };
}

/** Index of the text that stands in `[start, end)`, or -1. */
export function matchBytes(
  matcher: ByteMatcher,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let found = matcher.heads[slotOf(bytes, start, end)] as number;
  while (found > 0) {
    if (isTextAt(matcher, found - 1, bytes, start, end)) return found - 1;
    found = matcher.nexts[found - 1] as number;
  }
  return -1;
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return 0;
  const middle = bytes[(start + end) >>> 1] as number;
  const last = bytes[end - 1] as number;
  return ((end - start) * 37 + middle * 101 + last * 17) & (SLOTS - 1);
}

function isTextAt(
  matcher: ByteMatcher,
  text: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  const from = matcher.starts[text] as number;
  const length = end - start;
  if ((matcher.starts[text + 1] as number) - from !== length) return false;
  for (let at = 0; at < length; at++) {
    if (bytes[start + at] !== matcher.bytes[from + at]) return false;
  }
  return true;
}
