import type { AttributeValue } from "@wattspan/otlp";

/** Attributes of a span or a resource, by key. */
export type AttributeMap = ReadonlyMap<string, AttributeValue>;

/** A scalar attribute as text, 64-bit ids exact; undefined where absent, empty or not a scalar. */
export function readText(attributes: AttributeMap, key: string): string | undefined {
  const value = attributes.get(key);
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isFinite(value) ? String(value) : undefined;
}

/** A finite number, also where it was sent as text; undefined otherwise. */
export function readNumber(attributes: AttributeMap, key: string): number | undefined {
  const text = typeof attributes.get(key) === "boolean" ? undefined : readText(attributes, key);
  const number = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

/** A count: the first of `keys` that holds a whole number of at least 0. */
export function readCount(attributes: AttributeMap, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const count = readNumber(attributes, key);
    if (count !== undefined && Number.isSafeInteger(count) && count >= 0) return count;
  }
  return undefined;
}

/** A number of tokens, read like a count; NaN where it is 2^53 or more, which no engine computes in a phase. */
export function readTokens(attributes: AttributeMap, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const count = readNumber(attributes, key);
    if (count === undefined || !Number.isInteger(count) || count < 0) continue;
    return Number.isSafeInteger(count) ? count : Number.NaN;
  }
  return undefined;
}

/** Longest duration believed, s: about 115 days. */
const MAX_SECONDS = 1e7;

/** A duration given in units of `unitSeconds`, in nanoseconds; undefined where absent, negative or absurd. */
export function readDurationNs(
  attributes: AttributeMap,
  key: string,
  unitSeconds: number,
): bigint | undefined {
  const duration = readNumber(attributes, key);
  if (duration === undefined || duration < 0 || duration * unitSeconds > MAX_SECONDS) {
    return undefined;
  }
  return BigInt(Math.round(duration * (unitSeconds * 1e9)));
}

/** Strings of an array attribute, or the one string it is; undefined where there is none. */
export function readTexts(attributes: AttributeMap, key: string): readonly string[] | undefined {
  const value = attributes.get(key);
  const items: readonly AttributeValue[] = Array.isArray(value) ? value : [value ?? null];
  const texts = items.filter((item) => typeof item === "string" && item !== "") as string[];
  return texts.length > 0 ? texts : undefined;
}
