import type { Attribute } from "./attribute-value.ts";

/** Whether a later attribute has the key of attribute `i`. */
export function isRepeated(attributes: readonly Attribute[], i: number): boolean {
  const key = attributes[i]?.key;
  for (let later = i + 1; later < attributes.length; later++) {
    if (attributes[later]?.key === key) return true;
  }
  return false;
}
