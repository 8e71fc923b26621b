import type { Attributes } from "../attribute-value.ts";
import { type ByteMatcher, createByteMatcher } from "../match-bytes.ts";
import { readAttributes } from "./read-value.ts";
import { afterValue, isObject, isString, matchString, stringAt, walkObject } from "./walk-value.ts";

const SCOPE_SPANS = createByteMatcher(["scopeSpans"]);
const SPANS = createByteMatcher(["spans"]);
const RESOURCE = createByteMatcher(["resource"]);
const SCOPE = createByteMatcher(["scope"]);
const ATTRIBUTES = createByteMatcher(["attributes"]);
const NAME = createByteMatcher(["name"]);

/** Members of the ResourceSpans at `pos` but its list, as they stand, with commas between. */
export function copyResource(bytes: Uint8Array, pos: number): Uint8Array {
  return copyOthers(bytes, pos, SCOPE_SPANS);
}

/** Members of the ScopeSpans at `pos` but its list, as they stand, with commas between. */
export function copyScope(bytes: Uint8Array, pos: number): Uint8Array {
  return copyOthers(bytes, pos, SPANS);
}

/** Attributes of the resource in the ResourceSpans at `pos`. */
export function readResource(bytes: Uint8Array, pos: number): Attributes {
  const resource = findMember(bytes, pos, RESOURCE);
  const attributes = resource < 0 ? -1 : findMember(bytes, resource, ATTRIBUTES);
  return attributes < 0 ? new Map() : readAttributes(bytes, attributes);
}

/** Name of the scope in the ScopeSpans at `pos`, empty where it has none. */
export function readScopeName(bytes: Uint8Array, pos: number): string {
  const scope = findMember(bytes, pos, SCOPE);
  const name = scope < 0 ? -1 : findMember(bytes, scope, NAME);
  return name >= 0 && isString(bytes, name) ? stringAt(bytes, name) : "";
}

/** Position of the value of the last member with one of these names in the object at `pos`, or -1. */
export function findMember(bytes: Uint8Array, pos: number, names: ByteMatcher): number {
  const search = { names, value: -1 };
  if (isObject(bytes, pos)) walkObject(bytes, pos, visitNamed, search);
  return search.value;
}

function visitNamed(
  bytes: Uint8Array,
  key: number,
  value: number,
  search: { readonly names: ByteMatcher; value: number },
): number {
  if (matchString(search.names, bytes, key) >= 0) search.value = value;
  return afterValue(bytes, value);
}

interface Others {
  readonly list: ByteMatcher;
  readonly runs: Uint8Array[];
}

const COMMA = Buffer.from(",");

function copyOthers(bytes: Uint8Array, pos: number, list: ByteMatcher): Uint8Array {
  const others: Others = { list, runs: [] };
  walkObject(bytes, pos, visitOther, others);
  return new Uint8Array(Buffer.concat(others.runs.slice(1)));
}

function visitOther(bytes: Uint8Array, key: number, value: number, others: Others): number {
  const end = afterValue(bytes, value);
  if (matchString(others.list, bytes, key) < 0) others.runs.push(COMMA, bytes.subarray(key, end));
  return end;
}
