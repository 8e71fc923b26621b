import type { AttributeValue } from "../attribute-value.ts";
import { type ByteMatcher, createByteMatcher } from "../match-bytes.ts";
import { doubleAt, intValueAt } from "./read-number.ts";
import {
  afterValue,
  isArray,
  isNull,
  isObject,
  isString,
  matchString,
  stringAt,
  walkArray,
  walkObject,
} from "./walk-value.ts";

/** Names of a KeyValue's members, in the order of `KEY` and `VALUE`. */
export const KEY_VALUE: ByteMatcher = createByteMatcher(["key", "value"]);
export const KEY = 0;
export const VALUE = 1;

/** Names of an AnyValue's alternatives; the constants below are their places. */
export const ANY_VALUE: ByteMatcher = createByteMatcher([
  "stringValue",
  "boolValue",
  "intValue",
  "doubleValue",
  "bytesValue",
  "arrayValue",
  "kvlistValue",
]);
export const BOOL = 1;
export const INT = 2;
export const DOUBLE = 3;
const BYTES = 4;
export const ARRAY = 5;
export const LIST = 6;

/** Name of the one member of an ArrayValue and of a KeyValueList. */
export const VALUES: ByteMatcher = createByteMatcher(["values"]);

type AttributeMap = Map<string, AttributeValue>;

interface ReadPair {
  key: string;
  value: AttributeValue;
}

interface FoundKey {
  at: number;
}

interface ReadValue {
  value: AttributeValue;
}

/** The attributes in the array at `pos`, none where there is no array. */
export function readAttributes(bytes: Uint8Array, pos: number): AttributeMap {
  const map: AttributeMap = new Map();
  if (isArray(bytes, pos)) walkArray(bytes, pos, visitKeyValue, map);
  return map;
}

/** The key of the KeyValue at `pos`, empty where it has none. */
export function readKey(bytes: Uint8Array, pos: number): string {
  const at = findKey(bytes, pos);
  return at < 0 ? "" : stringAt(bytes, at);
}

/** Where the key of the KeyValue at `pos` stands as a string, or -1. */
export function findKey(bytes: Uint8Array, pos: number): number {
  const found: FoundKey = { at: -1 };
  if (isObject(bytes, pos)) walkObject(bytes, pos, visitKey, found);
  return found.at;
}

function visitKey(bytes: Uint8Array, key: number, value: number, found: FoundKey): number {
  if (matchString(KEY_VALUE, bytes, key) === KEY) found.at = isString(bytes, value) ? value : -1;
  return afterValue(bytes, value);
}

function visitKeyValue(bytes: Uint8Array, _: number, pos: number, map: AttributeMap): number {
  if (!isObject(bytes, pos)) return afterValue(bytes, pos);
  const pair: ReadPair = { key: "", value: null };
  const end = walkObject(bytes, pos, visitPair, pair);
  map.set(pair.key, pair.value);
  return end;
}

function visitPair(bytes: Uint8Array, key: number, value: number, pair: ReadPair): number {
  const name = matchString(KEY_VALUE, bytes, key);
  if (name !== VALUE) {
    if (name === KEY) pair.key = isString(bytes, value) ? stringAt(bytes, value) : "";
    return afterValue(bytes, value);
  }
  return readAnyValue(bytes, value, pair);
}

/** Puts the AnyValue at `pos` into `into`; the position after it. */
function readAnyValue(bytes: Uint8Array, pos: number, into: ReadValue): number {
  into.value = null;
  if (!isObject(bytes, pos)) return afterValue(bytes, pos);
  return walkObject(bytes, pos, visitAlternative, into);
}

function visitAlternative(bytes: Uint8Array, key: number, pos: number, into: ReadValue): number {
  const kind = matchString(ANY_VALUE, bytes, key);
  if (kind < 0 || isNull(bytes, pos)) return afterValue(bytes, pos);
  if (kind === ARRAY || kind === LIST) return readList(bytes, kind, pos, into);
  into.value = readPlain(bytes, kind, pos);
  return afterValue(bytes, pos);
}

function readPlain(bytes: Uint8Array, kind: number, pos: number): AttributeValue {
  if (kind === BOOL) return bytes[pos] === 0x74;
  if (kind === INT) return intValueAt(bytes, pos) ?? null;
  if (kind === DOUBLE) return doubleAt(bytes, pos) ?? null;
  if (!isString(bytes, pos)) return null;
  const text = stringAt(bytes, pos);
  return kind === BYTES ? new Uint8Array(Buffer.from(text, "base64")) : text;
}

function readList(bytes: Uint8Array, kind: number, pos: number, into: ReadValue): number {
  into.value = kind === ARRAY ? [] : new Map<string, AttributeValue>();
  if (!isObject(bytes, pos)) return afterValue(bytes, pos);
  return walkObject(bytes, pos, kind === ARRAY ? visitArray : visitList, into);
}

function visitArray(bytes: Uint8Array, key: number, pos: number, into: ReadValue): number {
  if (matchString(VALUES, bytes, key) < 0) return afterValue(bytes, pos);
  const values: AttributeValue[] = [];
  into.value = values;
  return isArray(bytes, pos) ? walkArray(bytes, pos, visitElement, values) : afterValue(bytes, pos);
}

function visitElement(bytes: Uint8Array, _: number, pos: number, values: AttributeValue[]): number {
  const read: ReadValue = { value: null };
  const end = readAnyValue(bytes, pos, read);
  values.push(read.value);
  return end;
}

function visitList(bytes: Uint8Array, key: number, pos: number, into: ReadValue): number {
  if (matchString(VALUES, bytes, key) < 0) return afterValue(bytes, pos);
  const map: AttributeMap = new Map();
  into.value = map;
  return isArray(bytes, pos) ? walkArray(bytes, pos, visitKeyValue, map) : afterValue(bytes, pos);
}
