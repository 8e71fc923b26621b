import type { Attribute, AttributeValue } from "../attribute-value.ts";
import {
  type BackWriter,
  closeMessage,
  putByte,
  putBytes,
  putDouble,
  putInt64,
  putText,
  sizeOf,
} from "./write-back.ts";

// Tags (field number * 8 + wire type) of KeyValue and of AnyValue's alternatives.
const KEY_TAG = 0x0a;
const VALUE_TAG = 0x12;
const STRING_TAG = 0x0a;
const BOOL_TAG = 0x10;
const INT_TAG = 0x18;
const DOUBLE_TAG = 0x21;
const ARRAY_TAG = 0x2a;
const LIST_TAG = 0x32;
const BYTES_TAG = 0x3a;
const VALUES_TAG = 0x0a;

/** Puts a KeyValue with its tag before what is there. */
export function putAttribute(writer: BackWriter, tag: number, attribute: Attribute): void {
  putKeyValue(writer, tag, attribute.key, attribute.value);
}

function putKeyValue(writer: BackWriter, tag: number, key: string, value: AttributeValue): void {
  const size = sizeOf(writer);
  putAnyValue(writer, value);
  closeMessage(writer, size, VALUE_TAG);
  const valueSize = sizeOf(writer);
  putText(writer, key);
  closeMessage(writer, valueSize, KEY_TAG);
  closeMessage(writer, size, tag);
}

function putAnyValue(writer: BackWriter, value: AttributeValue): void {
  const size = sizeOf(writer);
  if (typeof value === "number") {
    putDouble(writer, value);
    putByte(writer, DOUBLE_TAG);
  } else if (typeof value === "string") {
    putText(writer, value);
    closeMessage(writer, size, STRING_TAG);
  } else if (typeof value === "bigint") {
    putInt64(writer, value);
    putByte(writer, INT_TAG);
  } else if (typeof value === "boolean") {
    putByte(writer, value ? 1 : 0);
    putByte(writer, BOOL_TAG);
  } else if (value !== null) putCompound(writer, value);
}

function putCompound(
  writer: BackWriter,
  value: Exclude<AttributeValue, string | boolean | bigint | number | null>,
): void {
  const size = sizeOf(writer);
  if (value instanceof Uint8Array) {
    putBytes(writer, value);
    closeMessage(writer, size, BYTES_TAG);
  } else if (value instanceof Map) {
    for (const [key, part] of [...value].reverse()) putKeyValue(writer, VALUES_TAG, key, part);
    closeMessage(writer, size, LIST_TAG);
  } else {
    for (const part of [...(value as readonly AttributeValue[])].reverse()) {
      const partSize = sizeOf(writer);
      putAnyValue(writer, part);
      closeMessage(writer, partSize, VALUES_TAG);
    }
    closeMessage(writer, size, ARRAY_TAG);
  }
}
