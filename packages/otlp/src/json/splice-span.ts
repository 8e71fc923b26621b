import type { Attribute } from "../attribute-value.ts";
import { isRepeated } from "../is-repeated.ts";
import { createByteMatcher } from "../match-bytes.ts";
import type { SplicedSpan } from "../out-span.ts";
import { findMember } from "./read-envelope.ts";
import { readKey } from "./read-value.ts";
import { afterValue, isArray, skipSpace, walkArray } from "./walk-value.ts";
import { attributeText } from "./write-value.ts";

const ATTRIBUTES = createByteMatcher(["attributes"]);

interface Kept {
  readonly isCut: (key: string) => boolean;
  readonly parts: Uint8Array[];
  cutCount: number;
}

/** Text of a held span, without the attributes to cut or to replace and with the new ones last. */
export function spliceSpan({ span, add = [], cut }: SplicedSpan): readonly Uint8Array[] {
  const { bytes } = span;
  if (add.length === 0 && cut === undefined) return [bytes];
  const attributes = findMember(bytes, skipSpace(bytes, 0), ATTRIBUTES);
  const added = add.filter((_, i) => !isRepeated(add, i)).map(attributeText);
  if (attributes < 0) return added.length === 0 ? [bytes] : withAttributes(bytes, added);
  const end = afterValue(bytes, attributes);
  const kept = keepAttributes(bytes, attributes, add, cut);
  if (kept.cutCount === 0 && added.length === 0) return [bytes];
  const newParts = added.map((text) => Buffer.from(text, "utf8"));
  return [
    bytes.subarray(0, attributes),
    Buffer.from("["),
    ...joined([...kept.parts, ...newParts]),
    Buffer.from("]"),
    bytes.subarray(end),
  ];
}

function keepAttributes(
  bytes: Uint8Array,
  pos: number,
  add: readonly Attribute[],
  cut: ((key: string) => boolean) | undefined,
): Kept {
  const replaced = new Set(add.map(({ key }) => key));
  const isCut = (key: string): boolean => replaced.has(key) || (cut?.(key) ?? false);
  const kept: Kept = { isCut, parts: [], cutCount: 0 };
  if (isArray(bytes, pos)) walkArray(bytes, pos, visitAttribute, kept);
  return kept;
}

function visitAttribute(bytes: Uint8Array, _: number, pos: number, kept: Kept): number {
  const end = afterValue(bytes, pos);
  if (kept.isCut(readKey(bytes, pos))) kept.cutCount += 1;
  else kept.parts.push(bytes.subarray(pos, end));
  return end;
}

function withAttributes(bytes: Uint8Array, added: readonly string[]): readonly Uint8Array[] {
  const open = skipSpace(bytes, 0) + 1;
  const isEmpty = bytes[skipSpace(bytes, open)] === 0x7d;
  const member = `"attributes":[${added.join()}]${isEmpty ? "" : ","}`;
  return [bytes.subarray(0, open), Buffer.from(member, "utf8"), bytes.subarray(open)];
}

// The parts with a comma between each two.
function joined(parts: readonly Uint8Array[]): Uint8Array[] {
  return parts.flatMap((part, i) => (i === 0 ? [part] : [COMMA, part]));
}

const COMMA = Buffer.from(",");
